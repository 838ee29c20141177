"""Keeping a data root in order: what is damaged, what is lost, what no run needs."""
