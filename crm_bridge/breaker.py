"""A circuit breaker: after a few failures in a row the CRM is left alone for a while."""

from dataclasses import dataclass, replace

FAILURES_TO_OPEN = 3
# Long enough not to hammer a CRM that is restarting, short enough that the next caller has a card again.
OPEN_FOR_S = 10.0


@dataclass(frozen=True, slots=True)
class Breaker:
    """Failures in a row, and until when (unix seconds) nothing is asked."""

    failures: int = 0
    open_until: float = 0.0

    @property
    def tripped(self) -> bool:
        """Whether it opened and no success closed it since."""
        return self.failures >= FAILURES_TO_OPEN

    def allows(self, at: float) -> bool:
        """Whether the CRM may be asked now. After the pause the next question is the trial."""
        return at >= self.open_until

    def failed(self, at: float) -> "Breaker":
        """Count a failure; from the third in a row on, open for OPEN_FOR_S."""
        failures = self.failures + 1
        return replace(
            self, failures=failures, open_until=at + OPEN_FOR_S if failures >= FAILURES_TO_OPEN else 0.0
        )

    def succeeded(self) -> "Breaker":
        """Close: the CRM answers."""
        return Breaker()
