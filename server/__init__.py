"""The composition root: it knows every room and decides nothing."""
