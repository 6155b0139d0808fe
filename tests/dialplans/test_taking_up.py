"""A call that comes back after the server was lost, to flows that may have changed meanwhile."""

from pathlib import Path

import pytest

from dialplans import machine
from dialplans.check import load_institution
from dialplans.machine import Ask, LookAtClock, Walk
from tests.dialplans.rich import FREE, FRONT, OPINION, OUTCOMES, quiet, write

INSIDE = Walk(
    FREE,
    "opinion/why",
    "ca",
    answered=True,
    said=("menu.why",),
    trail=("front/main", "opinion/menu"),
    returns=(("front/after_opinion", 1),),
    answers=(("postcode", "28013"),),
)


def test_a_call_in_a_sub_flow_goes_on_in_it() -> None:
    assert machine.take_up(quiet(), INSIDE) == (INSIDE, Ask(("menu.why",), 6.0))


def test_a_step_that_is_gone_begins_again_with_what_was_said_and_proven() -> None:
    gone = INSIDE._replace(step="opinion/torn_down", person="p-1", level=1)
    standing, action = machine.take_up(quiet(), gone)
    assert (standing.step, standing.returns, standing.trail) == ("front/language", (), ())
    assert (standing.language, standing.person, dict(standing.answers)) == (
        "ca",
        "p-1",
        {"postcode": "28013"},
    )
    assert isinstance(action, Ask)


def test_words_that_are_gone_are_said_as_they_are_now() -> None:
    standing = INSIDE._replace(said=("menu.why_so",))
    assert machine.take_up(quiet(), standing)[1] == Ask(("menu.why",), 6.0)


def test_places_behind_that_are_gone_are_forgotten() -> None:
    behind = INSIDE._replace(trail=("front/gone", "opinion/menu"), menu="front/gone")
    standing, _ = machine.take_up(quiet(), behind)
    assert (standing.trail, standing.menu) == (("opinion/menu",), "")


def test_a_step_that_became_another_kind_is_entered_as_what_it_is_now(tmp_path: Path) -> None:
    opinion = OPINION.replace('kind = "menu"\nsay = ["menu.why"]\nkeys = { 1 = "deeper", 2 = "back" }',
                              'kind = "hours"\nopen = "deeper"\nclosed = "back"')  # fmt: skip
    changed = load_institution(write(tmp_path, opinion=opinion, announcements=""), OUTCOMES)
    assert machine.take_up(changed, INSIDE)[1] == LookAtClock("")


def test_a_language_that_is_no_longer_spoken_becomes_the_first_one() -> None:
    assert machine.take_up(quiet(), INSIDE._replace(language="gl"))[0].language == "es"


def test_a_snapshot_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    earlier = (
        '{"number":"900000001","step":"front/main","language":"es","answered":true,"owed":[],"said":["menu.main"],'
        '"trail":[],"tries":0,"turns":2,"failed":false,"subject":"general","level":0,"person":null}'
    )
    standing = Walk.from_json(earlier)
    assert (standing.returns, standing.answers, standing.menu) == ((), (), "")
    assert machine.take_up(quiet(), standing)[1] == Ask(("menu.main",), 6.0)
    institution = load_institution(write(tmp_path, front=FRONT), OUTCOMES)
    assert machine.take_up(institution, standing)[1] == Ask(("menu.main",), 6.0)


def test_a_number_that_is_no_longer_ours_is_said_so() -> None:
    with pytest.raises(KeyError):
        machine.take_up(quiet(), INSIDE._replace(number="112", step="front/torn_down"))
