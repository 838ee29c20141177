"""A study: what to analyze, as one TOML file and one frozen value."""
