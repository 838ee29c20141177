"""The analyses of a run: each leaves tables, and none imports another."""
