"""From diagnosis to cure: heads that see what helps, or are blind to a cue."""
