"""Charts: from rows of an answer to a figure with axes, units and a caption."""
