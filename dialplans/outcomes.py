"""How every self-service can end, whatever it does: the frame around it ends it so.

A service adds outcomes of its own; the flows answer them all, each step or the flow's `[outcomes]` once.
"""

FRAME = frozenset({"done", "back", "person", "gave_up", "down"})
"""Told all; # pressed; 0 pressed; keys or silence failed three times; a system behind it did not answer."""

HIGHEST = 3
PROOF = frozenset({"refused", "blocked", "protected"})
"""Not proven; attempts used up; a protected person, whom no machine serves. Of services with a level."""

VIDEO = frozenset({"video"})
"""The way to level 3, which no machine proves: a person, by video. Of services with that level."""


def expected(own: frozenset[str], level: int) -> frozenset[str]:
    """Give every outcome that must be answered of a service with these of its own and this level."""
    return own | FRAME | (PROOF if level else frozenset()) | (VIDEO if level >= HIGHEST else frozenset())
