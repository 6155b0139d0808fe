"""Branches, sub-flows, announcements, the emergency, and the language at any time."""

import pytest

from dialplans import machine
from dialplans.machine import (
    Action,
    Answered,
    Ask,
    CallerIs,
    ClosingTime,
    Happening,
    HoursAre,
    Keys,
    Leave,
    LookAtCaller,
    LookAtClock,
    LookAtSwitch,
    LookForNews,
    News,
    Outcome,
    Recorded,
    Silence,
    SwitchIs,
    Walk,
    WantPerson,
)
from tests.dialplans.rich import FREE, PAID, quiet, rich

MAIN = Ask(("menu.main",), 6.0)
OPINION = Ask(("menu.opinion",), 6.0)
THANKED = Ask(("thanks", "menu.main"), 6.0)
OFFER = ("es:offer", "ca:offer")


def walk(*happenings: Happening, number: str = FREE) -> tuple[Walk, Action]:
    standing, action = machine.advance(quiet(), machine.start(quiet(), number, None), Answered())
    for happening in happenings:
        standing, action = machine.advance(quiet(), standing, happening)
    return standing, action


def at_main(*happenings: Happening) -> tuple[Walk, Action]:
    return walk(Keys("1"), Recorded(), HoursAre(open=True), *happenings)


def test_a_campaign_goes_its_own_way_and_a_switch_is_looked_at() -> None:
    assert at_main()[1] == MAIN
    asked = (Keys("1"), Recorded(), HoursAre(open=False))
    standing, action = walk(*asked, number=PAID)
    assert action == LookAtSwitch("strike")
    assert machine.advance(quiet(), standing, SwitchIs(on=True))[1] == Ask(
        ("closed", "excuse", "menu.main"), 6.0
    )
    assert machine.advance(quiet(), standing, SwitchIs(on=False))[1] == Ask(("closed", "menu.main"), 6.0)


def test_a_caller_whose_number_is_on_file_may_go_another_way() -> None:
    standing, action = at_main(Keys("4"))
    assert action == LookAtCaller()
    assert machine.advance(quiet(), standing, CallerIs(known=True))[1] == Ask(("excuse", "menu.main"), 6.0)
    assert machine.advance(quiet(), standing, CallerIs(known=False))[1] == MAIN


def test_the_language_and_the_proven_level_branch_unnoticed() -> None:
    assert at_main(Keys("5"))[1] == MAIN
    catalan = walk(Keys("2"), Recorded(), HoursAre(open=True), Keys("5"))
    assert catalan[1] == Ask(("excuse", "menu.main"), 6.0)
    assert at_main(Keys("6"))[1] == MAIN
    for level, words in (
        (1, ("excuse", "menu.main")),
        (2, ("closed", "menu.main")),
        (3, ("closed", "menu.main")),
    ):
        proven = (Keys("2"), Outcome("done", level, "p-1"), Keys("6"))
        assert at_main(*proven)[1] == Ask(words, 6.0)


PROTECTED_PERSON = (Keys("2"), Outcome("protected", 0, None, "protected"))


def test_a_protected_person_s_call_is_for_their_team_to_its_end_whatever_is_chosen_after() -> None:
    standing, action = at_main(*PROTECTED_PERSON)
    assert action == WantPerson((), (), "protected", 2, "")
    standing, action = machine.advance(quiet(), standing, machine.Closed())
    assert action == MAIN
    asked = machine.advance(quiet(), standing, Keys("0"))[1]
    assert isinstance(asked, WantPerson)
    assert asked.subject == "protected"
    night = machine.advance(quiet(), standing, Keys("7"))[0]
    asked = machine.advance(quiet(), night, HoursAre(open=True))[1]
    assert isinstance(asked, WantPerson)
    assert asked.subject == "protected", "a step about something else does not change it"
    weather = machine.advance(quiet(), standing, Keys("2"))[0]
    assert machine.advance(quiet(), weather, Outcome("sunny", 1, "p-1", "night"))[0].subject == "protected"


def test_a_calendar_of_its_own_is_looked_at_by_name() -> None:
    standing, action = at_main(Keys("7"))
    assert action == LookAtClock("night")
    wanted = machine.advance(quiet(), standing, HoursAre(open=True))[1]
    assert wanted == WantPerson((), (), "night", 1, "night")


def test_a_sub_flow_returns_to_the_step_after_its_call() -> None:
    assert at_main(Keys("3"))[1] == OPINION
    standing, action = at_main(Keys("3"), Keys("2"))
    assert (action, standing.returns) == (THANKED, ())


def test_a_sub_flow_within_a_sub_flow_returns_twice() -> None:
    standing, action = at_main(Keys("3"), Keys("1"), Keys("1"))
    assert (action, standing.returns) == (Ask(("thanks", "thanks", "menu.main"), 6.0), ())


def test_back_out_of_a_sub_flow_leaves_it_behind() -> None:
    standing, action = at_main(Keys("3"), Keys("#"))
    assert (action, standing.returns) == (MAIN, ())
    inside = at_main(Keys("3"), Keys("1"), Keys("#"))[0]
    assert (inside.step, len(inside.returns)) == ("opinion/menu", 1)


def test_who_enters_and_leaves_by_a_person_for_ever_piles_nothing_up() -> None:
    standing, action = at_main()
    for _ in range(20):
        standing, _ = machine.advance(quiet(), standing, Keys("3"))
        standing, _ = machine.advance(quiet(), standing, Keys("0"))
        standing, action = machine.advance(quiet(), standing, machine.Closed())
        assert len(standing.returns) <= 1
    assert action == MAIN


def test_announcements_are_said_before_the_menu_and_only_asked_for_where_there_are_any() -> None:
    standing, action = machine.start(rich(), FREE, None), None
    for happening in (Answered(), Keys("1"), Recorded(), HoursAre(open=False)):
        standing, action = machine.advance(rich(), standing, happening)
    assert action == LookForNews("front")
    said = machine.advance(rich(), standing, News(("announcement.front",)))[1]
    assert said == Ask(("closed", "announcement.front", "menu.main"), 6.0)
    assert machine.advance(rich(), standing, News(()))[1] == Ask(("closed", "menu.main"), 6.0)


def test_an_emergency_is_heard_by_new_calls_and_at_the_next_look_at_the_clock() -> None:
    new = machine.start(quiet(), FREE, None)
    assert machine.advance(quiet(), new, Answered(emergency=True))[1] == Leave(("shut",))
    looking = walk(Keys("1"), Recorded())[0]
    assert machine.advance(quiet(), looking, HoursAre(open=True, emergency=True))[1] == Leave(("shut",))


def test_nine_changes_the_language_and_comes_back_to_the_same_menu() -> None:
    changing, action = at_main(Keys("3"), Keys("9"))
    assert action == Ask(OFFER, 4.0)
    standing, action = machine.advance(quiet(), changing, Keys("2"))
    assert (standing.language, standing.step, standing.menu) == ("ca", "opinion/menu", "")
    assert action == OPINION
    assert len(standing.returns) == 1


@pytest.mark.parametrize("key", [Keys("#"), Silence()])
def test_who_changes_their_mind_about_the_language_is_back_in_the_menu(key: Happening) -> None:
    standing, action = at_main(Keys("3"), Keys("9"), key)
    assert (standing.language, action) == ("es", OPINION)
    assert at_main(Keys("3"), Keys("9"), key, Keys("#"))[1] == MAIN


def test_nought_while_changing_the_language_finds_the_person_of_the_menu() -> None:
    standing, action = at_main(Keys("3"), Keys("9"), Keys("0"))
    assert isinstance(action, WantPerson)
    assert (standing.step, standing.menu) == ("front/agent", "")


def test_who_still_waits_at_closing_time_is_offered_a_call_or_led_on() -> None:
    waiting = at_main(Keys("0"))[0]
    assert machine.advance(quiet(), waiting, ClosingTime(callback=True))[1] == Leave(("callback", "goodbye"))
    assert machine.advance(quiet(), waiting, ClosingTime(callback=False))[1] == MAIN


def test_a_subject_that_the_institution_has_nobody_for_changes_nothing() -> None:
    assert at_main(Keys("2"), Outcome("done", subject="night"))[0].subject == "night"
    assert at_main(Keys("2"), Outcome("done", subject="astrology"))[0].subject == "general"
