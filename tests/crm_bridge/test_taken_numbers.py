"""Our numbers counted anew beside a CRM that lived on: nobody's words go into the request that has the number there."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.adapters.bridge import Bridge
from crm_bridge.adapters.delivery import NEVER_OPENED
from crm_bridge.adapters.ledger import Ledger
from crm_bridge.demonstration import JOSE, MARIA
from crm_bridge.facts import WriteRefused
from crm_bridge.ports import Connector
from crm_bridge.requests import reference
from crm_bridge.writes import Open
from tests.crm_bridge.conftest import NOON
from tests.crm_bridge.records_crm import a_records_crm
from tests.crm_bridge.strangers import connected

MARIAS, JOSES = MARIA.citizen.id, JOSE.citizen.id
CALL, BACK, LATER = "ventanilla-1795345200.1", "ventanilla-1795345300.2", "ventanilla-1795345400.3"
TAKEN = reference(2026, 1)


@pytest.fixture
async def crm() -> AsyncIterator[Connector]:
    """A CRM with a request of José's that has the first number of the year."""
    async with a_records_crm() as theirs, connected(theirs) as connector:
        old = Open(TAKEN, "ventanilla-1795000000.1", JOSES, "imv", "telephone", 3, 1, NOON - 90_000)
        await connector.write("old", old)
        yield connector


async def test_one_citizens_words_do_not_go_into_anothers_request_with_the_same_number(
    engine: AsyncEngine, crm: Connector
) -> None:
    facts: list[object] = []
    bridge, before = Bridge(engine, crm, facts.append, lambda: NOON), await crm.request(TAKEN)
    assert await bridge.open_or_continue(CALL, MARIAS, "pension") == TAKEN
    await bridge.note(CALL, "ana", "resolved", "María's own words")
    assert await bridge.deliver() == 2
    await bridge.join(BACK, CALL, "pension")
    await bridge.note(BACK, "luis", "resolved", "María's as well")
    assert await bridge.deliver() == 2
    assert await crm.request(TAKEN) == before
    reasons = {one.kind: one.reason for one in await Ledger(engine).refusals(9)}
    assert reasons == {"open": "reference_taken", "note": NEVER_OPENED, "continue": NEVER_OPENED}
    assert sum(isinstance(fact, WriteRefused) for fact in facts) == 4


async def test_whose_request_it_is_may_go_on_with_it_though_the_number_was_given_again(
    engine: AsyncEngine, crm: Connector
) -> None:
    bridge = Bridge(engine, crm, lambda _: None, lambda: NOON)
    await bridge.open_or_continue(CALL, MARIAS, "pension")
    await bridge.deliver()
    assert await bridge.open_or_continue(LATER, JOSES, "imv") == TAKEN
    await bridge.note(LATER, "ana", "resolved", "José's words")
    assert await bridge.deliver() == 2
    assert [one.notes for one in (await crm.folder(JOSES)).contacts] == ["José's words", ""]
