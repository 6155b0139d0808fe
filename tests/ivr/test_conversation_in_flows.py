"""Conversations through everything a flow may hold: digits, sub-flows, switches, closing time, a lost server."""

import asyncio
import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from dialplans.check import load_institution
from dialplans.institution import Institution
from dialplans.machine import Outcome
from ivr import facts
from ivr.conversation import converse
from ivr.services import Service, Visit
from tests.dialplans.rich import FREE, OPINION, OUTCOMES, PAID, rich, write
from tests.ivr.box import LEAVES, Box
from tests.ivr.office import until
from tests.ivr.rooms import Rooms
from tests.ivr.test_conversation import hold


def moment(text: str) -> float:
    return dt.datetime.fromisoformat(text).replace(tzinfo=rich().time_zone).timestamp()


MONDAY = moment("2026-11-23T10:00:00")
BEFORE_TWO = moment("2026-11-23T13:59:30")


@pytest.fixture
def flows(around: Rooms) -> Rooms:
    """A house that serves the institution with a step of every kind."""
    around.now = MONDAY
    around.house = replace(around.house, institution=rich, clock=lambda: around.now)
    return around


def box(*presses: str, number: str = FREE, **others: object) -> Box:
    return Box(presses=presses, number=number, **others)  # type: ignore[arg-type]  # any field of a box


async def test_digits_are_asked_for_read_back_and_kept_but_never_told(flows: Rooms) -> None:
    caller = await hold(flows, box("1", "1", "28013", "03112026", "1", LEAVES))
    assert "GET DATA vt/ask.postcode 10000 5" in caller.sent
    assert caller.keys_heard[-1] == "menu.main"
    kept = flows.calls.unfinished(caller.call)
    assert kept is not None
    assert dict(kept.walk.answers) == {"postcode": "28013", "day": "03112026"}
    told = [fact for fact in flows.facts if not isinstance(fact, facts.Spoke)]
    assert "28013" not in repr(told)
    assert "03112026" not in repr(told)


async def test_the_days_announcements_come_before_the_menu(flows: Rooms) -> None:
    heard = (await hold(flows, box("1", LEAVES))).keys_heard
    assert heard[-3:] == ["announcement.strike", "announcement.front", "menu.main"]


async def test_a_switch_of_a_flow_stands_as_the_institution_has_it_until_somebody_turns_it(
    flows: Rooms,
) -> None:
    assert "excuse" in (await hold(flows, box("1", LEAVES, number=PAID))).keys_heard
    flows.house = replace(flows.house, switched={"strike": False}.get)
    assert "excuse" not in (await hold(flows, box("1", LEAVES, number=PAID, call="v-1.2"))).keys_heard


async def test_a_caller_on_file_is_known_and_one_without_a_number_is_not(flows: Rooms) -> None:
    async def known(number: str) -> bool:
        return number == "+34911111111"

    flows.house = replace(flows.house, known=known)
    heading = {"PJSIP_HEADER(read,P-Asserted-Identity)": "<sip:+34911111111@x>"}
    assert "excuse" in (await hold(flows, box("1", "4", LEAVES, variables=heading))).keys_heard
    assert "excuse" not in (await hold(flows, box("1", "4", LEAVES, call="v-1.2"))).keys_heard


async def test_an_emergency_takes_leave_of_new_callers_at_once(flows: Rooms) -> None:
    flows.house = replace(flows.house, switched={"emergency": True}.get)
    caller = await hold(flows, box())
    assert caller.keys_heard == ["shut"]
    assert caller.sent[-1] == "SET VARIABLE VT_DONE yes"


async def test_an_emergency_is_heard_by_a_call_in_progress_when_it_looks_at_the_clock(flows: Rooms) -> None:
    turned: dict[str, bool] = {}
    flows.house = replace(flows.house, switched=turned.get)
    caller = box("1", "7")
    caller.at_file["vt/menu.main"] = lambda: turned.update(emergency=True)
    await hold(flows, caller)
    assert caller.keys_heard[-1] == "shut"


async def test_nobody_is_put_through_in_an_emergency(flows: Rooms) -> None:
    turned: dict[str, bool] = {}
    flows.house = replace(flows.house, switched=turned.get)
    flows.desks.free.append("ana")
    caller = box("1", "0", LEAVES)
    caller.at_file["vt/menu.main"] = lambda: turned.update(emergency=True)
    await hold(flows, caller)
    assert flows.desks.waits == []


async def test_who_waits_when_the_emergency_comes_is_not_left_waiting(flows: Rooms) -> None:
    turned: dict[str, bool] = {}
    flows.house = replace(flows.house, switched=turned.get)
    caller = box("1", "0")
    caller.at_file["vt/agent.wait"] = lambda: turned.update(emergency=True)
    await hold(flows, caller)
    assert flows.desks.told == ["left"]
    assert caller.keys_heard[-2:] == ["callback", "goodbye"]


def at_closing(flows: Rooms, caller: Box) -> None:
    """Let the clock strike while the caller hears the music."""

    def strike() -> None:
        flows.now = moment("2026-11-23T14:00:00")

    caller.at_file["vt/agent.wait"] = strike


async def test_who_still_waits_at_closing_time_is_offered_a_call(flows: Rooms) -> None:
    flows.now = BEFORE_TWO
    caller = box("1", "0")
    at_closing(flows, caller)
    await hold(flows, caller)
    assert flows.desks.told == ["left"]
    assert caller.keys_heard[-2:] == ["callback", "goodbye"]
    assert caller.sent.index("SET MUSIC OFF") < len(caller.sent) - 1


@cache
def closing(rule: str) -> Institution:
    with TemporaryDirectory() as name:
        folder = write(Path(name))
        file = folder / "institution.toml"
        file.write_text(
            file.read_text("utf-8").replace('closing = "callback"', f'closing = "{rule}"'), "utf-8"
        )
        return load_institution(folder, OUTCOMES)


async def test_or_is_told_and_led_on(flows: Rooms) -> None:
    flows.house = replace(flows.house, institution=lambda: closing("told"))
    flows.now = BEFORE_TWO
    caller = box("1", "0", LEAVES)
    at_closing(flows, caller)
    await hold(flows, caller)
    assert caller.keys_heard[-1] == "menu.main"


async def test_or_is_served_all_the_same(flows: Rooms) -> None:
    flows.house = replace(flows.house, institution=lambda: closing("served"))
    flows.now = BEFORE_TWO
    caller = box("1", "0", dials=["ANSWER"])
    at_closing(flows, caller)
    conversation = asyncio.create_task(hold(flows, caller))
    await until(lambda: "SET MUSIC ON default" in caller.sent)
    flows.desks.come("ana")
    await conversation
    assert flows.desks.told == ["ended"]


async def lost(flows: Rooms, *presses: str) -> None:
    """Walk so far, and lose the server."""
    caller = box(*presses)

    def die() -> None:
        raise asyncio.CancelledError

    pressed = caller._pressed

    def last(longest: int) -> str:
        if not caller.presses_left:
            die()
        return pressed(longest)

    caller._pressed = last  # type: ignore[method-assign]
    with pytest.raises(asyncio.CancelledError):
        await converse(flows.house, caller)


@pytest.mark.parametrize(
    ("pressed", "heard", "then", "after"),
    [
        (("1", "3", "1"), ["menu.why"], "2", ["thanks", "menu.main"]),
        (("1", "1"), ["ask.postcode"], "28013", ["ask.day"]),
        (("1", "1", "28013"), ["ask.day"], "30022026", ["wrong.day", "ask.day"]),
        (("1", "3", "9"), ["offer", "offer"], "2", ["menu.opinion"]),
    ],
)
async def test_a_lost_server_takes_its_caller_up_in_sub_flows_and_at_questions(
    flows: Rooms, pressed: tuple[str, ...], heard: list[str], then: str, after: list[str]
) -> None:
    await lost(flows, *pressed)
    again = await hold(flows, box(then, LEAVES))
    assert again.keys_heard == ["lost.we_are_back", *heard, *after]


async def test_digits_that_were_read_back_when_the_server_was_lost_are_read_back_again(flows: Rooms) -> None:
    await lost(flows, "1", "1", "28013", "03112026")
    again = await hold(flows, box("1", LEAVES))
    assert again.keys_heard[:2] == ["lost.we_are_back", "service.read_back"]
    assert again.keys_heard[-2:] == ["service.confirm", "menu.main"]
    kept = flows.calls.unfinished(again.call)
    assert kept is not None
    assert dict(kept.walk.answers)["day"] == "03112026"


async def test_a_call_in_progress_finishes_on_the_flows_it_began_with(flows: Rooms, tmp_path: Path) -> None:
    served: list[Institution] = [rich()]
    flows.house = replace(flows.house, institution=lambda: served[-1])
    changed = load_institution(write(tmp_path, opinion=OPINION.replace('"menu.why"', '"thanks"')), OUTCOMES)
    caller = box("1", "3", "1", LEAVES)
    caller.at_file["vt/menu.main"] = lambda: served.append(changed)
    await hold(flows, caller)
    assert caller.keys_heard[-1] == "menu.why"
    assert (await hold(flows, box("1", "3", "1", LEAVES, call="v-1.2"))).keys_heard[-1] == "thanks"


async def test_after_a_restart_a_call_goes_on_in_the_flows_as_they_are_then(
    flows: Rooms, tmp_path: Path
) -> None:
    await lost(flows, "1", "3", "1")
    gone = OPINION.replace('"why"', '"because"').replace("[steps.why]", "[steps.because]")
    flows.house = replace(
        flows.house, institution=cache(lambda: load_institution(write(tmp_path, opinion=gone), OUTCOMES))
    )
    again = await hold(flows, box("1", LEAVES))
    assert again.keys_heard[:2] == ["greeting", "offer"]


@pytest.mark.parametrize("presses", [("1",), ("1", "1"), ("1", "1", "28013"), ("1", "3"), ("1", "3", "1")])
async def test_a_caller_may_hang_up_anywhere(flows: Rooms, presses: tuple[str, ...]) -> None:
    for commands in range(4, 16):
        caller = box(*presses, call=f"v-1.{commands}", leaves_after=commands)
        await hold(flows, caller)
    ends = [fact.reason for fact in flows.facts if isinstance(fact, facts.CallEnded)]
    assert ends == ["hung_up"] * 12


async def test_what_the_flow_asked_is_there_for_the_service(flows: Rooms) -> None:
    seen: list[dict[str, str]] = []

    async def serve(visit: Visit) -> Outcome:
        seen.append(dict(visit.answers))
        return Outcome("sunny")

    weather = Service("weather", frozenset({"sunny"}), 0, frozenset(), {}, serve)
    institution = without_proof()
    flows.house = replace(flows.house, services={"weather": weather}, institution=institution)
    await hold(flows, box("1", "1", "28013", "03112026", "1", "2", LEAVES))
    assert seen == [{"postcode": "28013", "day": "03112026"}]


def without_proof() -> Callable[[], Institution]:
    """Give the institution with a service that asks for no proof."""
    free = replace(rich(), services={})
    return lambda: free
