"""What is measured of equivalent pairs, their controls, and steps inside the null space."""
