"""A circuit breaker: after a few failures in a row the CRM is left alone for a while."""

from dataclasses import dataclass, replace

FAILURES_TO_OPEN = 3
# Long enough not to hammer a CRM that is restarting, short enough that the next caller has a card again.
OPEN_FOR_S = 10.0


@dataclass(frozen=True, slots=True)
class Breaker:
    """Failures in a row, when the last was counted, and until when (unix seconds) nothing is asked.

    Questions that are out at the same time fail of the same trouble: one failure counts for all that were asked before
    it. Else a stall of a third of a second at a hundred cards a second would leave the next thousand without a CRM.
    """

    failures: int = 0
    open_until: float = 0.0
    counted_at: float = 0.0

    @property
    def tripped(self) -> bool:
        """Whether it opened and no success closed it since."""
        return self.failures >= FAILURES_TO_OPEN

    def allows(self, at: float) -> bool:
        """Whether the CRM may be asked now. After the pause the next question is the trial."""
        return at >= self.open_until

    def tried(self, at: float) -> "Breaker":
        """Let one question through as the trial: until it is answered, or the pause is over again, no other."""
        return replace(self, open_until=at + OPEN_FOR_S) if self.tripped else self

    def failed(self, at: float, asked_at: float | None = None) -> "Breaker":
        """Count a failure of a question asked then; from the third in a row on, open for OPEN_FOR_S."""
        if asked_at is not None and asked_at < self.counted_at:
            return self
        failures = self.failures + 1
        open_until = at + OPEN_FOR_S if failures >= FAILURES_TO_OPEN else 0.0
        return Breaker(failures, open_until, at)

    def succeeded(self) -> "Breaker":
        """Close: the CRM answers."""
        return Breaker()
