"""How is my case going: the whole service, as a caller goes through it."""

import asyncio
import datetime as dt

import pytest

from corporate.cases import Case
from dialplans.grammar import grammar
from ivr import facts
from ivr.conversation import converse
from ivr.identity import QUESTIONS
from ivr.ports.floor import Passing
from tests.ivr.box import KNOWS, LEAVES, SILENCE, Box
from tests.ivr.rooms import DOCUMENT, FACTS, PERSON, SUNDAY_NOON, Person, Rooms
from tests.ivr.test_conversation import hold

CALL = "ventanilla-1763791200.12"
TO_SERVICE = ["1", "2"]
DNI = ["12345678", "9", "1"]
RIGHT = [KNOWS] * 3
WRONG = ["99"] * 3


def case_of(state: str = "granted", next_step: str = "payment") -> Case:
    return Case("EX2026-17", "pension", state, dt.date(2026, 11, 3), next_step)


async def call(around: Rooms, *presses: str, call: str = "ventanilla-1763791200.12", caller: str = "") -> Box:
    variables = {"PJSIP_HEADER(read,From)": f"<sip:{caller}@carrier>"} if caller else {}
    return await hold(
        around, Box(presses=[*TO_SERVICE, *presses], call=call, variables=variables, knows=FACTS)
    )


async def test_who_proves_their_identity_hears_state_date_next_step_and_reference(around: Rooms) -> None:
    box = await call(around, *DNI, *RIGHT, LEAVES)
    told = box.heard[-1]
    keys = [file.removeprefix("es/vt/") for file in told]
    assert keys[:5] == [
        "id.proven",
        "case.one_of",
        "case.subject.pension",
        "case.state.granted",
        "case.since",
    ]
    assert "month.11" in keys
    assert keys[-1] == "menu.after_service"
    assert keys.index("case.next.payment") < keys.index("case.reference")
    assert around.told(facts.IdentityProven) == [
        facts.IdentityProven(box.call, PERSON, 1, "questions", QUESTIONS[:3], around.now),
    ]


async def test_the_document_is_read_back_before_anything_is_asked(around: Rooms) -> None:
    box = await call(around, *DNI, LEAVES)
    assert box.heard[-3][:3] == ("es/vt/id.read_back", "es/vt/n.1", "es/vt/n.2")


async def test_a_nie_is_keyed_with_star_and_the_number_of_its_letter(around: Rooms) -> None:
    around.register.people["X2482300W"] = Person("p-2", FACTS)
    await call(around, "*1248230", "0", "9", "1", *RIGHT, LEAVES)
    assert around.register.asked == ["X2482300W", "answers"]
    assert around.told(facts.IdentityProven)


async def test_a_wrong_check_letter_is_refused_and_the_document_asked_again(around: Rooms) -> None:
    box = await call(around, "12345678", "2", *DNI, *RIGHT, LEAVES)
    assert "id.wrong_document" in box.keys_heard
    assert around.register.asked == [DOCUMENT, "answers"]
    assert around.told(facts.IdentityProven)


async def test_what_is_no_document_three_times_leads_to_a_person(around: Rooms) -> None:
    around.desks.free.append("ana")
    presses = [*TO_SERVICE, "123", "1234567", "*9999999", "9"]
    box = await hold(around, Box(presses=presses, dials=["ANSWER"]))
    assert box.keys_heard[-4:-1] == ["error.try_agent", "agent.connecting", "survey.intro"]


async def test_one_wrong_answer_is_refused_without_saying_which(around: Rooms) -> None:
    for number, answers in enumerate(([KNOWS, KNOWS, "1"], ["1", KNOWS, KNOWS])):
        box = await call(around, *DNI, *answers, LEAVES, call=f"ventanilla-1763791200.{number}")
        assert box.heard[-1] == ("es/vt/id.refused", "es/vt/menu.main")
    assert not around.told(facts.IdentityProven)


async def test_a_document_of_nobody_is_asked_the_same_and_refused_the_same(around: Rooms) -> None:
    somebody = await call(around, *DNI, *WRONG, LEAVES)
    nobody = await call(around, "00000000", "8", "1", *WRONG, LEAVES, call="ventanilla-1763791200.13")
    assert len(nobody.sent) == len(somebody.sent)
    assert nobody.heard[-4:] == somebody.heard[-4:]


async def test_the_third_protocol_for_a_person_is_blocked_whoever_calls(around: Rooms) -> None:
    for attempt in range(2):
        await call(
            around, *DNI, *WRONG, LEAVES, call=f"ventanilla-1763791200.{attempt}", caller=f"61234567{attempt}"
        )
    box = await call(around, *DNI, LEAVES, call="ventanilla-1763791200.9", caller="699999999")
    assert box.heard[-1] == ("es/vt/id.blocked", "es/vt/menu.main")
    assert around.told(facts.IdentityRefused)[-1] == facts.IdentityRefused(
        box.call, blocked=True, at=around.now
    )


async def test_the_block_ends_with_the_window(around: Rooms) -> None:
    for attempt in range(2):
        await call(around, *DNI, *WRONG, LEAVES, call=f"ventanilla-1763791200.{attempt}")
    assert "id.blocked" in (await call(around, *DNI, LEAVES, call="ventanilla-1763791200.8")).keys_heard
    around.now += 86401
    box = await call(around, *DNI, *RIGHT, LEAVES, call="ventanilla-1763791200.9")
    assert "case.state.granted" in box.keys_heard


async def test_five_refusals_block_a_number_before_it_names_another_person(around: Rooms) -> None:
    for attempt in range(5):
        document = f"0000000{attempt}"
        letter = "TRWAG"[attempt]
        key = {"T": "8", "R": "7", "W": "9", "A": "2", "G": "4"}[letter]
        await call(
            around,
            document,
            key,
            "1",
            *WRONG,
            LEAVES,
            call=f"ventanilla-1763791200.{attempt}",
            caller="612345678",
        )
    box = await call(around, LEAVES, call="ventanilla-1763791200.9", caller="612345678")
    assert box.keys_heard[-3:] == ["id.intro", "id.blocked", "menu.main"]


async def test_hanging_up_on_the_questions_counts_as_an_attempt(around: Rooms) -> None:
    for attempt in range(2):
        await call(around, *DNI, LEAVES, call=f"ventanilla-1763791200.{attempt}")
    box = await call(around, *DNI, LEAVES, call="ventanilla-1763791200.9")
    assert "id.blocked" in box.keys_heard


async def test_a_server_lost_in_the_middle_of_the_protocol_costs_the_caller_no_attempt(around: Rooms) -> None:
    def die() -> None:
        raise asyncio.CancelledError

    for _ in range(3):
        presses = [*TO_SERVICE, *DNI, *RIGHT] if around.calls.unfinished(CALL) is None else [*DNI, *RIGHT]
        lost = Box(presses=presses, knows=FACTS, at_file={"vt/id.question.last_payment_euros": die})
        with pytest.raises(asyncio.CancelledError):
            await converse(around.house, lost)
    again = await hold(around, Box(presses=[*DNI, *RIGHT, LEAVES], knows=FACTS))
    assert again.keys_heard[:2] == ["lost.we_are_back", "id.intro"]
    assert "case.state.granted" in again.keys_heard


async def test_being_proven_clears_nothing_but_counts_nothing_either(around: Rooms) -> None:
    for attempt in range(3):
        box = await call(around, *DNI, *RIGHT, LEAVES, call=f"ventanilla-1763791200.{attempt}")
        assert "case.state.granted" in box.keys_heard


async def test_the_state_is_offered_again_and_a_person_is_one_key_away(around: Rooms) -> None:
    around.desks.free.append("ana")
    presses = [*TO_SERVICE, *DNI, *RIGHT, "1", "9", SILENCE, "0"]
    box = await hold(around, Box(presses=presses, dials=["ANSWER"], knows=FACTS))
    assert box.keys_heard.count("case.state.granted") == 2
    assert box.keys_heard[-3:-1] == ["agent.connecting", "survey.intro"]
    (wish,) = around.desks.waits
    assert (wish.subject, wish.identity, wish.person) == ("case", 1, PERSON)


async def test_what_was_proven_is_still_known_when_an_agent_passes_the_caller_on(around: Rooms) -> None:
    around.desks.free += ["ana", "marta"]
    passed = iter([Passing(2, "pension")])

    def pass_on() -> None:
        if mark := next(passed, None):
            around.marks.marks[CALL] = mark

    presses = [*TO_SERVICE, *DNI, *RIGHT, "0"]
    await hold(around, Box(presses=presses, dials=["ANSWER", "ANSWER"], during=pass_on, knows=FACTS))
    proven = [(wish.level, wish.identity, wish.person) for wish in around.desks.waits]
    assert proven == [(1, 1, PERSON), (2, 1, PERSON)]


async def test_a_protected_person_waits_for_the_team_in_charge_and_nobody_is_told_who_it_is(
    around: Rooms,
) -> None:
    around.register.people[DOCUMENT] = Person(PERSON, FACTS, protected=True)
    around.desks.free.append("marta")
    box = await hold(around, Box(presses=[*TO_SERVICE, *DNI, *RIGHT, LEAVES], dials=["ANSWER"], knows=FACTS))
    (wish,) = around.desks.waits
    assert (wish.subject, wish.level, wish.identity, wish.person) == ("protected", 2, 0, None)
    assert not [key for key in box.keys_heard if key.startswith("case.")]
    assert PERSON not in repr(around.facts)


async def test_who_is_proven_is_not_asked_again_in_the_same_call(around: Rooms) -> None:
    box = await call(around, *DNI, *RIGHT, "2", "2", LEAVES)
    assert box.keys_heard.count("id.ask_document") == 1
    assert box.keys_heard.count("case.state.granted") == 2


async def test_several_cases_are_read_one_by_one(around: Rooms) -> None:
    around.register.pending = (case_of(), case_of("documents_missing", "send_documents"))
    box = await call(around, *DNI, *RIGHT, LEAVES)
    assert "case.several" in box.keys_heard
    assert {"case.state.granted", "case.state.documents_missing"} <= set(box.keys_heard)


async def test_of_more_than_five_cases_the_newest_are_read_and_called_so(around: Rooms) -> None:
    around.register.pending = tuple(
        Case(f"EX2026-{day}", "pension", "granted", dt.date(2026, 11, day), "payment") for day in range(1, 8)
    )
    box = await call(around, *DNI, *RIGHT, LEAVES)
    assert "case.several" not in box.keys_heard
    assert box.keys_heard.count("case.since") == 5
    opening = box.keys_heard.index("case.newest")
    newest = grammar("es").date(dt.date(2026, 11, 7))
    assert box.keys_heard[opening + 4 : opening + 4 + len(newest)] == list(newest)


async def test_who_has_no_case_is_told_so(around: Rooms) -> None:
    around.register.pending = ()
    assert "case.none" in (await call(around, *DNI, *RIGHT, LEAVES)).keys_heard


async def test_a_register_that_is_down_is_told_and_a_person_offered(around: Rooms) -> None:
    around.register.down = True
    around.desks.free.append("ana")
    box = await hold(around, Box(presses=[*TO_SERVICE, *DNI], dials=["ANSWER"], knows=FACTS))
    assert box.keys_heard[-5:-2] == ["error.service_down", "error.try_agent", "agent.connecting"]


async def test_a_register_that_is_down_costs_no_attempt(around: Rooms) -> None:
    around.now = SUNDAY_NOON  # so that the caller is not kept for a person
    around.register.down = True
    for attempt in range(3):
        await call(around, *DNI, LEAVES, call=f"ventanilla-1763791200.{attempt}")
    around.register.down = False
    box = await call(around, *DNI, *RIGHT, LEAVES, call="ventanilla-1763791200.9")
    assert "case.state.granted" in box.keys_heard


@pytest.mark.parametrize("state", ["received", "in_progress", "documents_missing", "granted", "refused"])
async def test_every_state_has_its_words(around: Rooms, state: str) -> None:
    around.register.pending = (case_of(state, "appeal"),)
    assert f"case.state.{state}" in (await call(around, *DNI, *RIGHT, LEAVES)).keys_heard
