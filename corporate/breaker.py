"""A circuit breaker: after a few failures in a row a system is left alone for a while, then tried by one question.

It knows nothing of corporate systems. `crm_bridge/breaker.py` is its elder brother without the single trial;
the two belong in one place once there is a room that every other may import.
"""

from dataclasses import dataclass, replace

FAILURES_TO_OPEN = 3
# Long enough not to hammer a system that is restarting, short enough that the next callers are served again.
OPEN_FOR_S = 10.0


@dataclass(frozen=True, slots=True)
class Breaker:
    """Failures in a row, until when (unix seconds) nothing is asked, and whether the one trial is under way."""

    failures: int = 0
    open_until: float = 0.0
    trial: bool = False

    @property
    def tripped(self) -> bool:
        """Whether it opened and no success closed it since."""
        return self.failures >= FAILURES_TO_OPEN

    def allows(self, at: float) -> bool:
        """Whether the system may be asked now: always while well, once after the pause."""
        return not self.tripped or (at >= self.open_until and not self.trial)

    def asked(self) -> "Breaker":
        """Take note that a question goes out; of a tripped breaker it is the trial."""
        return replace(self, trial=self.tripped)

    def failed(self, at: float) -> "Breaker":
        """Count a failure; from the third in a row on, open for OPEN_FOR_S."""
        failures = self.failures + 1
        return Breaker(failures, at + OPEN_FOR_S if failures >= FAILURES_TO_OPEN else 0.0)

    def given_up(self) -> "Breaker":
        """Take note that a question was withdrawn (the caller hung up): it proves nothing."""
        return replace(self, trial=False)

    def succeeded(self) -> "Breaker":
        """Close: the system answers."""
        return Breaker()
