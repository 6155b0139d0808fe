"""What is said in one breath and what in several; slow for who asks twice."""

import pytest

from ivr.talk import PAUSE, Talk
from tests.ivr.box import SILENCE, Box

MANY = tuple(f"case.state.in_progress_{number:03d}" for number in range(200))
AGI_LINE = 2048  # Asterisk's AGI_BUF_LEN


def talk(*presses: str) -> tuple[Talk, Box]:
    box = Box(presses=presses)
    return Talk(box, "es", lambda _: None, lambda: 0.0), box


async def test_what_is_too_long_for_one_command_is_said_in_several_and_whole() -> None:
    voice, box = talk(*[SILENCE] * 9)
    await voice.ask(MANY)
    await voice.say(*MANY)
    assert box.keys_heard == [*MANY, *MANY]
    assert all(len(line) < AGI_LINE for line in box.sent)
    assert len(box.heard) > 2


@pytest.mark.parametrize("part", [0, 1])
async def test_a_key_in_the_middle_of_something_long_cuts_it_short(part: int) -> None:
    voice, box = talk(*[SILENCE] * part, "2")
    assert await voice.ask(MANY) == "2"
    assert len(box.heard) == part + 1


async def test_digits_keyed_in_the_middle_of_something_long_are_taken_whole() -> None:
    voice, _ = talk("2", "8013")
    assert await voice.ask(MANY, 5) == "28013"


async def test_nothing_said_is_still_a_question() -> None:
    voice, box = talk("7")
    assert await voice.ask(()) == "7"
    assert box.heard == []


async def test_slow_speech_pauses_between_fragments() -> None:
    voice, box = talk("1")
    voice.slow = True
    await voice.ask(("n.1", "n.2", "n.3"))
    assert box.keys_heard == ["n.1", PAUSE, "n.2", PAUSE, "n.3"]


@pytest.mark.parametrize(("after_s", "heard"), [(0.0, "2"), (1.4, "2"), (1.5, "#")])
async def test_a_hash_that_closes_a_full_number_is_no_answer_to_the_next_question(
    after_s: float, heard: str
) -> None:
    now, box = [0.0], Box(presses=["28013", "#", "2"])
    voice = Talk(box, "es", lambda _: None, lambda: now[0])
    assert await voice.ask(("address.ask_postcode",), 5) == "28013"
    now[0] += after_s
    assert await voice.ask(("service.confirm",)) == heard


async def test_a_hash_after_a_number_that_is_not_full_is_a_key_of_its_own() -> None:
    voice, _ = talk("2801", "#")
    assert await voice.ask(("address.ask_postcode",), 5) == "2801"
    assert await voice.ask(("service.confirm",)) == "#"
