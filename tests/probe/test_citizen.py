"""How the scripted caller behaves."""

from __future__ import annotations

from server.probe.citizen import (
    LAST_PAUSE_SECONDS,
    PAUSE_SECONDS,
    PROMPT_LIMIT_SECONDS,
    SILENCE_LIMIT_SECONDS,
    SOUND_LIMIT_SECONDS,
    Do,
    Ears,
    HangUp,
    Progress,
    advanced,
    next_move,
    unmet,
)
from server.probe.hearing import Heard
from server.probe.script import Either, Press, Script, When


def heard(key: str, start: float = 1.0, end: float = 3.0) -> Heard:
    return Heard(key, "es", start, end, 0.97)


def script(*steps: Press, expected: tuple[str, ...] = (), stay: bool = False) -> Script:
    return Script("901166565", steps=steps, expected=expected, stay=stay, seconds=300)


ONE = Press("1")
AT_MENU = Press("1", When("menu.main"))


def test_a_key_waits_until_the_voice_pauses() -> None:
    speaking, pausing = Ears(4.0, (), 3.9), Ears(4.0, (), 3.9 - PAUSE_SECONDS)
    assert next_move(script(ONE), Progress(), speaking) is None
    assert next_move(script(ONE), Progress(), pausing) == Do(ONE)


def test_the_silence_before_the_first_word_is_no_pause() -> None:
    assert next_move(script(ONE), Progress(), Ears(3.0)) is None


def test_a_second_key_waits_for_something_new_to_be_heard() -> None:
    after_the_first = advanced(Progress(), 5.0)
    two = script(ONE, ONE)
    assert next_move(two, after_the_first, Ears(8.0, (), 4.0)) is None
    assert next_move(two, after_the_first, Ears(8.0, (), 6.5)) == Do(ONE)


def test_music_that_never_pauses_does_not_hold_the_script_up_for_ever() -> None:
    now = SOUND_LIMIT_SECONDS
    assert next_move(script(ONE), Progress(), Ears(now - 1, (), now - 1)) is None
    assert next_move(script(ONE), Progress(), Ears(now, (), now)) == Do(ONE, "the sound never paused")


def test_silence_does_not_hold_the_script_up_for_ever() -> None:
    assert next_move(script(ONE), Progress(), Ears(SILENCE_LIMIT_SECONDS)) == Do(ONE, "nothing was heard")


def test_a_key_for_a_prompt_waits_for_that_prompt_and_its_pause() -> None:
    others, menu = (heard("greeting.general"),), (heard("greeting.general"), heard("menu.main", 3.0, 6.0))
    assert next_move(script(AT_MENU), Progress(), Ears(9.0, others, 3.0)) is None
    assert next_move(script(AT_MENU), Progress(), Ears(6.2, menu, 6.1)) is None
    assert next_move(script(AT_MENU), Progress(), Ears(7.1, menu, 6.1)) == Do(AT_MENU)


def test_a_key_for_a_prompt_is_not_pressed_for_an_earlier_playing_of_it() -> None:
    after_the_first = advanced(Progress(), 5.0)
    ears = Ears(9.0, (heard("menu.main", 1.0, 4.0),), 7.0)
    assert next_move(script(ONE, AT_MENU), after_the_first, ears) is None


def test_barging_in_does_not_wait_for_the_pause() -> None:
    barge = Press("1", When("menu.main", 0.0))
    assert next_move(script(barge), Progress(), Ears(2.2, (heard("menu.main", 1.0, 2.1),), 2.2)) == Do(barge)


def test_a_prompt_that_never_comes_ends_the_call_with_its_name() -> None:
    move = next_move(script(AT_MENU), Progress(), Ears(PROMPT_LIMIT_SECONDS, (), 1.0))
    assert isinstance(move, HangUp)
    assert move.failed
    assert "menu.main" in move.why


def test_a_key_after_seconds_counts_from_the_step_before() -> None:
    later = Press("1", When(seconds=2.5))
    after_the_first = advanced(Progress(), 5.0)
    assert next_move(script(ONE, later), after_the_first, Ears(7.4, (), 7.4)) is None
    assert next_move(script(ONE, later), after_the_first, Ears(7.5, (), 7.5)) == Do(later)


def test_the_call_ends_when_everything_expected_was_heard_and_its_sentence_is_over() -> None:
    wanted = script(expected=("case.state.granted",))
    prompts = (heard("case.state.granted"),)
    assert next_move(wanted, Progress(), Ears(3.1, prompts, 3.0)) is None
    move = next_move(wanted, Progress(), Ears(3.0 + LAST_PAUSE_SECONDS, prompts, 3.0))
    assert isinstance(move, HangUp)
    assert not move.failed


def test_who_shall_stay_stays_although_all_was_heard() -> None:
    wanted = script(expected=("case.state.granted",), stay=True)
    assert next_move(wanted, Progress(), Ears(60.0, (heard("case.state.granted"),), 3.0)) is None


def test_the_call_never_lasts_longer_than_its_limit() -> None:
    assert isinstance(next_move(script(ONE), Progress(), Ears(300.0, (), 300.0)), HangUp)


def test_expectations_are_met_in_their_order_with_others_between() -> None:
    prompts = (heard("n.12"), heard("case.intro"), heard("month.3"), heard("n.12"))
    assert unmet(("n.12", "month.3"), prompts) == ()
    assert unmet(("month.3", "n.12"), prompts) == ()
    assert unmet(("month.3", "case.intro"), prompts) == ("case.intro",)


def test_a_star_stands_for_any_end_of_a_key() -> None:
    assert unmet(("case.state.*",), (heard("case.state.granted"),)) == ()


def test_a_forbidden_prompt_that_was_heard_is_a_failure() -> None:
    assert unmet(("!id.blocked",), (heard("id.blocked"),)) == ("!id.blocked",)
    assert unmet(("!id.blocked",), (heard("id.proven"),)) == ()


def test_a_prompt_that_sounds_the_same_as_the_expected_one_will_do() -> None:
    twin = Heard("menu.after_case", "es", 1.0, 2.0, 0.9, also=("menu.after_info",))
    assert unmet(("menu.after_info",), (twin,)) == ()


def test_of_several_the_one_whose_prompt_is_heard_is_pressed() -> None:
    either = Either((Press("1", When("menu.main")), Press("2", When("menu.info"))))
    asked = Script("901166565", steps=(either,), seconds=300)
    assert next_move(asked, Progress(), Ears(4.0, (), 3.0)) is None
    ears = Ears(9.0, (heard("menu.info", 5.0, 7.0),), 7.0)
    assert next_move(asked, Progress(), ears) == Do(Press("2", When("menu.info")))
