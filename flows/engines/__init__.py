"""Who computes: this process, or a cluster that is there already."""
