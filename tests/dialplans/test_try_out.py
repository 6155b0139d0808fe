"""A flow tried in the terminal: what is typed is what a caller presses."""

from collections.abc import Iterable
from datetime import datetime

import pytest

from dialplans.outcomes import FRAME, PROOF, VIDEO, Levels, possible, proven_after
from dialplans.try_out import SOMEBODY, Surroundings, TryOut
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


def test_a_refusal_proves_nothing_and_what_is_served_does() -> None:
    refused, shown = tried(["1", "2", "refused"])
    assert (refused.level, refused.person) == (0, None)
    assert not any("proven" in line for line in shown)
    served, shown = tried(["1", "2", "sunny"])
    assert (served.level, served.person) == (1, SOMEBODY)
    assert "· proven: level 1" in shown


def test_who_is_proven_is_not_refused_again() -> None:
    standing, shown = tried(["1", "2", "sunny", "2", "refused", "protected", "sunny"])
    assert "· refused is none of them" in shown
    assert "· protected is none of them" in shown
    assert standing.step == "front/main"


def test_a_protected_person_comes_to_the_second_level_of_their_own_subject() -> None:
    standing, shown = tried(["1", "2", "protected"])
    assert shown[-2] == "· waits for a person: protected, level 2"
    assert (standing.step, standing.subject, standing.level) == ("front/team", "protected", 0)


@pytest.mark.parametrize(
    ("typed", "last"),
    [
        ("nobody", "es  es menu.main"),
        ("closing", "es  es goodbye"),  # its calendar offers a callback
        ("later", "es  es goodbye"),
    ],
)
def test_waiting_ends_in_every_way_it_can(typed: str, last: str) -> None:
    said = [line for line in tried(["1", "0", typed])[1] if line.startswith("es")]
    assert said[-1] == last
    assert "· later on is none of them" in tried(["1", "0", "later on", ""])[1]


def test_a_hash_closes_a_number_and_alone_leads_back() -> None:
    assert dict(tried(["1", "1", "28013#", "#"])[0].answers) == {"postcode": "28013"}
    assert tried(["1", "1", "#"])[0].step == "front/main"


def test_a_person_asked_for_at_the_first_question_comes_after_the_notice() -> None:
    shown = tried(["0", ""])[1]
    assert shown.index("es  es notice") < shown.index("· waits for a person: general, level 1")


def test_people_answer_at_any_hour_where_the_demonstration_says_so() -> None:
    lines, shown = ["1", "0"], list[str]()
    around = Surroundings(SUNDAY, OUTCOMES, always_open=True)
    TryOut(rich(), around, shown.append, lambda _: lines.pop(0) if lines else "hang").call(FREE)
    assert "· waits for a person: general, level 1" in shown


OWN = frozenset({"sunny"})


@pytest.mark.parametrize(
    ("levels", "ends"),
    [
        (Levels(0, 0, 0), OWN | FRAME),
        (Levels(0, 1, 1), OWN | FRAME | PROOF),
        (Levels(1, 1, 1), OWN | FRAME),
        (Levels(1, 1, 2), OWN | FRAME | {"refused", "blocked"}),
        (Levels(2, 2, 2), OWN | FRAME),
        (Levels(0, 3, 3), VIDEO | PROOF | FRAME - {"done"}),
        (Levels(2, 3, 3), VIDEO),
    ],
)
def test_a_service_ends_only_as_it_can_for_this_caller(levels: Levels, ends: frozenset[str]) -> None:
    assert possible(OWN, levels) == ends


@pytest.mark.parametrize(
    ("outcome", "levels", "after"),
    [
        ("done", Levels(0, 0, 0), [0]),
        ("sunny", Levels(0, 1, 2), [1, 2]),
        ("done", Levels(2, 1, 1), [2]),
        ("refused", Levels(0, 1, 1), [0]),
        ("refused", Levels(0, 2, 2), [0, 1]),
        ("blocked", Levels(1, 1, 2), [1]),
        ("protected", Levels(0, 2, 2), [0]),
        ("down", Levels(0, 1, 1), [0, 1]),
        ("video", Levels(0, 3, 3), [2]),
    ],
)
def test_what_is_proven_after_it_is_what_the_frame_would_have_proven(
    outcome: str, levels: Levels, after: list[int]
) -> None:
    assert list(proven_after(outcome, levels)) == after
