"""A server that hangs is killed, one that starts or is only slow to be looked at is not."""

import asyncio
import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

import pytest

from server.runtime.beats import FIRST_BEAT_S, SILENCE_S, VARIABLE, Ear, Pulse, beat, felt, hangs
from server.runtime.ports import free_ports
from server.runtime.processes import gone_within, lives, start_time
from server.runtime.serving import Serving
from server.runtime.watch import Watch
from tests.runtime.test_watch import LIMIT, kept_signals  # noqa: F401 - a fixture that every test here needs
from tests.runtime.watched import SLEEPER

LOOKS = int(SILENCE_S) + 1
BEATS_ONCE = (
    sys.executable,
    "-c",
    f"import os, time; os.write(int(os.environ['{VARIABLE}']), b'.'); time.sleep(600)",
)


def after(*looks: tuple[float, bool]) -> Pulse:
    """What is felt after looks, each some seconds after the one before: was there a beat?"""
    *_, pulse = accumulate(
        looks, lambda known, look: felt(known, known.looked + look[0], beat=look[1]), initial=Pulse(1000.0)
    )
    return pulse


QUIET = ((1.0, False),) * int(SILENCE_S)


def test_what_served_and_is_silent_for_so_long_hangs() -> None:
    assert hangs(after((0.25, True), *QUIET))
    assert not hangs(after((0.25, True), *QUIET[1:]))


def test_one_beat_begins_the_count_anew() -> None:
    assert not hangs(after((0.25, True), *QUIET[1:], (1.0, True), *QUIET[1:]))


def test_what_was_never_heard_is_starting_or_does_not_beat() -> None:
    assert not hangs(after(*QUIET * 10))


def test_a_time_in_which_nobody_looked_says_nothing_about_the_server() -> None:
    assert not hangs(after((0.25, True), (8 * 3600.0, False)))
    assert hangs(after((0.25, True), (8 * 3600.0, False), *QUIET))


def test_a_beat_is_heard_once_and_a_full_pipe_hurts_nobody() -> None:
    ear = Ear()
    end = ear.open()
    os.set_blocking(end, False)
    assert not ear.heard()
    assert os.write(end, b"." * 1_000_000) < 1_000_000
    with pytest.raises(BlockingIOError):
        os.write(end, b".")
    assert ear.heard()
    assert not ear.heard()
    os.close(end)
    assert not ear.heard(), "an end without a server is no beat"
    ear.close()


async def test_a_server_beats_while_somebody_listens_and_says_when_nobody_does_any_more(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ear = Ear()
    end = ear.open()
    monkeypatch.setenv(VARIABLE, str(end))
    beating = asyncio.create_task(beat())
    await asyncio.sleep(0)
    assert ear.heard()
    assert VARIABLE not in os.environ, "no child of the server is told"
    assert caplog.messages == []
    ear.close()
    async with asyncio.timeout(LIMIT):
        await beating
    os.close(end)
    (said,) = caplog.messages
    assert said.startswith("The watcher is gone")


@pytest.mark.parametrize("told", ["", "none", "987654", os.devnull])
async def test_a_server_that_nobody_watches_beats_for_nobody_and_says_so_once(
    told: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    other = os.open(os.devnull, os.O_RDWR)
    monkeypatch.setenv(VARIABLE, str(other) if told == os.devnull else told)
    async with asyncio.timeout(LIMIT):
        await beat()
    os.close(other)
    (said,) = caplog.messages
    assert "nobody ends it should it hang" in said


@pytest.fixture
def watch(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Watch, Serving]]:
    server = Serving(request.param, tmp_path, tmp_path / "server.log")
    watch = Watch(tmp_path, (server,))
    watch.start()
    yield watch, server
    watch.stop()


def heard_once(watcher: Watch, server: Serving) -> None:
    """Look until the server was heard."""
    until = time.monotonic() + LIMIT
    while not watcher._pulses.get(server.name, Pulse(0)).heard:
        assert time.monotonic() < until
        watcher.look(time.monotonic())
        time.sleep(0.02)


@pytest.mark.parametrize("watch", [BEATS_ONCE], indirect=True)
def test_a_server_that_hangs_is_killed_and_started_again_as_after_a_crash(
    watch: tuple[Watch, Serving], caplog: pytest.LogCaptureFixture
) -> None:
    watcher, server = watch
    heard_once(watcher, server)
    first, now = server.pid(), time.monotonic()
    assert first is not None
    with caplog.at_level(logging.INFO, "ventanilla.runtime"):
        for second in range(1, LOOKS - 1):
            watcher.look(now + second)
        assert lives(first), "not before its time"
        # Fifteen seconds, give or take what fractions of the clock are rounded to: one of these two looks.
        for second in (LOOKS - 1, LOOKS):
            watcher.look(now + second)
        assert gone_within(first, LIMIT)
        watcher.look(now + LOOKS + 1)
        watcher.look(now + LOOKS + 2)
    assert server.pid() not in {None, first}
    assert caplog.messages == [
        "The server has not moved for 15 s: it hangs and is killed.",
        "The server ended (signal 9); it is started again in 0.5 s.",
        "The server was started again.",
    ]
    for second in range(3, 3 + LOOKS // 2):
        watcher.look(now + LOOKS + second)
    assert server.pid() is not None


@pytest.fixture
def starting(tmp_path: Path) -> Iterator[tuple[Watch, Serving]]:
    """A server that is started again, and does not come to serve."""
    server = Serving(SLEEPER, tmp_path, tmp_path / "server.log", (free_ports().agi,))
    watch = Watch(tmp_path, (server,))
    watch._begin(server)
    yield watch, server
    watch.stop()


def test_a_server_that_hangs_before_it_serves_is_killed_but_not_one_that_is_only_slow(
    starting: tuple[Watch, Serving], caplog: pytest.LogCaptureFixture
) -> None:
    watcher, server = starting
    first, now = server.pid(), time.monotonic()
    assert first is not None
    for second in range(int(FIRST_BEAT_S) - 1):
        watcher.look(now + second)
    assert lives(first)
    for second in range(int(FIRST_BEAT_S) - 1, int(FIRST_BEAT_S) + 2):
        watcher.look(now + second)
    assert gone_within(first, LIMIT)
    assert caplog.messages[0] == "The server has not moved for 180 s: it hangs and is killed."


@pytest.mark.parametrize("watch", [SLEEPER], indirect=True)
def test_a_server_that_serves_and_never_beats_as_an_older_one_is_left_alone(
    watch: tuple[Watch, Serving], caplog: pytest.LogCaptureFixture
) -> None:
    watcher, server = watch
    number, now = server.pid(), time.monotonic()
    for second in range(3 * int(FIRST_BEAT_S)):
        watcher.look(now + second)
    assert caplog.messages == [], "whoever is killed may live for a moment yet"
    assert number is not None
    assert lives(number)
    assert server.pid() == number


@pytest.mark.parametrize("watch", [BEATS_ONCE], indirect=True)
def test_what_is_killed_is_our_own_process_whatever_stands_in_its_file(
    watch: tuple[Watch, Serving], tmp_path: Path
) -> None:
    watcher, server = watch
    heard_once(watcher, server)
    ours, now = server.pid(), time.monotonic()
    assert ours is not None
    other = subprocess.Popen(SLEEPER)
    (tmp_path / "server.pid").write_text(json.dumps([other.pid, start_time(other.pid)]))
    for second in range(1, LOOKS + 1):
        watcher.look(now + second)
    assert gone_within(ours, LIMIT)
    assert other.poll() is None
    other.kill()
    other.wait(timeout=LIMIT)
