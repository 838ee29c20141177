"""A gate for releases: rules about a run's figures, held against a baseline."""
