"""Whether a carrier that is spoken to anew for every message is there: what its last conversations say. Pure.

A line that stands (SMPP) knows when it breaks. A mail server is known by whether it goes through with what it is
asked: after a few conversations in a row that it did not, the line is lost; then it is looked at, ever more seldom, and
found again when it lets us in. What it says of one mail (no such mailbox, try later) is an answer, not a failure.
"""

from dataclasses import dataclass, replace

LOST_AFTER = 3  # one hang-up is the other side's restart, and three in a row are nobody's chance
LONGEST_LOOK_S = 60.0  # a code is good for five minutes: it must not be a look that it waits for in vain
DOUBLED = 6


@dataclass(frozen=True, slots=True)
class Standing:
    """Failures in a row, looks since a message was taken, and when (a steady clock's seconds) the last was counted."""

    failures: int = 0
    looks: int = 0
    counted_at: float = 0.0

    @property
    def up(self) -> bool:
        """Whether anything can be sent now."""
        return self.failures < LOST_AFTER

    def failed(self, begun_at: float, at: float) -> "Standing":
        """Count a conversation that was not gone through with; those that were out together count as one."""
        if begun_at < self.counted_at:
            return self
        return replace(self, failures=self.failures + 1, counted_at=at)

    def taken(self) -> "Standing":
        """Take in that the server has gone through with a conversation."""
        return Standing(counted_at=self.counted_at)

    def looked(self, at: float, *, there: bool) -> "Standing":
        """Take in what a look has found. Who is there again has lost its line with the next failure."""
        failures = LOST_AFTER - 1 if there else LOST_AFTER
        return Standing(failures, self.looks + 1, at)

    def rest(self, first_s: float) -> float:
        """Give how long it is until the next look: twice as long each time, until a message is taken."""
        return min(LONGEST_LOOK_S, first_s * 2.0 ** min(self.looks, DOUBLED))
