"""Files of the data root in their forms: shards, tensors, a run's tables, each with its digest."""
