"""Calls that come and go while something dies under them, and what must be left of every one of them afterwards."""

import asyncio
import json
import os
import random
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from recordings.adapters.reconciler import Reconciler
from recordings.naming import RAW, RUNNING
from recordings.reconcile import Leftover
from server import database
from server.probe.endings import Unanswered
from server.runtime.trouble import RuntimeTrouble
from tests.calls.centre import Centre
from tests.dialplans.institutions import INSS
from tests.telephones import citizens

SEALED_WITHIN_S = 200.0
"""What ended while nobody listened is noticed a minute after it, by a reconciler that looks every minute."""
ANSWER_S = 20.0
WRITTEN_EVERY_S = 1.2  # Asterisk writes its buffer once a second
LASTS_S = (8.0, 20.0)
STAYS_S = (90.0, 100.0)


def copy_of(folder: Path) -> Path:
    """Copy the institution, to be changed; its audio is not copied."""
    copy = folder / "inss"
    shutil.copytree(INSS, copy, ignore=shutil.ignore_patterns("audio"))
    (copy / "languages" / "audio").symlink_to(INSS / "languages" / "audio")
    return copy


def institution_with(folder: Path, said: str, instead: str) -> str:
    """Copy the institution with one line of its institution.toml changed; give the copy's place."""
    copy = copy_of(folder)
    file = copy / "institution.toml"
    text = file.read_text()
    assert text.count(said) == 1
    file.write_text(text.replace(said, instead))
    return str(copy)


def in_a_hurry(folder: Path) -> str:
    """An institution that records from its first words on: a notice of two seconds, and then the languages."""
    copy = copy_of(folder)
    flow = copy / "flows" / "general.toml"
    said = flow.read_text()
    for before, after in (
        ('say = ["greeting.general"]\nnext = "language"', 'say = ["wrong_key"]\nnext = "notice"'),
        ('6 = "en" }\nnext = "notice"', '6 = "en" }\nnext = "hours"'),
        ('notice = "recording.notice"\nnext = "hours"', 'notice = "goodbye"\nnext = "language"'),
    ):
        assert before in said
        said = said.replace(before, after)
    flow.write_text(said)
    return str(copy)


@dataclass
class Traffic:
    """Citizens who call, listen for a while, leave and call again, each on a telephone of their own."""

    centre: Centre
    chance: random.Random
    lasts_s: tuple[float, float] = LASTS_S
    calls: int = 0
    dropped: int = 0
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def _comes_and_goes(self, number: str) -> None:
        while True:
            with suppress(Unanswered, TimeoutError, OSError):
                async with asyncio.timeout(ANSWER_S + self.lasts_s[1]):
                    async with citizens([number], "901166565", self.centre.sip) as (person,):
                        self.calls += 1
                        await asyncio.sleep(self.chance.uniform(*self.lasts_s))
                        self.dropped += person.dropped
            await asyncio.sleep(self.chance.uniform(0, 0.5))

    def begin(self, people: int) -> None:
        self.tasks = [
            asyncio.create_task(self._comes_and_goes(f"+3491122{place:04d}")) for place in range(people)
        ]

    async def end(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


@asynccontextmanager
async def traffic(
    centre: Centre, people: int, chance: random.Random, lasts_s: tuple[float, float] = LASTS_S
) -> AsyncIterator[Traffic]:
    """So many citizens at once; the first recordings run when it begins."""
    going = Traffic(centre, chance, lasts_s)
    going.begin(people)
    try:
        await centre.until("SELECT 1 FROM recordings_recordings", within=60)
        yield going
    finally:
        await going.end()


async def some_moment_of_a_recording(centre: Centre, chance: random.Random, at_most: float) -> None:
    """Wait until something is being recorded, and then for a time that nobody knows."""
    folder = centre.settings.recordings / RUNNING
    async with asyncio.timeout(90):
        before = await asyncio.to_thread(_sizes, folder)
        while True:
            await asyncio.sleep(WRITTEN_EVERY_S)
            now = await asyncio.to_thread(_sizes, folder)
            if any(size > before.get(name, 0) for name, size in now.items()):
                break
            before = now
    await asyncio.sleep(chance.uniform(0, at_most))


def _sizes(folder: Path) -> dict[str, int]:
    """How long every recording is that Asterisk writes, or has written."""
    return {file.name: file.stat().st_size for file in folder.glob(f"*{RAW}")}


@dataclass(frozen=True, slots=True)
class Left:
    """What was left of the calls: how many recordings, by flaw; and what nobody can explain."""

    flaws: dict[str, int]
    unexplained: list[str]


async def what_is_left(centre: Centre) -> Left:
    """Wait until everything that is over is sealed, then look at rows, files and facts together."""
    with suppress(AssertionError):
        await centre.until(
            "SELECT 1 FROM (SELECT count(*) AS n FROM recordings_recordings"
            " WHERE state IN ('recording', 'ended')) AS open WHERE n = 0",
            within=SEALED_WITHIN_S,
        )
    rows = await centre.rows("SELECT call, state, flaw, trouble, path FROM recordings_recordings")
    flaws: dict[str, int] = {}
    for row in rows:
        flaws[str(row["flaw"])] = flaws.get(str(row["flaw"]), 0) + 1
    odd = [
        f"{row['call']}: {row['state']} {row['trouble']}"
        for row in rows
        if row["state"] in {"recording", "ended"}
    ]
    kept = {
        Path(row["path"]).name for row in rows if row["state"] == "empty"
    }  # nothing was to be heard on these
    left = {path.name for path in (centre.settings.recordings / RUNNING).iterdir()}
    odd += [f"a file is left: {name}" for name in sorted(left - kept)]
    odd += [f"not recorded, and nobody says why: {call}" for call in await _not_recorded(centre)]
    odd += [f"reconciler: {found}" for found in await _reconciled(centre)]
    return Left(flaws, odd)


async def _not_recorded(centre: Centre) -> list[str]:
    """Calls that came beyond the notice, and have neither a recording nor a fact that says why not."""
    facts = await centre.rows(
        "SELECT call, type, body FROM server_facts WHERE type IN ('StepEntered', 'RecordingNotStarted')"
    )
    recorded = {row["call"] for row in await centre.rows("SELECT call FROM recordings_recordings")}
    told = {row["call"] for row in facts if row["type"] == "RecordingNotStarted"}
    beyond = {row["call"] for row in facts if json.loads(row["body"]).get("step") == "general/language"}
    return sorted(beyond - recorded - told)


async def _reconciled(centre: Centre) -> list[str]:
    async def nobody() -> frozenset[str]:
        return frozenset()

    engine = database.open_engine(centre.settings.database)
    try:
        found = await Reconciler(engine, centre.settings.recordings, print, nobody).look()
        return [str(one) for one in found if not isinstance(one, Leftover)]  # it is being encrypted just now
    finally:
        await engine.dispose()


async def kill_asterisk(centre: Centre) -> None:
    """Kill -9, wait until it is gone, and start it again as the watcher does."""
    asterisk = centre.installation.asterisk
    number = asterisk.pid()
    assert number is not None
    await asyncio.to_thread(_killed, centre, number)


def _killed(centre: Centre, number: int) -> None:
    os.kill(number, signal.SIGKILL)
    for process in centre.processes:
        if process.pid == number:
            process.wait(timeout=10)
    with suppress(RuntimeTrouble):
        started = centre.installation.asterisk.start()
        if started is not None:
            centre.processes.append(started)
    centre.installation.asterisk.wait_ready()
