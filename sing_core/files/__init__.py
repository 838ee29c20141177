"""Reading pictures and arrays from files."""
