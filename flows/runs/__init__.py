"""One run: what it is made from, what it stored, and what several analyses share of it."""
