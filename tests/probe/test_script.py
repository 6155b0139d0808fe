"""What is written on the command line, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.probe.script import Either, Press, Say, Script, ScriptFault, When, check, parse_steps


def test_items_say_what_to_press_and_when() -> None:
    assert parse_steps("1, 2@menu.main,12345678#~2.5,*@case.state.*~0") == (
        Press("1"),
        Press("2", When("menu.main")),
        Press("12345678#", When(seconds=2.5)),
        Press("*", When("case.state.*", 0.0)),
    )


def test_files_to_say_stand_where_they_are_mentioned_and_else_at_the_end() -> None:
    one, two = Path("one.wav"), Path("two.wav")
    assert parse_steps("1,say@menu.main,2", [one, two]) == (
        Press("1"),
        Say(one, When("menu.main")),
        Press("2"),
        Say(two),
    )


def test_nothing_to_press_is_no_step() -> None:
    assert parse_steps("") == ()


@pytest.mark.parametrize("press", ["x", "1@", "1~", "1~two", "12345678Z", "1;2", "1@menu main"])
def test_an_item_that_is_none_is_refused_by_name(press: str) -> None:
    with pytest.raises(ScriptFault, match="--press item"):
        parse_steps(press)


def test_more_say_items_than_files_are_refused() -> None:
    with pytest.raises(ScriptFault, match="more `say` items"):
        parse_steps("say")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (Script("901 16"), "--to"),
        (Script("901;transport=tcp"), "--to"),
        (Script("901166565", caller="a b"), "--from"),
        (Script("901166565", server="127.0.0.1:0"), "--server"),
        (Script("901166565", server="127.0.0.1:99999"), "--server"),
        (Script("901166565", server="127.0.0.1;x"), "--server"),
        (Script("901166565", seconds=0), "--seconds"),
    ],
)
def test_a_wrong_number_caller_server_or_limit_is_refused_by_its_option(wrong: Script, said: str) -> None:
    with pytest.raises(ScriptFault, match=said):
        check(wrong)


def test_a_server_without_port_has_sips_own() -> None:
    script = check(Script("901166565", server="pbx.example.org"))
    assert (script.host, script.port) == ("pbx.example.org", 5060)


def test_either_of_two_prompts_is_one_step() -> None:
    (step,) = parse_steps("1@menu.main|2@menu.info")
    assert step == Either((Press("1", When("menu.main")), Press("2", When("menu.info"))))


def test_either_needs_a_prompt_on_each_side() -> None:
    with pytest.raises(ScriptFault, match="each side"):
        parse_steps("1@menu.main|2")
