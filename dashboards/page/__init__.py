"""What every page stands in: choices, the frame that draws, pictures, live answers."""
