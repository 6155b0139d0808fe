"""A flow tried in the terminal: what is typed is what a caller presses."""

from collections.abc import Iterable
from datetime import datetime

from dialplans.try_out import Surroundings, TryOut
from dialplans.walks import Walk
from tests.dialplans.rich import FREE, OUTCOMES, rich

MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=rich().time_zone).timestamp()
SUNDAY = MONDAY - 86400.0


def tried(typed: Iterable[str], at: float = MONDAY, **switches: bool) -> tuple[Walk, list[str]]:
    """Try a call with these lines typed, then nothing but `hang`; give where it ended and what was shown."""
    lines, shown = [*typed], list[str]()
    around = Surroundings(at, OUTCOMES, switches)
    call = TryOut(rich(), around, shown.append, lambda _: lines.pop(0) if lines else "hang")
    return call.call(FREE), shown


def test_a_call_is_walked_from_the_greeting_to_the_hang_up() -> None:
    standing, shown = tried(["1"])
    assert shown[:3] == ["es  es greeting", "es  es offer", "ca  ca offer"]
    assert "es  es announcement.strike" in shown
    assert shown[-2:] == ["es  es menu.main", "· the caller hung up"]
    assert standing.step == "front/main"


def test_the_prompts_are_read_in_the_language_chosen() -> None:
    assert tried(["2"])[1][-2] == "ca  ca menu.main"


def test_a_service_ends_as_it_is_told_to_and_a_person_when_the_talk_is_over() -> None:
    standing, shown = tried(["1", "2", "rainy", "sunny", "0", ""])
    assert "· rainy is none of them" in shown
    assert "es  es excuse" in shown
    assert shown[-2:] == ["es  es goodbye", "· the line is closed"]
    assert standing.level == 1


def test_digits_are_typed_in_one_line_and_read_back() -> None:
    standing, shown = tried(["1", "1", "28013", "03112026", "1"])
    assert dict(standing.answers) == {"postcode": "28013", "day": "03112026"}
    assert "es  es service.read_back" in shown


def test_a_sunday_and_an_emergency_are_told() -> None:
    assert "es  es closed" in tried(["1"], SUNDAY)[1]
    assert "· nobody works now" in tried(["1", "0"], SUNDAY)[1]
    assert tried([], emergency=True)[1] == ["es  es shut", "· the line is closed"]


def test_an_empty_line_is_silence() -> None:
    assert tried(["1", ""])[1][-3:] == ["es  es silence", "es  es menu.main", "· the caller hung up"]
