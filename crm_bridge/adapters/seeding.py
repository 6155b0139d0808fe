"""Puts the demonstration's citizens into the tables of the built-in CRM; again and again without harm."""

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from crm_bridge.adapters import tables
from crm_bridge.adapters.tables import insert_once
from crm_bridge.answers import keyed
from crm_bridge.demonstration import INHABITANTS, MARIA, Inhabitant
from crm_bridge.requests import State, due, reference

# A request of last year, so that the first card of the demonstration has a past; 2 December 2025, 10:00 UTC.
EARLIER_AT = 1_764_669_600.0
EARLIER = reference(2025, 4711)


async def seed(engine: AsyncEngine, key: bytes) -> None:
    """Insert what is missing; what stands there already stays as it is (calls may have changed it).

    `key` is the installation's, for the answers of the identification protocol.
    """
    async with engine.begin() as connection:
        for inhabitant in INHABITANTS:
            await _settle(connection, inhabitant, key)
        await _past(connection)


async def _settle(connection: AsyncConnection, inhabitant: Inhabitant, key: bytes) -> None:
    person = inhabitant.citizen
    await insert_once(
        connection,
        tables.citizens,
        {
            "id": person.id,
            "document": person.document,
            "given_name": person.given_name,
            "family_name": person.family_name,
            "language": person.language,
            "protected": person.protected,
            "locked": person.locked,
            "affiliation": person.affiliation,
        },
    )
    for number in person.telephones:
        await insert_once(connection, tables.telephones, {"telephone": number, "citizen": person.id})
    for question, digits in inhabitant.answers.items():
        kept = keyed(key, person.id, question, digits)
        answer = {"citizen": person.id, "question": question, "answer": kept}
        await insert_once(connection, tables.identity_facts, answer)
    for case in inhabitant.cases:
        await insert_once(
            connection,
            tables.cases,
            {
                "reference": case.reference,
                "citizen": person.id,
                "subject": case.subject,
                "state": case.state,
                "since": case.since,
                "next_step": case.next_step,
            },
        )


async def _past(connection: AsyncConnection) -> None:
    request = {
        "reference": EARLIER,
        "citizen": MARIA.citizen.id,
        "subject": "subsidy",
        "kind": "enquiry",
        "state": State.RESOLVED,
        "channel": "telephone",
        "priority": 3,
        "level": 1,
        "opened_at": EARLIER_AT,
        "changed_at": EARLIER_AT,
        "due_at": due(EARLIER_AT, 3),
    }
    await insert_once(connection, tables.requests, request)
    contact = {
        "call": "demonstration-1764669600.1",
        "request": EARLIER,
        "channel": "telephone",
        "subject": "subsidy",
        "agent": "demonstration",
        "outcome": "informed",
        "at": EARLIER_AT,
    }
    await insert_once(connection, tables.contacts, contact)
