"""The made world: pictures drawn by rule, so that the truth about every score is known."""
