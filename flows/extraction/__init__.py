"""From pictures to stored vectors: decoding, forward passes and shards, all at once."""
