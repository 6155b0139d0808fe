"""How every service speaks with its caller: each function with each key that matters."""

from collections.abc import Awaitable, Callable

import pytest

from ivr import dialogue
from ivr.adapters.line import HungUp
from ivr.dialogue import Leaves
from ivr.services import Visit
from tests.ivr.box import SILENCE, Box
from tests.ivr.rooms import Rooms
from tests.ivr.window import visit

Speak = Callable[[Visit], Awaitable[object]]


async def at_the_window(around: Rooms, *presses: str) -> tuple[Visit, Box]:
    """Give a visit whose caller will press these."""
    ended = await visit(around, service="forms", leaves_after=0)
    box = Box(presses=presses)
    ended.visit.talk._line = box
    return ended.visit, box


async def told(here: Visit) -> str:
    return await dialogue.tell(here, "case.none")


async def chosen(here: Visit) -> str:
    return await dialogue.choose(here, "12", "id.read_back", "id.confirm")


async def keyed(here: Visit) -> str:
    return await dialogue.digits(
        here, "address.ask_postcode", least=5, most=5, check=lambda keys: keys != "00000"
    )


@pytest.mark.parametrize(
    ("speak", "presses", "outcome"),
    [
        (told, ["0"], "person"), (told, ["#"], "back"), (told, ["9", "", "8"], "gave_up"),
        (chosen, ["0"], "person"), (chosen, ["#"], "back"), (chosen, ["9", "", "8"], "gave_up"),
        (keyed, ["0"], "person"), (keyed, ["#"], "back"), (keyed, ["", "", ""], "gave_up"),
        (keyed, ["1", "00000", "1*345"], "gave_up"),
        (told, ["1"] * 30, "gave_up"), (chosen, ["*"] * 30, "gave_up"),
    ],
)  # fmt: skip
async def test_the_keys_of_the_machine_and_the_third_failure_leave(
    around: Rooms, speak: Speak, presses: list[str], outcome: str
) -> None:
    here, _ = await at_the_window(around, *presses)
    with pytest.raises(Leaves) as leaves:
        await speak(here)
    assert leaves.value.outcome == outcome


async def test_what_is_told_is_told_again_with_the_reference(around: Rooms) -> None:
    here, box = await at_the_window(around, "1", "*", "9", "2")
    await dialogue.reference(here, "TS26000123")
    assert await told(here) == "done"
    spoken = [key for key in box.keys_heard if key != "pause.short"]
    assert spoken.count("case.none") == spoken.count("service.reference") == 3
    assert spoken.index("service.reference") == 0
    assert spoken[-2:] == ["wrong_key", "menu.after_service"]


async def test_the_second_repeat_is_slow_and_so_is_the_rest_of_the_call(around: Rooms) -> None:
    here, box = await at_the_window(around, "*", "1", "2")
    await told(here)
    assert [("es/vt/pause.short" in files) for files in box.heard] == [False, False, True]
    assert here.talk.slow


async def test_a_choice_is_said_again_without_counting_as_a_failure(around: Rooms) -> None:
    here, box = await at_the_window(around, "9", SILENCE, "*", "*", "2")
    assert await chosen(here) == "2"
    assert [files[0] for files in box.heard] == [
        "es/vt/id.read_back", "es/vt/wrong_key", "es/vt/silence", "es/vt/id.read_back", "es/vt/id.read_back",
    ]  # fmt: skip


@pytest.mark.parametrize(("key", "right"), [("1", True), ("2", False)])
async def test_a_confirmation_is_one_or_two(around: Rooms, key: str, right: bool) -> None:  # noqa: FBT001 - the case
    here, _ = await at_the_window(around, key)
    assert await dialogue.confirm(here, "id.read_back") is right


async def test_digits_are_taken_when_they_are_as_many_as_wanted_and_right(around: Rooms) -> None:
    here, box = await at_the_window(around, "*", "123", "28013")
    assert await keyed(here) == "28013"
    assert "service.wrong_digits" in box.keys_heard


async def test_a_lone_nought_is_a_person_even_where_one_digit_is_enough(around: Rooms) -> None:
    here, _ = await at_the_window(around, "0")
    with pytest.raises(dialogue.Leaves, match="person"):
        await dialogue.digits(here, "address.ask_number", least=1, most=4)
    here, _ = await at_the_window(around, "05")
    assert await dialogue.digits(here, "address.ask_number", least=1, most=4) == "05"


async def test_a_caller_who_leaves_is_gone(around: Rooms) -> None:
    here, _ = await at_the_window(around)
    with pytest.raises(HungUp):
        await told(here)
