"""Logs do not grow without end, on the Asterisk we run."""

import stat
from pathlib import Path

import pytest

from server.runtime.logs import Logs
from tests.conftest import StartAsterisk

pytestmark = pytest.mark.asterisk


def test_asterisks_log_is_rotated_when_it_has_grown_and_old_ones_go(start_asterisk: StartAsterisk) -> None:
    running = start_asterisk(trace=True)
    full_log = running.places.full_log
    logs = Logs(running.asterisk, (), most=10, kept=2)
    for _ in range(4):
        running.ask("dialplan reload")  # says something in the log
        logs.look()
    assert sorted(file.name for file in full_log.parent.glob("full.log*")) == [
        "full.log",
        "full.log.0",
        "full.log.1",
    ]
    assert {stat.S_IMODE(file.stat().st_mode) & 0o077 for file in full_log.parent.glob("full.log*")} == {0}
    assert running.asterisk.alive()


def test_a_log_that_has_not_grown_is_left_alone(start_asterisk: StartAsterisk, tmp_path: Path) -> None:
    running = start_asterisk(trace=True)
    own = tmp_path / "server.log"
    own.write_text("a line\n", encoding="utf-8")
    Logs(running.asterisk, (own, tmp_path / "none.log")).look()
    assert own.read_text(encoding="utf-8") == "a line\n"
    assert not running.places.full_log.with_name("full.log.0").exists()


def test_our_own_log_begins_anew_under_its_writer(start_asterisk: StartAsterisk, tmp_path: Path) -> None:
    running = start_asterisk(trace=False)
    own = tmp_path / "server.log"
    with own.open("a", encoding="utf-8") as writer:
        print("before " * 10, file=writer, flush=True)
        Logs(running.asterisk, (own,), most=10).look()
        print("after", file=writer, flush=True)
    assert own.read_text(encoding="utf-8") == "after\n"
    assert "before" in own.with_name("server.log.0").read_text(encoding="utf-8")
