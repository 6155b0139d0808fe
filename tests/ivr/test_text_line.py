"""Whole conversations in writing: the same flows, with a sheet of paper for a voice."""

import asyncio
import json
from pathlib import Path

import pytest

from ivr import facts, text_person
from ivr.adapters import text_line, text_sheet
from ivr.adapters.line import HungUp
from ivr.adapters.text_line import TextLine
from ivr.adapters.text_room import TextRoom, UnknownNumber
from ivr.adapters.text_sheet import Sheet, read_back
from ivr.agi import Greeting, Reply, command
from ivr.text import Opening, Typing, is_text
from tests.dialplans.institutions import inss
from tests.ivr.rooms import FACTS, Rooms
from tests.ivr.writers import TOKEN, Desk, Writer, at_the_menu, until

GREETING = Greeting("ventanilla-text-1763791200.1", "TEXT/a-1", "901166565", "0" * 40, "es", ())


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


async def test_a_number_that_is_not_ours_opens_nothing(room: TextRoom) -> None:
    with pytest.raises(UnknownNumber):
        await anext(room.enter(Opening(TOKEN, "112")))
    with pytest.raises(UnknownNumber):
        await anext(room.enter(Opening(TOKEN, None)))


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


async def test_what_is_written_before_its_question_answers_it(desk: Desk) -> None:
    """As keys pressed early do; a restarted server says "we go on" a moment before it asks again."""
    line = TextLine(GREETING, Sheet(lambda: 0.0, [], 0), desk, inss, ("", ""))
    line.entered("nonsense")
    line.entered("1")
    async with asyncio.timeout(5):
        assert await line.send(command("GET DATA", "vt/service.confirm", "6000", "1")) == Reply(200, "1", "")
    line.entered("Es por mi pensión")
    await line.send(command("SET VARIABLE", "VT_WAITING", "yes"))
    assert [one.text for one in line.sheet.lines if one.shared] == ["Es por mi pensión"]


async def test_who_writes_agente_where_a_document_is_asked_gets_a_person(
    around: Rooms, room: TextRoom
) -> None:
    writer = Writer(room)
    await at_the_menu(writer)
    await writer.writes("expediente")
    await writer.reads("Marque los 8 números")
    await writer.writes("Un agente.")
    await until(lambda: bool(around.told(facts.ServiceEnded)), "the service's end")
    (ended,) = around.told(facts.ServiceEnded)
    assert isinstance(ended, facts.ServiceEnded)
    assert ended.outcome == "person"
    writer.line.hang_up()
    await writer.ended()


def test_a_person_is_not_asked_for_in_a_word_where_0_is_an_answer() -> None:
    assert text_person.key_for("axente", frozenset({"id.ask_letter"})) == "0"
    assert text_person.key_for("mi agente no contesta", frozenset({"id.ask_letter"})) is None
    assert text_person.key_for("agente", frozenset({"id.question.children_count"})) is None
