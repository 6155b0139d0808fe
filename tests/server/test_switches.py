"""Switches that somebody turned: heard at once, over restarts, and never undone by a broken file."""

from pathlib import Path

import pytest

from server.switches import FILE, LOOK_S, Switches, read, turn


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_what_nobody_turned_stands_as_the_institution_has_it(tmp_path: Path, clock: Clock) -> None:
    assert Switches(tmp_path, clock)("emergency") is None
    assert read(tmp_path / "not_there_yet") == {}


def test_a_running_server_hears_of_a_switch_within_half_a_second(tmp_path: Path, clock: Clock) -> None:
    switches = Switches(tmp_path, clock)
    assert switches("emergency") is None
    turn(tmp_path, "emergency", on=True)
    clock.now += LOOK_S
    assert switches("emergency") is True
    turn(tmp_path, "emergency", on=False)
    clock.now += LOOK_S
    assert switches("emergency") is False
    (tmp_path / FILE).unlink()
    clock.now += LOOK_S
    assert switches("emergency") is None


def test_switches_do_not_touch_one_another_and_outlive_the_server(tmp_path: Path, clock: Clock) -> None:
    turn(tmp_path / "runtime", "emergency", on=True)
    turn(tmp_path / "runtime", "strike", on=False)
    after = Switches(tmp_path / "runtime", clock)
    assert (after("emergency"), after("strike"), after("other")) == (True, False, None)


@pytest.mark.parametrize("broken", ["", "[]", '{"emergency": "no"}', "{", "\x00\xff"])
def test_a_broken_file_reopens_nothing(tmp_path: Path, clock: Clock, broken: str) -> None:
    switches = Switches(tmp_path, clock)
    turn(tmp_path, "emergency", on=True)
    assert switches("emergency") is True
    (tmp_path / FILE).write_text(broken, "utf-8")
    clock.now += LOOK_S
    assert switches("emergency") is True
    with pytest.raises(ValueError, match=r".*"):
        turn(tmp_path, "strike", on=True)


def test_a_clock_that_is_set_back_does_not_stop_the_looking(tmp_path: Path, clock: Clock) -> None:
    switches = Switches(tmp_path, clock)
    assert switches("emergency") is None
    turn(tmp_path, "emergency", on=True)
    clock.now -= 3600
    assert switches("emergency") is True
