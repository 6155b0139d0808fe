"""Says by name what should be destroyed and is not: at once, then once a day at most, so that it stays heard."""

import logging
from collections.abc import Callable, Sequence

from recordings.facts import Fact, LogDoubted, RecordingStuck
from recordings.retention import Unproven

log = logging.getLogger("ventanilla.recordings")

AGAIN_S = 20 * 3_600.0
"""So long the same is not told again: a night's run is a day after the last, and one that failed is made every hour."""
AT_MOST = 100
"""So many are told by name in a run; of the others the number: a store that is away must flood nobody."""


class Telling:
    """What was told, and when (unix seconds)."""

    def __init__(self, publish: Callable[[Fact], None]) -> None:
        self._publish = publish
        self._told: dict[tuple[str, str], float] = {}
        self._count = 0

    def begin(self, at: float) -> None:
        """Begin a run, and forget what may be told again."""
        self._count = 0
        self._told = {one: told for one, told in self._told.items() if told <= at < told + AGAIN_S}

    def end(self, at: float) -> None:
        """End a run: say how many were not told by name."""
        others = self._count - AT_MOST
        if others > 0 and self._is_new("", "others", at):
            self._publish(RecordingStuck(None, None, f"{others} others are stuck: the log names them", at))

    def stuck(self, call: str | None, file: str | None, why: str, at: float) -> None:
        """Say that a recording, or a file of none, stays."""
        if not self._is_new(call or file or "", why, at):
            return
        log.error("%s stays though its term is over: %s", call or file, why)
        self._count += 1
        if self._count <= AT_MOST:
            self._publish(RecordingStuck(call, file, why, at))

    def doubted(self, left: Sequence[Unproven], at: float) -> None:
        """Say what is not destroyed although its row is due: each in the log, all of them in one fact."""
        for one in left:
            log.error(
                "the recording of call %s is not destroyed, though its row is due: %s", one.call, one.why
            )
        if left and self._is_new("", "doubted", at):
            first = f"{left[0].call}, since {left[0].why}"
            said = f"{len(left)} recordings are not destroyed, though their rows are due: {first}."
            self._publish(LogDoubted(said, at))

    def _is_new(self, what: str, why: str, at: float) -> bool:
        new = (what, why) not in self._told
        if new:
            self._told[what, why] = at
        return new
