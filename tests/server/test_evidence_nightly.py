"""The nightly comparison: a server that is restarted every day compares all the same, and says when it could not."""

from pathlib import Path

from recordings.facts import LogDoubted
from server.evidence_audit import EVERY_S, LATE_S, Nightly

HOUR = 3_600.0


class Night:
    """A clock, what the comparison finds (None: it fails), and what was published."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.now = folder, 1_795_345_200.0
        self.found: list[str] | None = []
        self.asked = 0
        self.facts: list[object] = []

    def server(self) -> Nightly:
        """One that was just started."""
        return Nightly(self.folder, self.facts.append, lambda: self.now, self.ask)

    async def ask(self) -> list[str]:
        self.asked += 1
        if self.found is None:
            raise OSError("the comparison itself failed")
        return self.found

    async def hours(self, count: int, *, restarting: bool = False) -> None:
        server = self.server()
        for _ in range(count):
            server = self.server() if restarting else server
            await server.look()
            self.now += HOUR


async def test_a_server_that_is_restarted_every_hour_compares_once_a_day(tmp_path: Path) -> None:
    night = Night(tmp_path / "evidence")
    await night.hours(73, restarting=True)
    assert night.asked == 3


async def test_what_was_found_is_said_and_a_clock_set_back_delays_nothing(tmp_path: Path) -> None:
    night = Night(tmp_path)
    night.found = ["The log was rewritten."]
    await night.hours(25)
    assert [fact.why for fact in night.facts if isinstance(fact, LogDoubted)] == ["The log was rewritten."]
    night.now -= 400 * EVERY_S
    assert await night.server().look()


async def test_a_comparison_that_fails_is_tried_again_and_told_once_when_it_is_late(tmp_path: Path) -> None:
    night = Night(tmp_path)
    night.found = None
    hours = int((EVERY_S + LATE_S) / HOUR)
    await night.hours(hours)
    assert night.asked == hours - 24
    assert len(night.facts) == 1
    night.found = []
    assert await night.server().look()


async def test_a_mark_that_is_spoilt_or_cannot_be_kept_compares_rather_than_not(tmp_path: Path) -> None:
    (tmp_path / "evidence").write_text("a file where the folder should be")
    night = Night(tmp_path / "evidence")
    await night.hours(2)
    assert night.asked == 2
