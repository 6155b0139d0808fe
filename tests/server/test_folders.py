"""Who sees what of a folder, asked over HTTP of a real server: what is allowed shows, what is denied is not there."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from sqlalchemy import insert

from crm_bridge.adapters import tables
from crm_bridge.adapters.seeding import EARLIER
from crm_bridge.demonstration import MARIA as INHABITANT
from crm_bridge.facts import FolderViewed, RequestHandled, UnsealingAsked, UnsealingDecided
from crm_bridge.requests import reference
from crm_bridge.writes import Open
from queues.agents import State
from queues.ports import WishForm
from server.facts_store import facts
from server.talks import Talks
from tests.crm_bridge.conftest import NOON
from tests.queues.fakes import Form
from tests.server.folder_office import MARIA, PROTECTED, FolderOffice, folder_office, late, one_request

NAME, DOCUMENT, NUMBER = "María García López", "12345678Z", "+34915551234"
AFFILIATION = INHABITANT.citizen.affiliation or ""
SECRETS = (NAME, "García", DOCUMENT, AFFILIATION, NUMBER, EARLIER)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[FolderOffice]:
    async with folder_office(tmp_path) as opened:
        delivering = asyncio.create_task(opened.bridge.run())
        yield opened
        delivering.cancel()


async def folder_of(client: httpx.AsyncClient, **more: object) -> httpx.Response:
    return await client.get("/desk/folder", params={"which": "all", **more})  # type: ignore[dict-item]


async def test_nobody_proven_means_no_folder_and_nothing_of_anybody(office: FolderOffice) -> None:
    await office.talk("ana")
    client = await office.enter("ana")
    answer = await folder_of(client)
    assert (answer.status_code, answer.json()["error"]["reason"]) == (409, "nobody_proven")
    one, none = [await client.get(f"/desk/requests/{name}") for name in (EARLIER, reference(2026, 999))]
    assert one.json()["error"]["reason"] == "nobody_proven"
    assert none.text == one.text, "nobody learns which references there are"
    assert not any(secret in answer.text + one.text for secret in SECRETS)


@pytest.mark.parametrize(
    ("agent", "level", "shown", "hidden"),
    [
        ("ana", 1, (NAME, EARLIER, "***4567**", "··· 234"), (DOCUMENT, AFFILIATION, NUMBER)),
        ("ana", 2, (NAME, EARLIER, DOCUMENT, AFFILIATION, "··· 234"), (NUMBER,)),
        ("marta", 1, (NAME, EARLIER, "***4567**"), (DOCUMENT, AFFILIATION, NUMBER)),
        ("marta", 2, (NAME, EARLIER, DOCUMENT, AFFILIATION, NUMBER), ()),
        ("eva", 2, (), SECRETS),
    ],
)
async def test_a_folder_shows_what_post_and_proven_level_uncover_and_nothing_else(
    office: FolderOffice, agent: str, level: int, shown: tuple[str, ...], hidden: tuple[str, ...]
) -> None:
    await office.talk(agent, MARIA, level)
    answer = await folder_of(await office.enter(agent))
    assert answer.status_code == 200
    text = json.dumps(answer.json(), ensure_ascii=False)
    assert [word for word in shown if word not in text] == []
    assert [word for word in hidden if word in text] == []
    (viewed,) = office.told(FolderViewed)
    assert (viewed.agent, viewed.person, viewed.level) == (agent, MARIA, level)
    assert "answers" not in {*viewed.shown, *viewed.masked}


async def test_nobody_sees_a_folder_or_a_request_of_which_no_record_would_be_left(
    office: FolderOffice,
) -> None:
    await office.talk("ana", MARIA, 2)
    client = await office.enter("ana")
    office.clock.on_record = False
    for answer in (await folder_of(client), await client.get(f"/desk/requests/{EARLIER}")):
        assert (answer.status_code, answer.json()["error"]["reason"]) == (409, "no_record")
        assert not any(secret in answer.text for secret in SECRETS)


async def test_a_code_keyed_during_the_conversation_uncovers_more_at_the_next_look(
    office: FolderOffice,
) -> None:
    call = await office.talk("ana", MARIA, 1)
    client = await office.enter("ana")
    assert DOCUMENT not in (await folder_of(client)).text
    await office.prove(call, MARIA, 2)
    assert DOCUMENT in (await folder_of(client)).text


async def test_a_level_proven_in_another_contact_counts_for_nothing_in_this_one(office: FolderOffice) -> None:
    call = await office.talk("ana", MARIA, 2)
    office.floor.ended(call)
    await office.floor.wrap_up_done("ana")
    await office.talk("ana", MARIA, 1)
    assert DOCUMENT not in (await folder_of(await office.enter("ana"))).text


async def test_who_is_asked_for_advice_has_neither_the_folder_nor_a_say(office: FolderOffice) -> None:
    call = await office.talk("ana", MARIA, 2)
    ana, jordi = await office.enter("ana"), await office.enter("jordi")
    await office.floor.sign_in("jordi")
    (mine, *_) = (await folder_of(ana)).json()["requests"]["items"]
    office.floor.ask(call, "jordi")
    assert "requests" not in (await folder_of(jordi)).json()
    closed = await jordi.post(f"/desk/requests/{mine['reference']}", json={"action": "close"})
    assert closed.status_code == 409


async def test_who_was_asked_for_advice_has_no_folder_in_the_wrap_up_either_and_who_had_the_caller_has(
    office: FolderOffice,
) -> None:
    call = await office.talk("ana", MARIA, 2)
    ana, jordi = await office.enter("ana"), await office.enter("jordi")
    await office.floor.sign_in("jordi")
    office.floor.ask(call, "jordi")
    office.floor.second_answered("jordi", call)
    assert office.floor.second_gone("jordi", call)
    assert office.floor.state("jordi").state is State.WRAP_UP
    refused = await folder_of(jordi)
    assert refused.json()["error"]["reason"] == "nobody_proven"
    office.floor.ended(call)
    assert (await folder_of(jordi)).json()["error"]["reason"] == "nobody_proven"
    assert NAME in (await folder_of(ana)).text


async def test_who_is_only_set_aside_or_rung_for_a_caller_has_no_folder(office: FolderOffice) -> None:
    await office.floor.sign_in("ana")
    call, ana = "ventanilla-1795345250.1", await office.enter("ana")
    await office.prove(call, MARIA, 2)
    await office.floor.wait(cast("WishForm", Form(call, "pension")))
    for state in (State.RESERVED, State.RINGING):
        assert office.floor.state("ana").state is state
        for answer in (
            await folder_of(ana),
            await ana.get(f"/desk/requests/{EARLIER}"),
            await ana.post(f"/desk/requests/{EARLIER}", json={"action": "close"}),
            await ana.post("/desk/unseal", json={"reason": "Cita del juzgado"}),
        ):
            assert answer.json()["error"]["reason"] == "nobody_proven"
        office.floor.rings("ana", call)
    office.floor.answered(call, "ana")
    assert NAME in (await folder_of(ana)).text


async def test_after_a_restart_the_table_of_facts_says_who_had_the_caller(office: FolderOffice) -> None:
    row = {"type": "TalkEnded", "call": "c-1", "agent": "ana", "at": 1.0, "body": "{}"}
    async with office.engine.begin() as connection:
        await connection.execute(insert(facts), [row])
    talks = Talks(office.engine)
    assert await talks.had("ana", "c-1")
    assert not await talks.had("jordi", "c-1")
    assert not await talks.had("ana", "c-2")


async def test_a_request_of_somebody_else_is_as_one_that_does_not_exist(office: FolderOffice) -> None:
    await office.talk("ana", "demo-jose", 2)
    client = await office.enter("ana")
    theirs, none = [await client.get(f"/desk/requests/{one}") for one in (EARLIER, reference(2026, 999))]
    assert theirs.json() == none.json() == {"error": {"code": "not_now", "reason": "no_request"}}
    tried = await client.post(f"/desk/requests/{EARLIER}", json={"action": "close"})
    assert tried.json()["error"]["reason"] == "no_request"


async def test_no_page_may_say_whose_folder_it_wants(office: FolderOffice) -> None:
    await office.talk("ana", "demo-jose", 1)
    answer = await folder_of(await office.enter("ana"), citizen=MARIA, person=MARIA, level=3)
    assert not any(secret in answer.text for secret in SECRETS)
    assert "José" in answer.text


async def test_a_supervisor_assigns_what_is_due_and_never_sees_whose_it_is(office: FolderOffice) -> None:
    (first,) = await late(office, 1, area="pensions")
    pilar = await office.enter("pilar")
    listed = await pilar.get("/requests/due")
    assert [one["reference"] for one in listed.json()["due"]] == [first]
    place = f"/requests/{first}"
    words = {"action": "assign", "area": "subsidies", "agent": "marta"}
    assert (await pilar.post(place, json=words)).json() == {"pending": False}
    assert (await pilar.post(place, json={"action": "prioritise", "priority": 9})).json() == {
        "pending": False
    }
    whole = await pilar.get(place)
    now = whole.json()["request"]
    assert (now["area"], now["assignee"], now["priority"]) == ("subsidies", "marta", 9)
    assert (whole.json()["contacts"], whole.json()["attachments"]) == ([], [])
    assert not any(word in listed.text + whole.text for word in (NAME, "García", DOCUMENT, NUMBER, MARIA))
    closing = await pilar.post(place, json={"action": "close"})
    assert closing.json()["error"]["reason"] == "not_allowed"
    ana = await office.enter("ana")
    assert (await ana.get("/requests/due")).status_code == 403
    assert (await ana.post(place, json=words)).status_code == 403


async def test_a_protected_persons_request_is_none_to_a_supervisor(office: FolderOffice) -> None:
    hidden = Open(
        reference(2026, 700), "ventanilla-1795000099.1", PROTECTED, "pension", "telephone", 9, 1, NOON - 9_000
    )
    (plain,) = await late(office, 1)
    await office.bridge.post("hidden", None, hidden)
    await office.bridge.deliver()
    pilar = await office.enter("pilar")
    answer = await pilar.get(f"/requests/{hidden.request}")
    assert answer.json()["error"]["reason"] == "no_request"
    listed = (await pilar.get("/requests/due")).json()["due"]
    assert [one["reference"] for one in listed] == [plain], "it is not on the list either"


async def test_a_supervisor_and_a_stranger_have_no_folder(office: FolderOffice) -> None:
    await office.talk("ana", MARIA, 2)
    answer = await folder_of(await office.enter("pilar"))
    assert answer.status_code == 403
    async with httpx.AsyncClient(base_url=office.url) as stranger:
        assert (await stranger.get("/desk/folder")).status_code == 401


# --- protected persons ---


async def test_a_protected_folder_stays_shut_until_a_second_person_agrees(office: FolderOffice) -> None:
    await office.talk("iria", PROTECTED, 2)
    iria, marta, pilar = [await office.enter(name) for name in ("iria", "marta", "pilar")]
    assert (await folder_of(iria)).json() == {"protected": True, "sealed": True}
    assert (await iria.post("/desk/unseal", json={"reason": "Cita del juzgado"})).json() == {"asked": True}
    (asked,) = (await pilar.get("/unsealings")).json()["waiting"]
    assert (asked["agent"], asked["reason"]) == ("iria", "Cita del juzgado")
    own = await iria.post(f"/unsealings/{asked['id']}", json={"granted": True})
    assert own.json()["error"]["reason"] == "not_allowed"
    assert (await folder_of(iria)).json()["sealed"]
    assert (await marta.post(f"/unsealings/{asked['id']}", json={"granted": True})).status_code == 200
    folder = (await folder_of(iria)).json()
    assert (folder["sealed"], folder["protected"], folder["citizen"]["name"]) == (
        False,
        True,
        "Ana Ramos Gil",
    )
    assert [(one.agent, one.by, one.granted) for one in office.told(UnsealingDecided)] == [
        ("iria", "marta", True)
    ]
    assert [one.reason for one in office.told(UnsealingAsked)] == ["Cita del juzgado"]
    views = office.told(FolderViewed)
    assert all(one.protected for one in views)
    assert [bool(one.shown) for one in views] == [False, False, True]


async def test_a_second_person_who_refuses_leaves_it_shut(office: FolderOffice) -> None:
    await office.talk("iria", PROTECTED, 2)
    iria, pilar = [await office.enter(name) for name in ("iria", "pilar")]
    await iria.post("/desk/unseal", json={"reason": "Cita del juzgado"})
    (asked,) = (await pilar.get("/unsealings")).json()["waiting"]
    await pilar.post(f"/unsealings/{asked['id']}", json={"granted": False})
    assert (await folder_of(iria)).json()["sealed"]
    late = await pilar.post(f"/unsealings/{asked['id']}", json={"granted": True})
    assert late.json()["error"]["reason"] == "not_allowed"


async def test_who_is_not_named_neither_opens_asks_nor_agrees(office: FolderOffice) -> None:
    await office.talk("ana", PROTECTED, 3)
    ana = await office.enter("ana")
    shut = await folder_of(ana)
    assert shut.json() == {"protected": True, "sealed": True}
    asked = await ana.post("/desk/unseal", json={"reason": "curiosity"})
    assert asked.json()["error"]["reason"] == "not_allowed"
    assert (await ana.get("/unsealings")).json() == {"waiting": []}
    decided = await ana.post(f"/unsealings/{'a' * 32}", json={"granted": True})
    assert decided.json()["error"]["reason"] == "not_allowed"
    assert "Ramos" not in shut.text


async def test_an_agreement_is_for_one_agent_in_one_contact(office: FolderOffice) -> None:
    call = await office.talk("iria", PROTECTED, 2)
    iria, pilar = [await office.enter(name) for name in ("iria", "pilar")]
    await iria.post("/desk/unseal", json={"reason": "Cita del juzgado"})
    (asked,) = (await pilar.get("/unsealings")).json()["waiting"]
    await pilar.post(f"/unsealings/{asked['id']}", json={"granted": True})
    office.floor.ended(call)
    await office.floor.wrap_up_done("iria")
    await office.talk("iria", PROTECTED, 2)
    assert (await folder_of(iria)).json()["sealed"]


# --- what is done with a request ---


async def test_a_request_is_taken_classified_escalated_with_a_reason_and_closed(office: FolderOffice) -> None:
    await office.talk("ana", MARIA, 1)
    client = await office.enter("ana")
    (mine, *_) = (await folder_of(client, which="open")).json()["requests"]["items"]
    place = f"/desk/requests/{mine['reference']}"
    assert (mine["area"], mine["kind"]) == ("pensions", "enquiry")
    assert (await client.post(place, json={"action": "take"})).json() == {"pending": False}
    words = {"action": "classify", "subject": "subsidy", "kind": "procedure"}
    assert (await client.post(place, json=words)).status_code == 200
    taken = (await one_request(client, mine["reference"]))["request"]
    assert (taken["assignee"], taken["subject"], taken["kind"]) == ("ana", "subsidy", "procedure")
    silent = await client.post(place, json={"action": "escalate", "level": 2})
    assert silent.json()["error"]["faults"][0]["message"].endswith("for whoever takes the request up")
    assert (await client.post(place, json={"action": "classify", "kind": "change"})).status_code == 422
    higher = {"action": "escalate", "level": 2, "area": "subsidies", "reason": "Importe en duda"}
    assert (await client.post(place, json=higher)).status_code == 200
    up = (await one_request(client, mine["reference"]))["request"]
    assert (up["level"], up["area"], up["reason"], up["assignee"]) == (
        2,
        "subsidies",
        "Importe en duda",
        None,
    )
    assert (await client.post(place, json={"action": "close"})).status_code == 200
    again = await client.post(place, json={"action": "take"})
    assert again.json()["error"]["reason"] == "request_closed"
    assert [one.action for one in office.told(RequestHandled)] == ["take", "classify", "escalate", "close"]


async def test_what_a_post_may_not_do_is_refused_and_not_even_offered(office: FolderOffice) -> None:
    await office.talk("ana", MARIA, 1)
    client = await office.enter("ana")
    whole = await one_request(client, EARLIER)
    assert "assign" not in whole["may"]
    for refused in ({"action": "assign", "area": "pensions"}, {"action": "prioritise", "priority": 9}):
        answer = await client.post(f"/desk/requests/{EARLIER}", json=refused)
        assert answer.json()["error"]["reason"] == "not_allowed"
    unknown = {"action": "classify", "subject": "pension", "kind": "astrology"}
    answer = await client.post(f"/desk/requests/{EARLIER}", json=unknown)
    assert answer.json()["error"]["reason"] == "unknown_word"


async def test_the_call_continues_an_older_request_and_its_own_is_closed(office: FolderOffice) -> None:
    await office.talk("ana", MARIA, 1)
    client = await office.enter("ana")
    (own,) = (await folder_of(client, which="open")).json()["requests"]["items"]
    answer = await client.post(f"/desk/requests/{EARLIER}", json={"action": "continue"})
    assert answer.json() == {"pending": False}
    still = (await folder_of(client, which="open")).json()["requests"]["items"]
    assert [one["reference"] for one in still] == [EARLIER]
    assert (await one_request(client, own["reference"]))["request"]["state"] == "closed"


# --- many ---


async def test_a_citizen_with_a_thousand_contacts_is_read_page_by_page(office: FolderOffice) -> None:
    busy = reference(2026, 500)
    opened = Open(busy, "ventanilla-1795000000.1", MARIA, "pension", "telephone", 3, 1, NOON - 9_000)
    await office.bridge.post("busy", None, opened)
    await office.bridge.deliver()
    sent = {"request": busy, "channel": "sms", "direction": "out", "subject": "pension"}
    rows = [{**sent, "call": f"message-{n:04}", "at": NOON - 8_000 + n} for n in range(1_000)]
    async with office.engine.begin() as connection:
        await connection.execute(insert(tables.contacts), rows)
    await office.talk("ana", MARIA, 1)
    client = await office.enter("ana")
    seen: list[str] = []
    page: dict[str, Any] = {"more": True}
    while page["more"]:
        page = (await folder_of(client, contacts_from=len(seen))).json()["contacts"]
        seen += [one["contact"] for one in page["items"]]
    assert len(seen) == len(set(seen)) == 1_003
    messages = [one for one in seen if one.startswith("message-")]
    assert messages == [f"message-{number:04}" for number in reversed(range(1_000))]
