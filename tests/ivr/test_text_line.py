"""Whole conversations in writing: the same flows, with a sheet of paper for a voice."""

# ruff: noqa: ARG002 (the port names what these need not look at)

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from ivr import facts
from ivr.adapters import text_line, text_room, text_sheet
from ivr.adapters.line import HungUp
from ivr.adapters.text_line import TextLine
from ivr.adapters.text_room import TextRoom, UnknownNumber
from ivr.adapters.text_sheet import Sheet, read_back
from ivr.agi import Greeting, Reply, command
from ivr.conversation import converse
from ivr.text import Change, Opening, Said, Standing, Typing, is_text
from tests.dialplans.institutions import inss
from tests.ivr.rooms import FACTS, Rooms

GREETING = Greeting("ventanilla-text-1763791200.1", "TEXT/a-1", "901166565", "0" * 40, "es", ())
TOKEN = "0123456789abcdef0123456789abcdef"


class Desk:
    """The agents' desks as a line sees them."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.talks_with: str | None = None

    def ring(self, line: TextLine, agent: str) -> None:
        self.told.append(f"ring {agent}")

    def talk(self, line: TextLine, agent: str) -> None:
        self.told.append(f"talk {agent}")

    def over(self, line: TextLine) -> None:
        self.told.append("over")

    def agent_of(self, call: str) -> str | None:
        return self.talks_with


class Writer:
    """A page: reads along and writes."""

    def __init__(self, room: TextRoom, number: str | None = "901166565", seen: int = 0) -> None:
        self.read: list[Change] = []
        self._room = room
        self._reading = asyncio.create_task(self._read(number, seen))

    async def _read(self, number: str | None, seen: int) -> None:
        async for change in self._room.enter(Opening(TOKEN, number, "es", seen=seen)):
            self.read.append(change)

    @property
    def line(self) -> TextLine:
        line = self._room.line(TOKEN)
        assert line is not None
        return line

    def texts(self, by: str = "machine") -> list[str]:
        return [one.text for one in self.read if isinstance(one, Said) and one.by == by]

    @property
    def stands(self) -> Standing:
        return next(one for one in reversed(self.read) if isinstance(one, Standing))

    async def reads(self, words: str) -> None:
        await until(lambda: any(words in text for text in self.texts()), words)

    async def writes(self, text: str) -> None:
        await until(lambda: self.stands.most > 0, "a question")
        before = len(self.read)
        self.line.entered(text)
        await until(lambda: len(self.read) > before, "an echo")

    async def ended(self) -> None:
        await asyncio.wait_for(self._reading, 5)

    def goes(self) -> None:
        self._reading.cancel()


async def until(so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 5
    while True:
        with suppress(StopIteration):
            if so():
                return
        assert time.monotonic() < deadline, f"{what} did not come"
        await asyncio.sleep(0.005)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def opened(around: Rooms, desk: Desk, folder: Path) -> TextRoom:
    around.tape.vault = folder
    room = TextRoom(
        around.house.institution, around.calls, desk, lambda call: folder / f"{call}.raw", lambda: around.now
    )
    room.open(lambda line: converse(around.house, line))
    return room


@pytest.fixture
async def room(around: Rooms, desk: Desk, tmp_path: Path) -> AsyncIterator[TextRoom]:
    one = opened(around, desk, tmp_path)
    yield one
    await one.close()


async def at_the_menu(writer: Writer) -> None:
    await writer.reads("En castellano, pulse 1.")
    await writer.writes("1")
    await writer.reads("Para hablar con un agente, pulse 0.")


async def test_a_caller_in_writing_goes_through_the_same_flow_with_buttons_for_the_options(
    around: Rooms, room: TextRoom
) -> None:
    writer = Writer(room)
    await at_the_menu(writer)
    await until(lambda: writer.stands.most == 1 and writer.stands.recording, "the menu")
    assert {choice.key for choice in writer.stands.choices} >= {"0", "1", "2", "3", "4", "5"}
    (arrived,) = around.told(facts.CallArrived)
    assert isinstance(arrived, facts.CallArrived)
    assert is_text(arrived.call)
    assert (arrived.language, arrived.page) == ("es", TOKEN)
    assert around.tape.begun[0][2] == "recording.notice"
    writer.line.hang_up()
    await writer.ended()
    (over,) = around.told(facts.CallEnded)
    assert isinstance(over, facts.CallEnded)
    assert over.reason == "hung_up"
    assert around.tape.over == [arrived.call]
    assert writer.stands.stage == "ended"


async def test_marias_case_is_told_when_she_writes_her_document_with_its_letter(
    around: Rooms, room: TextRoom, tmp_path: Path
) -> None:
    writer = Writer(room)
    await at_the_menu(writer)
    await writer.writes("expediente")
    await writer.reads("Marque los 8 números")
    await writer.writes("12.345.678-Z")
    await writer.reads("Si es correcto")
    await writer.writes("1")
    for _ in range(3):
        await until(lambda: writer.stands.most > 1 or "Hemos comprobado" in writer.texts()[-1], "a question")
        await writer.writes(FACTS[asked(around)])
    await writer.reads("3 de noviembre")
    assert around.told(facts.IdentityProven)
    call = writer.line.call
    kept = read_back(tmp_path / f"{call}.raw")
    answers = [line.text for line in kept if line.by == "caller"]
    assert answers[0].startswith("2 · ")
    assert answers[1] == "•" * len("12.345.678-Z")
    assert not any(sign.isdigit() for answer in answers[1:] for sign in answer.removeprefix("1 · "))


def asked(around: Rooms) -> str:
    spoken = [one for one in around.told(facts.Spoke) if isinstance(one, facts.Spoke)]
    return next(
        key.removeprefix("id.question.")
        for one in reversed(spoken)
        for key in reversed(one.keys)
        if key.startswith("id.question.")
    )


async def test_what_means_no_key_costs_no_try(room: TextRoom) -> None:
    writer = Writer(room)
    await at_the_menu(writer)
    for _ in range(6):
        await writer.writes("¿qué?")
    await until(lambda: writer.texts().count("text.note.not_understood") == 6, "six notes")
    await writer.writes("1")
    await writer.reads("Para información sobre pensiones")


async def test_nobody_who_writes_is_hurried_but_silence_is_noticed(
    room: TextRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert text_line.SILENCE_S >= 120
    monkeypatch.setattr(text_line, "SILENCE_S", 0.3)
    writer = Writer(room)
    await at_the_menu(writer)
    for _ in range(8):
        await asyncio.sleep(0.1)
        writer.line.typed("p")  # somebody is writing
    assert "No hemos recibido ninguna respuesta." not in " ".join(writer.texts())
    await writer.reads("No hemos recibido ninguna respuesta.")


async def test_an_agent_and_a_caller_read_each_others_letters_until_one_ends_it(
    around: Rooms, room: TextRoom, desk: Desk, tmp_path: Path
) -> None:
    around.desks.free.append("ana")
    writer = Writer(room)
    await at_the_menu(writer)
    await writer.writes("agente")
    await until(lambda: "ring ana" in desk.told, "the ring")
    line = writer.line
    line.take()
    await until(lambda: line.with_agent, "the agent")
    line.typed("Ho")
    line.typed("Hola")
    line.entered("Hola")
    line.sheet.type("agent", "Bue")
    await until(lambda: Typing("agent", "Bue") in writer.read, "letters")
    line.sheet.write("agent", "Buenos días", "es", shared=True)
    assert line.part()
    await until(lambda: around.desks.told == ["ended"], "the end of the talk")
    assert desk.told == ["ring ana", "talk ana", "over"]
    rows = [json.loads(row) for row in (tmp_path / f"{line.call}.raw").read_text("utf-8").splitlines()]
    typed = [(row["by"], row["typing"]) for row in rows if "typing" in row]
    assert typed[:3] == [("caller", "Ho"), ("caller", "Hola"), ("agent", "Bue")]


async def test_an_agent_who_does_not_take_it_is_passed_over(
    around: Rooms, room: TextRoom, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_line, "RING_AT_MOST_S", 0.05)
    around.desks.free.append("ana")
    writer = Writer(room)
    await at_the_menu(writer)
    await writer.writes("0")
    await until(lambda: around.desks.told == ["rang out"], "the ring to end")
    assert desk.told == ["ring ana", "over"]


async def test_what_is_written_while_waiting_is_kept_for_the_agent(room: TextRoom) -> None:
    writer = Writer(room)
    await at_the_menu(writer)
    await writer.writes("0")
    await until(lambda: writer.stands.stage == "waiting", "the queue")
    writer.line.entered("Es por mi pensión")
    await until(lambda: "Es por mi pensión" in writer.texts("caller"), "the line")
    assert [one.text for one in writer.line.sheet.lines if one.shared] == ["Es por mi pensión"]


async def test_a_page_that_comes_back_reads_what_it_missed_and_goes_on(around: Rooms, room: TextRoom) -> None:
    writer = Writer(room)
    await at_the_menu(writer)
    seen = max(one.number for one in writer.read if isinstance(one, Said))
    writer.goes()
    await asyncio.sleep(0.02)
    again = Writer(room, number=None, seen=seen)
    await until(lambda: again.stands.most == 1, "the question")
    assert again.texts() == []
    await again.writes("1")
    await again.reads("Para información sobre pensiones")
    assert len(around.told(facts.CallArrived)) == 1


async def test_a_page_that_does_not_come_back_has_left(
    around: Rooms, room: TextRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_room, "RETURN_S", 0.05)
    writer = Writer(room)
    await at_the_menu(writer)
    writer.goes()
    await until(lambda: bool(around.told(facts.CallEnded)), "the end")
    assert room.line(TOKEN) is None


async def test_the_next_server_takes_a_conversation_up_where_it_was(
    around: Rooms, room: TextRoom, desk: Desk, tmp_path: Path
) -> None:
    writer = Writer(room)
    await at_the_menu(writer)
    call, seen = writer.line.call, max(one.number for one in writer.read if isinstance(one, Said))
    await room.close()
    await writer.ended()
    assert writer.stands.stage != "ended"
    after = opened(around, desk, tmp_path)
    assert call in after.alive()
    again = Writer(after, number=None, seen=seen)
    await again.reads("Continuamos donde estábamos.")
    assert again.line.call == call
    await again.writes("1")
    await again.reads("Para información sobre pensiones")
    await after.close()


async def test_a_talk_goes_on_with_the_next_server(
    around: Rooms, room: TextRoom, desk: Desk, tmp_path: Path
) -> None:
    around.desks.free.append("ana")
    writer = Writer(room)
    await at_the_menu(writer)
    await writer.writes("0")
    await until(lambda: "ring ana" in desk.told, "the ring")
    writer.line.take()
    await until(lambda: writer.line.with_agent, "the talk")
    writer.line.entered("antes")
    await room.close()
    desk.talks_with = "ana"
    after = opened(around, desk, tmp_path)
    again = Writer(after, number=None)
    await until(lambda: again.stands.stage == "person", "the talk")
    assert "antes" in again.texts("caller")
    assert around.desks.told == []
    again.line.part()
    await until(lambda: around.desks.told == ["ended"], "the end of the talk")
    await after.close()


async def test_a_conversation_that_fails_is_begun_anew_from_its_snapshot(
    around: Rooms, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_room, "PAUSE_S", 0.01)
    room = opened(around, desk, tmp_path)
    failing = [True]

    async def answer(line: TextLine) -> None:
        if failing.pop() if failing else False:
            raise RuntimeError
        await converse(around.house, line)

    room.open(answer)
    writer = Writer(room)
    await at_the_menu(writer)
    await room.close()


async def test_a_number_that_is_not_ours_opens_nothing(room: TextRoom) -> None:
    with pytest.raises(UnknownNumber):
        await anext(room.enter(Opening(TOKEN, "112")))
    with pytest.raises(UnknownNumber):
        await anext(room.enter(Opening(TOKEN, None)))


async def test_a_half_written_line_of_a_killed_server_is_passed_over(tmp_path: Path) -> None:
    whole = {
        "at": 1.0,
        "line": 1,
        "by": "agent",
        "text": "a",
        "language": "es",
        "shared": True,
        "note": False,
    }
    file = tmp_path / "x.jsonl"
    file.write_text(json.dumps(whole) + "\n" + '{"at": 2.0, "li', "utf-8")
    assert [said.text for said in read_back(file)] == ["a"]


async def test_who_fills_the_record_on_purpose_is_parted_with(
    around: Rooms, room: TextRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_sheet, "MOST_BYTES", 3000)
    writer = Writer(room)
    await at_the_menu(writer)
    await writer.writes("0")
    await until(lambda: writer.stands.stage == "waiting", "the queue")
    for _ in range(10):
        writer.line.entered("a" * 500)
        if writer.line.hung_up.is_set():
            break
    await until(lambda: bool(around.told(facts.CallEnded)), "the end")


async def test_a_record_that_is_continued_begins_on_a_line_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    for number in (1, 2):
        sheet = Sheet(lambda: 1.0, [], number)
        sheet.record(file)
        sheet.write("agent", f"line {number}", "es", shared=True)
        sheet.close()
        with file.open("a", encoding="utf-8") as torn:
            torn.write('{"at": 2.0, "li')
    assert [said.text for said in read_back(file)] == ["line 1", "line 2"]


@pytest.mark.parametrize(
    ("typed", "most", "data", "read"),
    [
        ("1", 1, Reply(200, "1", ""), "1"),
        ("#", 1, Reply(200, "", ""), "#"),
        ("*", 1, Reply(200, "*", ""), "*"),
        ("12 34", 4, Reply(200, "1234", ""), "1234"),
        ("12#", 4, Reply(200, "12", ""), "12"),
        ("", 4, Reply(200, "", "timeout"), ""),
    ],
)
async def test_a_question_is_answered_as_asterisk_answers_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, typed: str, most: int, data: Reply, read: str
) -> None:
    """What `tests/ivr/test_line_contract.py` finds of Asterisk: a lone # is empty, silence is `timeout`."""
    monkeypatch.setattr(text_line, "SILENCE_S", 0.01)
    line = TextLine(GREETING, Sheet(lambda: 0.0, [], 0), desk, inss, ("", ""))

    async def asked(question: bytes) -> Reply:
        asking = asyncio.ensure_future(line.send(question))
        await asyncio.sleep(0)
        if typed:
            line.entered(typed)
        return await asking

    assert await asked(command("GET DATA", "vt/silence", "6000", str(most))) == data
    await asked(command("EXEC", "Read", f"VT_KEYS,vt/silence&vt/wrong_key,{most},e,1,6"))
    assert (await line.send(command("GET VARIABLE", "VT_KEYS"))).text == read
    assert await line.send(command("GET VARIABLE", "UNHEARD_OF")) == Reply(200, "0", "")
    assert (await line.send(command("CHANNEL STATUS"))).code == 200
    line.hang_up()
    with pytest.raises(HungUp):
        await line.send(command("ANSWER"))


async def test_what_is_said_in_parts_is_one_question_and_nobody_waits_between(desk: Desk) -> None:
    line = TextLine(GREETING, Sheet(lambda: 0.0, [], 0), desk, inss, ("", ""))
    async with asyncio.timeout(5):
        assert await line.send(command("GET DATA", "vt/menu.after_service", "100", "1")) == Reply(
            200, "", "timeout"
        )
    asking = asyncio.ensure_future(line.send(command("GET DATA", "vt/service.confirm", "6000", "1")))
    await asyncio.sleep(0)
    assert {choice.key for choice in line.sheet.standing.choices} == {"0", "1", "2"}
    line.hang_up()
    with pytest.raises(HungUp):
        await asking
