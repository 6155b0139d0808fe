"""Whole calls over real SIP and RTP between two telephones of this process."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from server.probe.call import place
from server.probe.endings import Why
from server.probe.hearing import recognise
from server.probe.screen import EXIT_NO_CALL, EXIT_SUCCEEDED, EXIT_UNMET, exit_code, verdict
from server.probe.script import Script, parse_steps
from server.probe.sounds import pcm_of, read_sound, resample, write_sound
from tests.probe.counter import counter
from tests.probe.speech import made_up_catalogue, utterance
from tests.telephones import CallingCitizen, citizens

PROMPTS = made_up_catalogue()
ANSWERS = {
    "": ["long.1", "long.2"],
    "1": ["long.3"],
    "112345678#": ["long.4", "n.12", "n.3", "n.12"],
    "9": ["long.5", "-"],
}


async def test_a_script_is_followed_and_what_is_heard_is_named(tmp_path: Path) -> None:
    async with counter(PROMPTS, ANSWERS) as at_work:
        script = Script(
            "901166565",
            at_work.server,
            "+34931234567",
            parse_steps("1,12345678#@long.3"),
            ("long.1", "long.2", "long.3", "long.4", "n.12", "n.3", "n.12"),
            tmp_path / "heard.wav",
            60,
        )
        outcome = await place(script, PROMPTS)
    assert outcome.succeeded, verdict(script, outcome, answer_times=True)
    assert exit_code(outcome) == EXIT_SUCCEEDED
    assert at_work.lines[0].digits == list("112345678#")
    assert "+34931234567" in at_work.lines[0].peer
    assert [m.what for m in outcome.moments if m.what.startswith("pressed")] == [
        "pressed 1",
        "pressed 12345678#",
    ]
    again = recognise(read_sound(tmp_path / "heard.wav"), PROMPTS)
    assert [prompt.key for prompt in again] == [prompt.key for prompt in outcome.heard]


async def test_a_key_may_cut_a_prompt_short() -> None:
    async with counter(PROMPTS, ANSWERS) as at_work:
        script = Script(
            "901166565", at_work.server, "931", parse_steps("1@long.1~0"), ("long.1", "long.3", "!long.2")
        )
        outcome = await place(script, PROMPTS)
    assert outcome.succeeded, outcome


async def test_an_expectation_that_fails_says_what_was_heard_instead() -> None:
    async with counter(PROMPTS, ANSWERS) as at_work:
        script = Script("901166565", at_work.server, "931", parse_steps("9"), ("long.5", "long.7"), None, 30)
        outcome = await place(script, PROMPTS)
    assert outcome.unmet == ("long.7",)
    assert exit_code(outcome) == EXIT_UNMET
    said = str(verdict(script, outcome, answer_times=False)[-1])
    assert "Expected to hear long.7 after long.5" in said
    assert "Heard instead: long.1, long.2, long.5" in said
    assert outcome.hung_up_by == "them"


async def test_a_call_that_ends_before_the_script_says_so() -> None:
    async with counter(PROMPTS, ANSWERS) as at_work:
        outcome = await place(Script("901166565", at_work.server, "931", parse_steps("9,1@long.9")), PROMPTS)
    assert "1 of 2 steps" in outcome.trouble
    assert exit_code(outcome) == EXIT_NO_CALL


async def test_a_file_is_said_in_its_turn_among_the_keys(tmp_path: Path) -> None:
    words = utterance(4242, 1.5)
    write_sound(tmp_path / "words.wav", pcm_of(words))
    async with counter(PROMPTS, {"": ["long.1"], "9": ["-"]}) as at_work:
        script = Script("901166565", at_work.server, "931", parse_steps("say,9~1", [tmp_path / "words.wav"]))
        outcome = await place(script, PROMPTS)
    assert not outcome.trouble
    done = [m.what for m in outcome.moments if m.what.startswith(("said", "pressed"))]
    assert done == ["said words.wav", "pressed 9"]


async def test_a_server_that_is_not_there_is_told_at_once() -> None:
    outcome = await place(Script("901166565", "127.0.0.1:9"), PROMPTS)
    assert (outcome.why, exit_code(outcome)) == (Why.UNREACHABLE, EXIT_NO_CALL)
    assert "Nothing answers at 127.0.0.1:9" in outcome.trouble


async def test_thirteen_citizens_call_at_once_and_know_who_was_dropped() -> None:
    callers = [f"+3493123{place:04d}" for place in range(13)]
    async with counter(PROMPTS, ANSWERS) as at_work:
        steps = parse_steps("1")
        async with citizens(callers, "901166565", at_work.server, steps=steps, catalogue=PROMPTS) as people:
            assert len(people) == 13
            for person in people:
                await person.hears("long.3", within=30)
            assert not any(person.dropped for person in people)
            await at_work.lines[4].hang_up()
            await people_dropped(people, 1)
            (dropped,) = [person for person in people if person.dropped]
            assert dropped.call.script.caller in at_work.lines[4].peer
            assert dropped.dropped_at is not None
        async with asyncio.timeout(5):
            for line in at_work.lines:
                await line.ended.wait()


async def people_dropped(people: tuple[CallingCitizen, ...], count: int) -> None:
    async with asyncio.timeout(5):
        while sum(person.dropped for person in people) < count:  # noqa: ASYNC110 - thirteen events at once
            await asyncio.sleep(0.02)


def test_resampled_sound_keeps_its_shape() -> None:
    moments = np.arange(48000) / 48000
    tone = np.sin(2 * np.pi * 440 * moments).astype(np.float32)
    expected = np.sin(2 * np.pi * 440 * np.arange(8000) / 8000)
    assert resample(tone, 48000)[200:-200] == pytest.approx(expected[200:-200], abs=0.02)
