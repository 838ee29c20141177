"""The order of work: from a study file to published results. Start with ``analyze.py``."""
