"""Feature space and the space of meanings: null space, equivalent pairs, translator, angles."""
