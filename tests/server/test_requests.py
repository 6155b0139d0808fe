"""What a call becomes in the CRM by itself: its type by the service given, who answers, what belongs to it."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.adapters.bridge import Bridge
from crm_bridge.adapters.seeding import EARLIER, seed
from crm_bridge.adapters.tables import metadata
from crm_bridge.card import Whole
from crm_bridge.connectors.builtin import Builtin
from crm_bridge.facts import RequestClassified, RequestOpened
from crm_bridge.writes import Continue
from ivr.facts import CallArrived, CallEnded, IdentityProven, PersonWanted, ServiceEnded, StepEntered
from queues.agents import State
from queues.facts import AgentStateChanged
from recordings.facts import RecordingSealed
from server.registry import HEARD, Requests
from server.subjects import subject_of
from server.terms import terms_of
from server.topics import ROUTES, written
from tests.crm_bridge.conftest import KEY, NOON, UNHURRIED
from tests.databases import opened
from tests.dialplans.institutions import inss

CALL = "ventanilla-1795345200.1"
MARIA = "demo-maria"
ARRIVED = CallArrived(CALL, "901166565", "general", "+34915551234", "es", None, NOON)


@dataclass
class House:
    """The requests of calls as server.app wires them, and what was published."""

    engine: AsyncEngine
    crm: Builtin
    bridge: Bridge
    requests: Requests
    facts: list[object]

    async def happened(self, *facts: object) -> Whole:
        """Let these happen; the call's request as the CRM has it then."""
        running = asyncio.create_task(self.requests.run())
        for fact in facts:
            self.requests.hear(fact)
        async with asyncio.timeout(20):
            await self.requests.settled()
        await self.bridge.deliver()
        running.cancel()
        request = await self.bridge.open_or_continue(CALL, None, "general")
        whole = await self.crm.request(request)
        assert whole is not None
        return whole


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened("sqlite", tmp_path, metadata) as engine:
        await seed(engine, KEY)
        facts: list[object] = []
        crm = Builtin(engine, KEY)
        bridge = Bridge(
            engine, crm, facts.append, lambda: NOON, UNHURRIED, terms=lambda *asked: terms_of(inss(), *asked)
        )
        requests = Requests(bridge, lambda number: subject_of(inss(), number), lambda: inss().catalogue)
        yield House(engine, crm, bridge, requests, facts)


def service(name: str, outcome: str = "done") -> ServiceEnded:
    return ServiceEnded(CALL, name, outcome, NOON)


async def test_a_call_is_a_question_for_the_first_level_until_it_says_more(house: House) -> None:
    request = (await house.happened(ARRIVED)).request
    assert (request.kind, request.area, request.level, request.subject) == (
        "enquiry",
        "information",
        1,
        "general",
    )


async def test_the_service_given_says_of_which_type_it_is_and_who_answers_until_when(house: House) -> None:
    proven = IdentityProven(CALL, MARIA, 2, "code", (), NOON)
    request = (await house.happened(ARRIVED, proven, service("health_card"))).request
    assert (request.kind, request.subject, request.area) == ("procedure", "health_card", "health")
    assert request.citizen == MARIA
    assert request.due_at > NOON + 5 * 86_400
    (told,) = [fact for fact in house.facts if isinstance(fact, RequestClassified) and fact.kind]
    assert (told.kind, told.subject) == ("procedure", "health_card")


async def test_a_service_that_was_left_asked_for_nothing(house: House) -> None:
    request = (await house.happened(ARRIVED, service("certificate", "back"))).request
    assert request.kind == "enquiry"


async def test_who_only_heard_the_machine_asked_about_what_they_heard(house: House) -> None:
    heard = StepEntered(CALL, "information/after_subsidy", NOON)
    request = (await house.happened(ARRIVED, heard, CallEnded(CALL, "served", NOON))).request
    assert (request.subject, request.area) == ("subsidy", "subsidies")


async def test_what_a_person_is_wanted_for_counts_more_than_what_was_heard_before(house: House) -> None:
    heard = StepEntered(CALL, "information/after_subsidy", NOON)
    wanted = PersonWanted(CALL, "pension", "es", 1, 0, None, None, NOON)
    request = (await house.happened(ARRIVED, heard, wanted, CallEnded(CALL, "served", NOON))).request
    assert request.subject == "pension"


async def test_an_older_request_keeps_its_type_whatever_the_new_call_is_given(house: House) -> None:
    first = await house.bridge.open_or_continue("ventanilla-1795340000.1", MARIA, "case")
    await house.bridge.deliver()
    proven = IdentityProven(CALL, MARIA, 1, "questions", (), NOON)
    request = (await house.happened(ARRIVED, proven, service("case_state"))).request
    assert (request.reference, request.kind) == (first, "enquiry")


async def test_the_recording_of_a_call_belongs_to_its_request_by_the_calls_name(house: House) -> None:
    sealed = RecordingSealed(CALL, "none", 1, 1, "0" * 128, NOON)
    whole = await house.happened(ARRIVED, sealed, sealed)
    assert [(one.kind, one.reference) for one in whole.attachments] == [("recording", CALL)]


async def test_what_was_sent_in_a_call_stands_in_its_folder_without_its_words(house: House) -> None:
    await house.happened(ARRIVED)
    await house.bridge.message_sent(CALL, 7, "receipt", "sms")
    await house.bridge.message_sent(CALL, 7, "receipt", "sms")
    whole = await house.happened()
    sent = [one for one in whole.contacts if one.direction == "out"]
    assert [(one.contact, one.channel, one.notes) for one in sent] == [("message-7-sms", "sms", "receipt")]
    assert [(one.kind, one.reference) for one in whole.attachments] == [("message", "message-7")]


async def test_the_older_request_that_a_call_left_for_another_is_not_closed(house: House) -> None:
    await house.bridge.open_or_continue(CALL, MARIA, "pension")
    await house.bridge.deliver()
    later = "ventanilla-1795348800.9"
    first = await house.bridge.open_or_continue(later, MARIA, "pension")
    bound = await house.bridge._ledger.of_call(later)
    assert bound is not None
    assert not bound.own
    await house.bridge._ledger.learn(bound, Continue(EARLIER, later, MARIA, "subsidy", "telephone", NOON))
    await house.bridge.deliver()
    left = await house.crm.request(first)
    assert left is not None
    assert left.request.state == "open"


async def test_what_a_killed_server_heard_and_did_not_write_is_written_by_the_next_out_of_the_record(
    house: House,
) -> None:
    proven = IdentityProven(CALL, MARIA, 1, "questions", (), NOON)
    talked = AgentStateChanged("ana", State.WRAP_UP, "", CALL, None, NOON)
    facts = (
        ARRIVED,
        proven,
        service("certificate"),
        RecordingSealed(CALL, "none", 1, 1, "0" * 128, NOON),
        talked,
    )
    rows = [written(fact) for fact in facts]
    record = [{**json.loads(row["body"]), "type": row["type"]} for row in rows if row is not None]
    for _ in range(3):  # it is killed again before it has come to it, or after
        house.requests.hear_again(record)
    whole = await house.happened()
    assert (whole.request.kind, whole.request.citizen) == ("certificate", MARIA)
    assert [one.agent for one in whole.contacts if one.agent] == ["ana"]
    assert [(one.kind, one.reference) for one in whole.attachments] == [("recording", CALL)]
    assert len([fact for fact in house.facts if isinstance(fact, RequestOpened)]) == 1
    classified = [fact.kind for fact in house.facts if isinstance(fact, RequestClassified)]
    assert classified == ["", "certificate"]


def test_every_fact_that_is_heard_again_is_one_that_is_kept_and_heard() -> None:
    assert all(ROUTES[name].keep for name in HEARD)
