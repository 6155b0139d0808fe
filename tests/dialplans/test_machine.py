"""The walk of a call, without a call: what is said, where it goes, and that it always goes somewhere."""

import pytest

from dialplans import machine
from dialplans.flows import Menu
from dialplans.machine import (
    Action,
    Answered,
    Ask,
    Closed,
    Happening,
    HoursAre,
    IllegalHappening,
    Keys,
    Leave,
    LookAtClock,
    Outcome,
    Recorded,
    Run,
    ServedLater,
    Silence,
    StartRecording,
    TalkOver,
    Walk,
    WantPerson,
)
from tests.dialplans.institutions import inss

INSS = inss()
GENERAL, IMV = "901166565", "900202222"


def walk(*happenings: Happening, number: str = GENERAL, language: str | None = None) -> tuple[Walk, Action]:
    standing = machine.start(INSS, number, language)
    action: Action = LookAtClock()
    for happening in (Answered(), *happenings):
        standing, action = machine.advance(INSS, standing, happening)
    return standing, action


def offer(first: str) -> tuple[str, ...]:
    """Give the offer of languages, this one first."""
    others = [language for language in INSS.languages if language != first]
    return tuple(f"{language}:language.offer" for language in (first, *others))


def at_main(*happenings: Happening, is_open: bool = True, number: str = GENERAL) -> tuple[Walk, Action]:
    return walk(Keys("1"), Recorded(), HoursAre(is_open), *happenings, number=number)


def test_a_caller_is_greeted_and_offered_the_languages_in_one_breath() -> None:
    _, action = walk()
    assert action == Ask(("greeting.general", *offer("es")), 4.0)


def test_the_proposed_language_is_offered_first() -> None:
    standing, action = walk(language="ca")
    assert standing.language == "ca"
    assert isinstance(action, Ask)
    assert action.prompts[1:] == offer("ca")


def test_silence_takes_the_proposed_language() -> None:
    standing, action = walk(Silence(), language="ca")
    assert standing.language == "ca"
    assert action == StartRecording((), "recording.notice")


def test_the_caller_decides_against_the_proposal() -> None:
    assert walk(Keys("1"), language="ca")[0].language == "es"
    assert walk(Keys("2"))[0].language == "ca"


def test_a_language_nobody_speaks_here_is_not_proposed() -> None:
    assert machine.start(INSS, GENERAL, "fr").language == "es"


def test_the_notice_comes_before_everything_that_could_be_recorded() -> None:
    standing, action = walk(Keys("1"))
    assert isinstance(action, StartRecording)
    assert machine.advance(INSS, standing, Recorded())[1] == LookAtClock()


def test_who_asks_for_a_person_before_the_notice_hears_it_first_and_is_recorded() -> None:
    standing, action = walk(Keys("0"))
    assert (standing.step, action) == ("general/agent", StartRecording((), "recording.notice"))
    with pytest.raises(IllegalHappening):
        machine.advance(INSS, standing, TalkOver())
    standing, action = machine.advance(INSS, standing, Recorded())
    assert action == WantPerson((), (), "general", 1)
    with pytest.raises(IllegalHappening):  # and not a second time
        machine.advance(INSS, standing, Recorded())
    assert machine.take_up(INSS, Walk.from_json(standing.to_json()))[1] == action


def test_a_talk_is_a_turn_like_any_other_so_who_is_always_led_to_the_next_finds_an_end() -> None:
    standing, _ = at_main(Keys("0"))
    assert machine.advance(INSS, standing, TalkOver())[0].turns == standing.turns + 1
    last = standing._replace(turns=machine.MAX_TURNS - 1)
    assert machine.advance(INSS, last, TalkOver())[1] == Leave(("agent.closed", "goodbye"))


def test_a_walk_that_an_earlier_server_kept_is_a_recorded_one() -> None:
    standing, _ = at_main(Keys("0"))
    kept = standing.to_json().replace(',"recorded":true', "")
    assert "recorded" not in kept
    assert Walk.from_json(kept).recorded


def test_closed_hours_are_told_and_the_machine_serves_all_the_same() -> None:
    assert at_main(is_open=False)[1] == Ask(("hours.closed", "menu.main"), 6.0)
    assert at_main(Keys("2"), is_open=False)[1] == Run((), "case_state")


def test_a_day_off_is_told_in_words_of_its_own() -> None:
    days_off = HoursAre(open=False, day_off=True)
    assert walk(Keys("1"), Recorded(), days_off)[1] == Ask(("hours.holiday", "menu.main"), 6.0)


def test_information_is_said_and_then_what_may_come_after_it() -> None:
    standing, action = at_main(Keys("1"), Keys("1"))
    assert action == Ask(("info.pension", "menu.after_info"), 6.0)
    assert standing.subject == "pension"


def test_star_says_again_exactly_what_was_said() -> None:
    before = at_main(Keys("1"), Keys("3"))[1]
    assert at_main(Keys("1"), Keys("3"), Keys("*"))[1] == before


def test_hash_goes_back_menu_by_menu() -> None:
    assert at_main(Keys("1"), Keys("1"), Keys("#"))[0].step == "information/menu"
    assert at_main(Keys("1"), Keys("1"), Keys("#"), Keys("#"))[0].step == "general/main"
    assert at_main(Keys("1"), Keys("1"), Keys("1"), Keys("#"))[0].step == "information/menu"


def test_hash_at_the_first_menu_says_it_again() -> None:
    assert at_main(Keys("#"))[1] == Ask(("menu.main",), 6.0)


@pytest.mark.parametrize("name", [name for name, step in INSS.steps.items() if isinstance(step, Menu)])
def test_every_menu_gives_a_person_with_nought(name: str) -> None:
    standing = Walk(GENERAL, name, "es", answered=True)
    assert isinstance(machine.advance(INSS, standing, Keys("0"))[1], WantPerson)


def test_the_wish_carries_what_the_caller_came_for() -> None:
    assert at_main(Keys("1"), Keys("2"), Keys("0"))[1] == WantPerson((), (), "subsidy", 1)
    assert at_main(Keys("0"), number=IMV)[1] == WantPerson((), (), "imv", 1)
    assert at_main(Keys("1"), Keys("2"), Keys("#"), Keys("#"), Keys("0"))[1] == WantPerson(
        (), (), "general", 1
    )


@pytest.mark.parametrize(("failure", "word"), [(Silence(), "silence"), (Keys("8"), "wrong_key")])
def test_the_third_failure_leads_to_a_person(failure: Happening, word: str) -> None:
    assert at_main(failure)[1] == Ask((word, "menu.main"), 6.0)
    assert at_main(failure, failure)[1] == Ask((word, "menu.main"), 6.0)
    assert at_main(failure, failure, failure)[1] == WantPerson((), ("too_many_tries",), "general", 1)


def test_a_choice_between_failures_forgives_them() -> None:
    assert at_main(Silence(), Silence(), Keys("1"), Silence(), Silence())[0].step == "information/menu"


def test_who_asks_for_a_person_when_nobody_works_is_offered_a_call_and_gets_the_menu_back() -> None:
    assert at_main(Keys("0"), Closed())[1] == Run(("agent.closed",), "callback")
    assert at_main(Keys("0"), Closed(), Outcome("back"))[1] == Ask(("menu.main",), 6.0)


def test_who_neither_chooses_nor_can_be_put_through_is_told_and_taken_leave_of() -> None:
    silent = (Silence(), Silence(), Silence())
    assert at_main(*silent, Closed())[1] == Leave(("agent.closed", "goodbye"))


@pytest.mark.parametrize("number", [GENERAL, IMV])
def test_who_will_be_called_or_left_a_message_is_not_told_that_nobody_is_there(number: str) -> None:
    assert at_main(Keys("0"), ServedLater(), number=number)[1] == Leave(("goodbye",))
    assert at_main(Silence(), Silence(), Silence(), ServedLater(), number=number)[1] == Leave(("goodbye",))


def test_after_the_talk_comes_the_survey_and_then_the_goodbye() -> None:
    assert at_main(Keys("0"), TalkOver())[1] == Run((), "survey")
    assert at_main(Keys("0"), TalkOver(), Outcome("done"))[1] == Leave(("goodbye",))


def test_what_a_service_proved_stays_with_the_call() -> None:
    standing, action = at_main(Keys("2"), Outcome("done", 1, "p-7"))
    assert (standing.level, standing.person) == (1, "p-7")
    assert action == Ask(("menu.main",), 6.0)


def test_a_service_that_is_down_is_told_honestly_and_a_person_promised() -> None:
    assert at_main(Keys("2"), Outcome("down"))[1] == WantPerson(
        ("error.service_down",), ("error.try_agent",), "case", 1
    )


def test_the_minimum_income_line_has_its_own_entry() -> None:
    assert walk(number=IMV)[1] == Ask(("greeting.imv", *offer("es")), 4.0)
    assert at_main(number=IMV)[1] == Ask(("menu.imv",), 6.0)


def test_a_number_that_is_not_ours_is_no_walk() -> None:
    with pytest.raises(KeyError):
        machine.start(INSS, "112", None)


@pytest.mark.parametrize(
    "happening", [Recorded(), HoursAre(open=True), Outcome("done"), TalkOver(), Closed()]
)
def test_what_cannot_happen_at_a_menu_is_refused_and_changes_nothing(happening: Happening) -> None:
    standing, _ = at_main()
    with pytest.raises(IllegalHappening):
        machine.advance(INSS, standing, happening)
    assert standing == at_main()[0]


def test_nothing_happens_before_the_answer_or_after_the_end() -> None:
    with pytest.raises(IllegalHappening):
        machine.advance(INSS, machine.start(INSS, GENERAL, None), Keys("1"))
    over, _ = at_main(Keys("0"), TalkOver())
    with pytest.raises(IllegalHappening):
        machine.advance(INSS, over, Keys("1"))


def test_an_outcome_that_is_not_answered_is_refused() -> None:
    standing, _ = at_main(Keys("2"))
    with pytest.raises(IllegalHappening):
        machine.advance(INSS, standing, Outcome("eaten"))


def test_a_snapshot_is_the_same_walk_again() -> None:
    standing, action = at_main(Keys("1"), Keys("2"))
    again = Walk.from_json(standing.to_json())
    assert again == standing
    assert machine.again(INSS, again) == action


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"number": "1", "step": 2, "owed": 3}', "null"])
def test_what_is_no_snapshot_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Walk.from_json(text)
