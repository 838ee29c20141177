"""Intervals and agreements of what was measured."""
