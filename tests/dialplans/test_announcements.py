"""What is announced on certain days, to the callers of certain flows."""

from datetime import datetime

import pytest

from dialplans.announcements import Notice, today
from tests.dialplans.rich import rich


def said(moment: str, flow: str) -> tuple[str, ...]:
    at = datetime.fromisoformat(moment).replace(tzinfo=rich().time_zone).timestamp()
    return today(rich().announcements, flow, at)


@pytest.mark.parametrize(
    ("moment", "flow", "prompts"),
    [
        ("2026-11-22T23:59:59", "front", ()),
        ("2026-11-23T00:00:00", "front", ("announcement.front",)),
        ("2026-11-23T08:00:00", "front", ("announcement.strike", "announcement.front")),
        ("2026-11-23T08:00:00", "thanks", ("announcement.strike", "announcement.thanks")),
        ("2026-11-23T20:00:00", "front", ("announcement.front",)),
        ("2026-11-25T00:00:00", "front", ()),
    ],
)
def test_announcements_are_said_on_their_days_to_their_callers(
    moment: str, flow: str, prompts: tuple[str, ...]
) -> None:
    assert said(moment, flow) == prompts


def test_nobody_is_told_more_than_they_listen_to() -> None:
    many = [Notice(f"n{number}", 0, 10, frozenset()) for number in range(5)]
    assert today(many, "front", 5) == ("n0", "n1", "n2")
