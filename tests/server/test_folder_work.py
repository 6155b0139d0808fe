"""Work between calls, and what an agent does with a request: taken once, written once, told as it is."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import select

from crm_bridge.adapters import tables
from crm_bridge.adapters.seeding import EARLIER
from crm_bridge.ports import WriteNotTaken
from crm_bridge.requests import reference
from crm_bridge.writes import Open, Write
from queues.ports import WishForm
from tests.crm_bridge.conftest import NOON
from tests.queues.fakes import Form
from tests.server.folder_office import MARIA, PROTECTED, FolderOffice, folder_office, late, one_request


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[FolderOffice]:
    async with folder_office(tmp_path) as opened:
        delivering = asyncio.create_task(opened.bridge.run())
        yield opened
        delivering.cancel()


async def test_due_requests_are_offered_between_calls_taken_by_one_and_finished(office: FolderOffice) -> None:
    first, second = await late(office, 2)
    ana, jordi = await office.enter("ana"), await office.enter("jordi")
    for name in ("ana", "jordi"):
        await office.floor.sign_in(name)
    assert (await ana.get("/desk/due")).json()["offered"] == 2
    taken = await asyncio.gather(ana.post("/desk/due/take", json={}), jordi.post("/desk/due/take", json={}))
    assert {one.json()["taken"] for one in taken} == {first, second}
    mine = taken[0].json()["taken"]
    whole = await one_request(ana, mine)
    assert whole["request"]["reference"] == mine
    other = await jordi.get(f"/desk/requests/{mine}")
    assert other.status_code == 409
    done = await ana.post("/desk/due/finish", json={"outcome": "resolved", "notes": "Hecho"})
    assert done.json() == {"pending": False}
    assert (await ana.get("/desk/due")).json() == {"offered": 0, "taken": None, "until": None}
    assert (await ana.get(f"/desk/requests/{mine}")).status_code == 409


async def test_work_that_is_finished_twice_at_once_is_one_contact_and_takes_nothing_taken_since(
    office: FolderOffice,
) -> None:
    first, second = await late(office, 2)
    await office.floor.sign_in("ana")
    ana = await office.enter("ana")
    assert (await ana.post("/desk/due/take", json={})).json()["taken"] == first
    claims, handling = office.port._rooms.claims, office.port._rooms.handling
    claim, whole = await claims.of("ana", office.clock()), await office.crm.request(first)
    assert claim is not None
    assert whole is not None
    words = {"outcome": "informed", "notes": "Hecho"}
    assert (await ana.post("/desk/due/finish", json=words)).status_code == 200
    assert await claims.take(second, "ana", office.clock())
    await handling.worked(
        "ana", whole.request, claim.contact, "informed", "Hecho"
    )  # the other tab, a moment late
    await claims.done(claim)
    after = await office.crm.request(first)
    assert after is not None
    assert len([one for one in after.contacts if one.direction == "inside"]) == 1
    now = await claims.of("ana", office.clock())
    assert now is not None
    assert now.request == second
    assert now.contact != claim.contact


async def test_a_request_of_the_crms_own_is_taken_and_read_by_the_name_that_it_has_there(
    office: FolderOffice,
) -> None:
    own = "CTR.2026:17_A~1+B@c-"
    opened = Open(own, "counter-1", MARIA, "pension", "counter", 3, 1, NOON - 9 * 86_400)
    await office.crm.write("own", opened)
    call = await office.talk("ana", MARIA, 1)
    assert (await office.bridge.card(call, None, MARIA, "es", 1, "pension")).request == own
    ana = await office.enter("ana")
    assert (await ana.get(f"/desk/requests/{own}")).json()["request"]["reference"] == own
    taken = await ana.post(f"/desk/requests/{own}", json={"action": "take"})
    assert taken.status_code == 200, taken.text


async def test_a_change_that_the_crm_refuses_is_told_as_refused(office: FolderOffice) -> None:
    await office.talk("ana", MARIA, 1)
    client = await office.enter("ana")

    async def refuses(key: str, write: Write) -> None:
        del key, write
        raise WriteNotTaken("no such request")

    office.crm.write = refuses  # type: ignore[method-assign] # the CRM's word
    answer = await client.post(f"/desk/requests/{EARLIER}", json={"action": "take"})
    assert (answer.status_code, answer.json()["error"]["reason"]) == (409, "crm_refused")
    again = await client.post(f"/desk/requests/{EARLIER}", json={"action": "take"})
    assert again.json()["error"]["reason"] == "crm_refused"


async def test_a_change_back_and_forth_while_the_crm_is_slow_is_three_changes_and_a_double_click_is_one(
    office: FolderOffice,
) -> None:
    await office.talk("ana", MARIA, 1)
    client = await office.enter("ana")
    slow = asyncio.Event()
    taken = office.crm.write

    async def later(key: str, write: Write) -> None:
        await slow.wait()
        await taken(key, write)

    office.crm.write = later  # type: ignore[method-assign] # a CRM that takes its time
    place = f"/desk/requests/{EARLIER}"
    for subject in ("subsidy", "pension", "subsidy", "subsidy"):
        words = {"action": "classify", "subject": subject, "kind": "procedure"}
        assert (await client.post(place, json=words)).json() == {"pending": True}
    async with office.engine.connect() as connection:
        query = select(tables.outbox.c.write).where(tables.outbox.c.done_at.is_(None))
        writes = [json.loads(one) for one in (await connection.execute(query)).scalars()]
    assert [one["subject"] for one in writes if one["write"] == "change"] == ["subsidy", "pension", "subsidy"]
    slow.set()
    await office.bridge.deliver()  # after the pass that is under way: one lock
    whole = await office.crm.request(EARLIER)
    assert whole is not None
    assert whole.request.subject == "subsidy"


async def test_a_call_comes_to_who_works_and_the_work_stays_theirs(office: FolderOffice) -> None:
    await late(office, 1)
    ana = await office.enter("ana")
    await office.floor.sign_in("ana")
    taken = await ana.post("/desk/due/take", json={})
    call = await office.talk("ana", "demo-jose", 1)
    assert office.floor.state("ana").call == call
    assert (await ana.get("/desk/due")).json()["taken"] == taken.json()["taken"]
    refused = await ana.post("/desk/due/take", json={})
    assert refused.json()["error"]["reason"] == "wrong_state"


async def test_nothing_is_offered_or_taken_while_somebody_waits(office: FolderOffice) -> None:
    await late(office, 1)
    jordi = await office.enter("jordi")
    await office.floor.sign_in("jordi")
    assert (await jordi.get("/desk/due")).json()["offered"] == 1
    waits = asyncio.create_task(office.floor.wait(_wish("ventanilla-1795345299.1")))
    await asyncio.sleep(0)
    await office.floor.settle()
    assert (await jordi.get("/desk/due")).json()["offered"] == 0
    refused = await jordi.post("/desk/due/take", json={})
    assert refused.json()["error"]["reason"] == "somebody_waits"
    waits.cancel()


async def test_work_of_the_second_level_of_an_area_and_of_protected_persons_is_not_for_everybody(
    office: FolderOffice,
) -> None:
    await late(office, 1, area="pensions")
    hidden = Open(
        reference(2026, 700), "ventanilla-1795000099.1", PROTECTED, "pension", "telephone", 9, 1, NOON - 9_000,
        due_at=NOON - 9_000,
    )  # fmt: skip
    await office.bridge.post("hidden", None, hidden)
    await office.bridge.deliver()
    ana, eva = await office.enter("ana"), await office.enter("eva")
    await office.floor.sign_in("ana")
    assert (await ana.post("/desk/due/take", json={})).json()["taken"] == reference(2026, 600)
    assert (await eva.get("/desk/due")).json()["offered"] == 0


def _wish(call: str) -> WishForm:
    """Give a wish for a specialist, whom nobody who is signed in can be."""
    return cast("WishForm", Form(call, "imv", level=2))
