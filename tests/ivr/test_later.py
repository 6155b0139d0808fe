"""Callers who do not wait on: a callback that keeps the place, a message; and the citizen who is called."""

# ruff: noqa: ARG001, ARG002 (the ports name what these need not look at; a test may only need the book opened)

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from dialplans.walks import Walk
from ivr import facts
from ivr.called_back import CALLED, TIMES_GREETED
from ivr.ports.calls import Kept
from ivr.ports.floor import WishForm
from ivr.ports.register import RegistryDown
from ivr.ports.requests import PlaceKept
from tests.ivr.box import LEAVES, SILENCE, Box
from tests.ivr.office import until
from tests.ivr.rooms import MONDAY_NOON, Rooms
from tests.ivr.test_conversation import hold, reason

CALLER = {"PJSIP_HEADER(read,From)": "<sip:911234567@carrier>;tag=1"}
PLACED = "ventanilla-back-1763791200.101"


@dataclass
class Book:
    """Promises to call, as the queues room and the server keep them; `down`: not now."""

    taken: list[tuple[str, str, bool]] = field(default_factory=list)
    standing: PlaceKept | None = None
    cancelled: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    down: bool = False
    full: bool = False
    still_ours: bool = True
    since: float = 0.0
    last: bool = False

    def offered(self) -> bool:
        return True

    def is_ours(self, call: str) -> bool:
        return "-back-" in call

    async def keep_place(
        self, wish: WishForm, number: str, walk: Walk, *, recording: bool
    ) -> PlaceKept | None:
        if self.down:
            raise RegistryDown
        if self.full:
            return None
        self.taken.append((wish.call, number, recording))
        assert walk.subject == wish.subject
        return PlaceKept(wish.call, wish.since, new=len(self.taken) == 1)

    async def pending(self, number: str | None, person: str | None) -> PlaceKept | None:
        assert person is None
        return self.standing if number else None

    async def cancel(self, promise: PlaceKept) -> bool:
        self.cancelled.append(promise.call)
        return True

    async def pressed(self, placed: str) -> bool:
        self.told.append("pressed")
        return self.still_ours

    async def not_reached(self, placed: str, why: str) -> bool:
        self.told.append(why)
        if self.down:
            raise RegistryDown
        return self.last

    async def refused(self, placed: str) -> None:
        self.told.append("refused")


@dataclass
class Letterbox:
    """Spoken messages: `says` is what each recording holds, in turn."""

    says: list[bool] = field(default_factory=lambda: [True])
    left_by: list[str] = field(default_factory=list)

    def offered(self) -> bool:
        return True

    async def begin(self, wish: WishForm) -> Path:
        return Path("/messages") / wish.call

    async def left(self, call: str) -> str | None:
        self.left_by.append(call)
        return "2026-0000001-2" if self.says.pop(0) else None


@pytest.fixture
def book(around: Rooms) -> Book:
    """Callbacks offered at once, messages too."""
    institution = around.house.institution()
    waiting = institution.waiting.model_copy(update={"callback_after_s": 0.0, "message_after_s": 0.0})
    hasty = replace(institution, waiting=waiting)
    book = Book()
    around.house = replace(
        around.house, institution=lambda: hasty, callbacks=book, voice_messages=Letterbox()
    )
    return book


async def test_a_key_keeps_the_place_and_ends_the_call(around: Rooms, book: Book) -> None:
    box = await hold(around, Box(presses=["1", "0", "1", "1"], variables=dict(CALLER)))
    said = box.keys_heard
    assert said[said.index("wait.offer_callback") :][:3] == [
        "wait.offer_callback",
        "wait.offer_message",
        "hold.intro",
    ]
    assert "hold.accepted" in said
    assert said[-1] == "goodbye"
    assert "agent.closed" not in said
    assert book.taken == [(box.call, "+34911234567", True)]
    assert reason(around) == "served"
    assert around.desks.told == []  # nobody is given up: the place is the promise's
    assert box.sent[-1] == "SET VARIABLE VT_DONE yes"


async def test_a_number_that_is_keyed_is_read_back_and_none_from_abroad_is_taken(
    around: Rooms, book: Book
) -> None:
    keyed = ["2", "806123456", "612345678", "1"]  # a premium number is refused
    box = await hold(around, Box(presses=["1", "0", "1", *keyed], variables=dict(CALLER)))
    assert "number.not_spanish" in box.keys_heard
    assert "service.read_back" in box.keys_heard
    assert book.taken == [(box.call, "+34612345678", True)]


@pytest.mark.parametrize("keyed", [["1"], ["2", "612345678", "1"]])
@pytest.mark.parametrize("full", [False, True])
async def test_a_number_that_may_have_no_promise_leaves_the_caller_in_line_and_nothing_is_said_of_it(
    around: Rooms, book: Book, keyed: list[str], *, full: bool
) -> None:
    book.taken.append(("ventanilla-1763790000.1", "+34911234567", True))
    book.full = full
    box = Box(
        presses=["1", "0", "1", *keyed, SILENCE, "9", "9", "9", "2"], dials=["ANSWER"], variables=dict(CALLER)
    )
    box.at_file["vt/hold.unavailable"] = lambda: around.desks.come("ana")
    await hold(around, box)
    assert not {"hold.already", "hold.accepted"} & set(box.keys_heard)
    assert box.keys_heard.count("wait.offer_callback") == 1  # no number after number
    assert "EXEC Dial PJSIP/agent-ana,15,g" in box.sent


async def test_when_nothing_can_be_promised_the_caller_waits_on_and_is_served(
    around: Rooms, book: Book
) -> None:
    book.down = True
    box = Box(
        presses=["1", "0", "1", "1", SILENCE, "9", "9", "9", "2"], dials=["ANSWER"], variables=dict(CALLER)
    )
    box.at_file["vt/hold.unavailable"] = lambda: around.desks.come("ana")
    await hold(around, box)
    assert "hold.unavailable" in box.keys_heard
    assert "EXEC Dial PJSIP/agent-ana,15,g" in box.sent


async def test_a_message_is_recorded_after_a_tone_and_has_a_reference(around: Rooms, book: Book) -> None:
    box = await hold(around, Box(presses=["1", "0", "2"]))
    recorded = [line for line in box.sent if line.startswith("RECORD FILE")]
    assert recorded == [f"RECORD FILE /messages/{box.call} wav # 120000 s=5"]
    assert box.sent[box.sent.index(recorded[0]) - 1] == "EXEC StopPlaytones"
    assert "message.accepted" in box.keys_heard
    assert box.keys_heard[-1] == "goodbye"
    assert "agent.closed" not in box.keys_heard
    assert "service.reference" in box.keys_heard
    assert reason(around) == "served"


async def test_an_empty_message_is_asked_for_once_more_and_then_the_caller_waits_on(
    around: Rooms, book: Book
) -> None:
    around.house.voice_messages.says = [False, False]  # type: ignore[attr-defined] # a letterbox
    box = Box(presses=["1", "0", "2", LEAVES])
    await hold(around, box)
    assert box.keys_heard.count("message.ask") == 2
    assert "message.accepted" not in box.keys_heard
    assert "wait.still" in box.keys_heard


async def test_what_was_said_before_the_caller_hung_up_is_a_message_too(around: Rooms, book: Book) -> None:
    before = await hold(around, Box(presses=["1", "0", "2"]))
    place = next(at for at, line in enumerate(before.sent) if line.startswith("RECORD FILE"))
    box = Box(presses=["1", "0", "2"], call="ventanilla-1763791200.13", leaves_after=place)
    around.house.voice_messages.says = [True]  # type: ignore[attr-defined] # a letterbox
    await hold(around, box)
    assert around.house.voice_messages.left_by[-1] == box.call  # type: ignore[attr-defined] # a letterbox


async def test_who_calls_again_may_take_the_place_on_this_line(around: Rooms, book: Book) -> None:
    book.standing = PlaceKept("ventanilla-1763790000.1", MONDAY_NOON - 500, new=False, priority=8)
    box = Box(presses=["1", "0", "2", LEAVES], variables=dict(CALLER))
    conversation = asyncio.create_task(hold(around, box))
    await until(lambda: around.desks.waits)
    assert around.desks.waits[0].since == MONDAY_NOON - 500
    assert around.desks.waits[0].priority == 8, "the turn is the promise's, and so is its priority"
    assert book.cancelled == ["ventanilla-1763790000.1"]
    await conversation
    assert "hold.cancelled" in box.keys_heard


async def test_who_calls_again_may_go_on_waiting_for_the_call(around: Rooms, book: Book) -> None:
    book.standing = PlaceKept("ventanilla-1763790000.1", MONDAY_NOON - 500, new=False)
    box = await hold(around, Box(presses=["1", "0", "1"], variables=dict(CALLER)))
    assert book.cancelled == []
    assert around.desks.waits == []
    assert box.keys_heard[-2:] == ["hold.already", "goodbye"]
    assert [one.why for one in around.facts if isinstance(one, facts.PersonRefused)] == ["promised"]


async def test_who_says_nothing_to_a_promise_at_their_number_is_in_line_with_a_wish_of_their_own(
    around: Rooms, book: Book
) -> None:
    book.standing = PlaceKept("ventanilla-1763790000.1", MONDAY_NOON - 500, new=False)
    box = Box(presses=["1", "0", SILENCE, SILENCE, LEAVES], variables=dict(CALLER))
    await hold(around, box)
    assert box.keys_heard.count("hold.pending") == 2
    assert [one.since for one in around.desks.waits] == [MONDAY_NOON]
    assert book.cancelled == []
    assert not {"hold.already", "hold.cancelled"} & set(box.keys_heard)


# The citizen who is called ---------------------------------------------------------------------------


def placed(around: Rooms) -> None:
    """A call that we have placed, as the server keeps it before the telephone rings."""
    walk = Walk("901166565", "general/agent", "es", answered=True, subject="general")
    wish = WishForm(PLACED, "general", "es", 1, 0, MONDAY_NOON - 900, caller="+34911234567")
    around.house.calls.keep(
        Kept(
            PLACED,
            CALLED,
            walk,
            "+34911234567",
            None,
            wish,
            recording=True,
            began_at=MONDAY_NOON,
            at=MONDAY_NOON,
        )
    )


async def test_who_presses_the_key_hears_the_notice_and_is_put_through_at_their_old_turn(
    around: Rooms, book: Book
) -> None:
    placed(around)
    around.desks.free.append("ana")
    box = await hold(around, Box(call=PLACED, presses=["1", "9", "9", "9", "2"], dials=["ANSWER"]))
    said = box.keys_heard
    assert said[:4] == ["call.greeting", "call.confirm", "recording.notice", "agent.connecting"]
    assert "lost.we_are_back" not in said
    assert book.told == ["pressed"]
    assert around.desks.waits[0].since == MONDAY_NOON - 900
    assert (around.desks.waits[0].identity, around.desks.waits[0].person) == (0, None)
    assert "EXEC Dial PJSIP/agent-ana,15,g" in box.sent
    assert "survey.intro" in said


async def test_an_answering_machine_hears_who_calls_and_nothing_else(around: Rooms, book: Book) -> None:
    placed(around)
    box = await hold(around, Box(call=PLACED, presses=[SILENCE] * TIMES_GREETED))
    assert box.keys_heard == ["call.greeting", "call.confirm"] * TIMES_GREETED + ["call.later"]
    assert book.told == ["no_key"]
    assert around.desks.waits == []
    assert box.sent[-1] == "SET VARIABLE VT_DONE yes"
    assert around.house.calls.unfinished(PLACED) is None
    assert around.told(facts.CallEnded) == []


async def test_the_last_call_promises_no_other_but_that_a_person_rings(around: Rooms, book: Book) -> None:
    placed(around)
    book.last = True
    box = await hold(around, Box(call=PLACED, presses=[SILENCE] * TIMES_GREETED))
    assert box.keys_heard[-1] == "call.last"
    assert "call.later" not in box.keys_heard


async def test_who_wants_no_call_says_so_with_a_key(around: Rooms, book: Book) -> None:
    placed(around)
    box = await hold(around, Box(call=PLACED, presses=["2"]))
    assert box.keys_heard[-1] == "call.cancelled"
    assert book.told == ["refused"]


@pytest.mark.parametrize("down", [False, True])
async def test_who_hangs_up_before_the_key_is_tried_again(around: Rooms, book: Book, *, down: bool) -> None:
    placed(around)
    book.down = down
    await hold(around, Box(call=PLACED, presses=[LEAVES]))
    assert book.told == ["hung_up"]
    assert around.house.calls.unfinished(PLACED) is None, "nothing is kept of a call that is over"


async def test_an_attempt_that_is_settled_otherwise_is_no_call_any_more(around: Rooms, book: Book) -> None:
    placed(around)
    book.still_ours = False
    box = await hold(around, Box(call=PLACED, presses=["1"]))
    assert around.desks.waits == []
    assert box.keys_heard[-1] == "call.later"


async def test_a_call_of_ours_that_nobody_remembers_ends_at_once(around: Rooms, book: Book) -> None:
    box = await hold(around, Box(call=PLACED))
    assert box.sent == ["SET VARIABLE VT_DONE yes"]
