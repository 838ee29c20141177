"""Pages over the published results. They only read."""
