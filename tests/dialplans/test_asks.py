"""Digits asked for: kept under their name, read back where that is wanted, asked again, and given up."""

import pytest

from dialplans import machine
from dialplans.keyed import RULES, holds
from dialplans.machine import (
    Action,
    Ask,
    Digits,
    Happening,
    HoursAre,
    IllegalHappening,
    Keys,
    Recorded,
    Silence,
    TakeDigits,
    Walk,
    WantPerson,
)
from tests.dialplans.rich import FREE, quiet

RICH = quiet()
POSTCODE = TakeDigits(("ask.postcode",), 5, 10.0)
DAY = TakeDigits(("ask.day",), 8, 10.0)


def walk(*happenings: Happening) -> tuple[Walk, Action]:
    """Go to the question for the postcode and on."""
    standing = machine.start(RICH, FREE, None)
    action: Action = POSTCODE
    before = (machine.Answered(), Keys("1"), Recorded(), HoursAre(open=True), Keys("1"))
    for happening in (*before, *happenings):
        standing, action = machine.advance(RICH, standing, happening)
    return standing, action


def test_digits_are_asked_for_and_kept_under_their_name() -> None:
    assert walk()[1] == POSTCODE
    standing, action = walk(Digits("28013"))
    assert dict(standing.answers) == {"postcode": "28013"}
    assert action == DAY


def test_what_cannot_be_is_asked_again() -> None:
    for keyed in ("99013", "2801", "28*13", "²8013", "٢٨٠١٣"):
        standing, action = walk(Digits(keyed))
        assert action == TakeDigits(("service.wrong_digits", "ask.postcode"), 5, 10.0)
        assert standing.answers == ()
    assert walk(Silence())[1] == TakeDigits(("silence", "ask.postcode"), 5, 10.0)


def test_an_impossible_date_is_answered_with_its_own_words() -> None:
    assert walk(Digits("28013"), Digits("30022026"))[1] == TakeDigits(("wrong.day", "ask.day"), 8, 10.0)


def test_what_was_keyed_is_read_back_and_kept_when_it_is_right() -> None:
    reading, action = walk(Digits("28013"), Digits("03112026"))
    assert isinstance(action, Ask)
    assert action.prompts[0] == "service.read_back"
    assert action.prompts[-1] == "service.confirm"
    assert dict(reading.answers) == {"postcode": "28013"}
    standing, action = machine.advance(RICH, reading, Keys("1"))
    assert dict(standing.answers) == {"postcode": "28013", "day": "03112026"}
    assert standing.keyed == ""
    assert action == Ask(("menu.main",), 6.0)


def test_what_was_read_back_wrongly_is_asked_again_and_what_is_unclear_read_again() -> None:
    reading, said = walk(Digits("28013"), Digits("03112026"))
    assert machine.advance(RICH, reading, Keys("2"))[1] == DAY
    assert machine.advance(RICH, reading, Keys("*"))[1] == said
    assert isinstance(said, Ask)
    assert machine.advance(RICH, reading, Keys("7"))[1] == Ask(("wrong_key", *said.prompts), said.timeout_s)
    assert machine.advance(RICH, reading, Silence())[1] == Ask(("silence", *said.prompts), said.timeout_s)


def test_the_third_failure_goes_where_the_step_gives_up_or_to_a_person() -> None:
    wrong = (Digits("1"),) * 3
    assert walk(*wrong)[1] == WantPerson((), ("too_many_tries",), "general", 1)
    standing, action = walk(Digits("28013"), *wrong)
    assert action == Ask(("no.day", "menu.main"), 6.0)
    assert (standing.tries, standing.failed) == (0, False)


def test_the_machines_keys_work_while_digits_are_asked_for() -> None:
    assert isinstance(walk(Digits("0"))[1], WantPerson)
    assert walk(Digits("*"))[1] == POSTCODE
    assert walk(Digits("#"))[1] == Ask(("menu.main",), 6.0)
    assert isinstance(walk(Digits("28013"), Digits("03112026"), Keys("0"))[1], WantPerson)
    assert walk(Digits("28013"), Digits("03112026"), Keys("#"))[0].keyed == ""


def test_a_walk_in_the_middle_of_a_question_survives_its_snapshot() -> None:
    for happenings in ((), (Digits("28013"),), (Digits("28013"), Digits("03112026")), (Digits("1"),)):
        standing, action = walk(*happenings)
        again = Walk.from_json(standing.to_json())
        assert again == standing
        assert machine.take_up(RICH, again)[0] == standing
        if happenings != (Digits("1"),):  # a failure is not told twice
            assert machine.again(RICH, again) == action


def test_what_was_keyed_is_never_remembered_beyond_the_call() -> None:
    standing, _ = walk()
    before = machine._remembered.cache_info()
    for happening in (Digits("28013"), Digits("03112026"), Keys("1"), Silence()):
        standing, _ = machine.advance(RICH, standing, happening)
    assert machine._remembered.cache_info() == before


@pytest.mark.parametrize("happening", [Keys("1"), Recorded(), HoursAre(open=True)])
def test_what_cannot_happen_where_digits_are_asked_for_is_refused(happening: Happening) -> None:
    with pytest.raises(IllegalHappening):
        walk(happening)


@pytest.mark.parametrize(
    ("rule", "right", "wrong"),
    [
        ("any", ["0", "123456"], ["", "12*", "1" * 9]),
        ("date", ["29022028", "01011900"], ["29022026", "31042026", "01131999", "1122026", "01011800"]),
        ("month", ["122026"], ["132026", "002026", "12026", "121800"]),
        ("year", ["1955"], ["955", "2555"]),
        ("postcode", ["28013", "01001", "52001"], ["00013", "53001", "2801"]),
        ("telephone", ["600123456", "912345678"], ["123456789", "60012345"]),
    ],
)
def test_a_rule_holds_for_what_can_be_and_for_nothing_else(
    rule: str, right: list[str], wrong: list[str]
) -> None:
    assert rule in RULES
    assert all(holds(rule, digits, 1, 8 if rule == "any" else 24) for digits in right)
    assert not any(holds(rule, digits, 1, 8 if rule == "any" else 24) for digits in wrong)
