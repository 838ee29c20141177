"""The demo's made world: its study, its truths, its networks."""
