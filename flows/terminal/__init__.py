"""How the program talks: progress, sentences for errors, lists of names."""
