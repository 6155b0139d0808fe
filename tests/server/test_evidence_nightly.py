"""The nightly comparison: a server that is restarted every day compares all the same, and says when it could not."""

import asyncio
import os
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from recordings.facts import LogDoubted
from server.evidence_audit import AT_MOST, EARLY, EVERY_S, OVER, Nightly, alone, asked
from server.settings import Settings

MADRID = ZoneInfo("Europe/Madrid")

HOUR = 3_600.0


class Night:
    """A clock, what the comparison finds (None: it fails), and what was published."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.now = folder, 1_795_345_200.0
        self.found: list[str] | None = []
        self.asked = 0
        self.at: list[int] = []
        self.facts: list[object] = []

    def server(self) -> Nightly:
        """One that was just started."""
        return Nightly(self.folder, self.facts.append, lambda: self.now, self.ask, lambda: MADRID)

    async def ask(self) -> list[str]:
        self.asked += 1
        self.at.append(datetime.fromtimestamp(self.now, MADRID).hour)
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
    assert night.at == [1, 1, 1], "at night, by the institution's clock"


async def test_what_was_found_is_said_and_a_clock_set_back_delays_nothing(tmp_path: Path) -> None:
    night = Night(tmp_path)
    night.found = ["The log was rewritten."]
    await night.hours(25)
    assert [fact.why for fact in night.facts if isinstance(fact, LogDoubted)] == ["The log was rewritten."]
    night.now -= 400 * EVERY_S
    assert await night.server().look()


async def test_a_comparison_that_fails_is_tried_again_and_told_once_for_each_night(tmp_path: Path) -> None:
    night = Night(tmp_path)
    night.found = None
    await night.hours(int(4 * EVERY_S / HOUR))
    nights, by_day = [1, 2, 3], night.at[3:]
    assert night.at[:3] == nights
    assert by_day == [hour % 24 for hour in range(len(by_day))], "from a day and a half on every hour"
    told = [fact for fact in night.facts if isinstance(fact, LogDoubted)]
    assert [datetime.fromtimestamp(fact.at, MADRID).day for fact in told] == [23, 24, 25, 26]
    assert "could not be compared" in told[0].why
    night.found = []
    assert await night.server().look()


async def test_a_mark_that_is_spoilt_or_cannot_be_kept_compares_rather_than_not(tmp_path: Path) -> None:
    (tmp_path / "evidence").write_text("a file where the folder should be")
    night = Night(tmp_path / "evidence")
    await night.hours(2)
    assert night.asked == 2


async def test_a_server_that_is_off_at_night_compares_by_day(tmp_path: Path) -> None:
    night = Night(tmp_path)
    for _ in range(6):
        await night.hours(8)
        night.now += 16 * HOUR
    assert night.at == [12, 12]


async def test_a_flood_of_differences_is_told_as_a_hundred_and_their_number(tmp_path: Path) -> None:
    night = Night(tmp_path)
    night.found = [f"The recording of call {number} cannot be heard." for number in range(100_000)]
    await night.hours(25)
    said = [fact.why for fact in night.facts if isinstance(fact, LogDoubted)]
    assert len(said) == AT_MOST + 1
    assert said[-1].startswith("99900 more differences")


HANGS = """
import os, sys, time
open(sys.argv[1], "w").write(str(os.getpid()))
time.sleep(600)
"""


async def test_a_comparison_that_takes_too_long_tells_what_it_found_until_then() -> None:
    assert await asked(("sh", "-c", "echo One file is gone.; exec sleep 600"), 3.0) == [
        "One file is gone.",
        OVER,
    ]


async def test_a_comparison_that_was_killed_does_not_count_as_whole() -> None:
    assert await asked(("sh", "-c", "echo One file is gone.; kill -9 $$")) == ["One file is gone.", EARLY]
    assert await asked(("sh", "-c", "echo One file is gone.; exit 1")) == ["One file is gone."]
    with pytest.raises(OSError, match="failed"):
        await asked(("sh", "-c", "kill -9 $$"))


async def test_a_server_that_stops_leaves_no_comparison_behind(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    comparing = asyncio.create_task(asked((sys.executable, "-c", HANGS, str(pid))))
    async with asyncio.timeout(30):
        while not (pid.exists() and pid.read_text()):  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.01)
    comparing.cancel()
    with suppress(asyncio.CancelledError):
        await comparing
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_two_comparisons_of_one_installation_do_not_run_at_once(tmp_path: Path) -> None:
    settings = Settings(runtime=tmp_path)
    with alone(settings), pytest.raises(BlockingIOError), alone(settings):
        pass
    with alone(settings):
        pass
