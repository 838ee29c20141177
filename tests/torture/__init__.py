"""A study, a question, a rebuild under damage: random trials that must end right or be told."""
