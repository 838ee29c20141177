"""Questions to published runs."""
