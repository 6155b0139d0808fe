"""What strangers, broken clients and people with the wrong role send."""

import asyncio

import httpx
import pytest

from tests.web.serve import Office

ANA = {"name": "ana", "password": "ana-ventanilla"}


@pytest.fixture
async def ana(client: httpx.AsyncClient) -> httpx.AsyncClient:
    await client.post("/session", json=ANA)
    await client.post("/desk/sign-in", json={"address": "browser"})
    return client


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
async def test_another_sites_page_cannot_write(
    office: Office, ana: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await ana.post("/desk/pause", json={"reason": "rest"}, headers=headers)
    assert answer.status_code == 403
    assert "other sites may not write" in answer.json()["error"]["remedy"]
    assert office.desk.state_of("ana")["state"] == "ready"


async def test_a_request_that_hides_its_origin_cannot_write(office: Office, ana: httpx.AsyncClient) -> None:
    async with httpx.AsyncClient(base_url=office.url, cookies=ana.cookies) as silent:
        answer = await silent.post("/desk/pause", json={"reason": "rest"})
    assert answer.json()["error"]["code"] == "origin_not_ours"


async def test_a_foreign_name_for_this_machine_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.get("/page/numbers", headers={"host": "rebound.example"})
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "host_not_ours"


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/desk/pause", {"reason": "beach"}, "reason"),
        ("/desk/pause", {"reason": "rest", "until": 5}, "until"),
        ("/desk/pause", {}, "reason"),
        ("/desk/pause", ["rest"], "body"),
        ("/desk/ready", {"now": True}, "now"),
        ("/desk/finish", {"outcome": "resolved", "notes": "x" * 4001}, "notes"),
        ("/desk/finish", {"outcome": "resolved", "notes": "a\x00b"}, "notes"),
        ("/desk/finish", {"outcome": 7}, "outcome"),
        ("/desk/pass", {"subject": "pension\r\n"}, "subject"),
        ("/desk/pass", {"subject": "astrology"}, "subject"),
        ("/desk/sign-in", {"address": "sip:x@y;transport=tcp\nInjected: 1"}, "address"),
        ("/desk/sign-in", {"address": "PJSIP/trunk"}, "address"),
        ("/session", {"name": "ana", "password": {"$ne": ""}}, "password"),
        ("/session", {"name": "a" * 65, "password": "x"}, "name"),
    ],
)
async def test_a_wrong_body_is_refused_by_field_and_disturbs_nothing(
    office: Office, ana: httpx.AsyncClient, path: str, body: object, field: str
) -> None:
    before = dict(office.desk.state_of("ana"))
    answer = await ana.post(path, json=body)
    assert answer.status_code == 422
    faults = answer.json()["error"]["faults"]
    assert [fault["field"] for fault in faults] == [field]
    assert all(fault["message"] and fault["remedy"] for fault in faults)
    assert office.desk.state_of("ana") == before


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"reason=rest", "application/x-www-form-urlencoded", 422),
        (b'{"reason": "rest"}', "text/plain", 422),
        (b'{"reason": "rest"', "application/json", 422),
        (b"\xff\xfe\x00", "application/json", 400),
        (b"[" * 20_000, "application/json", 400),
        (b'{"reason": "' + b"x" * 40_000 + b'"}', "application/json", 413),
        (b"", "application/json", 422),
    ],
)
async def test_what_is_no_json_form_is_refused(
    office: Office, ana: httpx.AsyncClient, content: bytes, kind: str, status: int
) -> None:
    answer = await ana.post("/desk/pause", content=content, headers={"content-type": kind})
    assert answer.status_code == status
    assert answer.json()["error"]["code"]
    assert office.desk.state_of("ana")["state"] == "ready"


async def test_the_answer_never_repeats_what_was_sent(client: httpx.AsyncClient) -> None:
    answer = await client.post("/session", json={"name": "ana", "password": "hunter2" * 60})
    assert "hunter2" not in answer.text


async def test_a_body_that_announces_more_than_is_allowed_is_not_even_read(office: Office) -> None:
    host, port = office.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = (
        "POST /session HTTP/1.1",
        f"host: {host}:{port}",
        f"origin: {office.url}",
        "content-length: 9999999999",
    )
    writer.write("\r\n".join((*head, "", "")).encode())
    async with asyncio.timeout(5):
        assert b" 413 " in await reader.readline()
    writer.close()


@pytest.mark.parametrize("level", [1, 2])
async def test_a_caller_is_passed_to_the_level_that_was_asked(
    office: Office, ana: httpx.AsyncClient, level: int
) -> None:
    office.desk.become("ana", "talking", call="ventanilla-1763791200.12")
    assert (await ana.post("/desk/pass", json={"subject": "imv", "level": level})).status_code == 200
    assert office.desk.passed == [("ana", "imv", level)]


@pytest.mark.parametrize("path", ["/desk/ready", "/desk/finish", "/desk/pass", "/desk/sign-out"])
async def test_nobody_signed_in_means_nothing_is_done(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.post(path, json={})
    assert answer.status_code in {401, 422}


async def test_a_supervisor_has_no_desk(client: httpx.AsyncClient) -> None:
    await client.post("/session", json={"name": "pilar", "password": "pilar-ventanilla"})
    assert (await client.post("/desk/ready", json={})).json() == {"error": {"code": "not_an_agent"}}
    assert (await client.get("/desk/telephone")).status_code == 403


async def test_telephone_credentials_are_only_for_their_agent(ana: httpx.AsyncClient, office: Office) -> None:
    answer = await ana.get("/desk/telephone")
    assert answer.json()["user"] == "agent-ana"
    assert answer.headers["cache-control"] == "no-store"
    async with httpx.AsyncClient(base_url=office.url) as stranger:
        assert (await stranger.get("/desk/telephone")).status_code == 401


async def test_what_the_floor_refuses_is_said_as_a_refusal(ana: httpx.AsyncClient) -> None:
    answer = await ana.post("/desk/finish", json={"outcome": "resolved"})
    assert answer.status_code == 409
    assert answer.json() == {"error": {"code": "not_now", "reason": "wrong_state"}}


@pytest.mark.parametrize("path", ["/", "/desk", "/wall", "/static/js/desk/page.js", "/page/numbers", "/none"])
async def test_every_answer_forbids_inline_scripts_frames_and_guessing(
    client: httpx.AsyncClient, path: str
) -> None:
    headers = (await client.get(path)).headers
    policy = headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "server" not in headers


async def test_files_outside_the_static_folder_stay_there(client: httpx.AsyncClient) -> None:
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static/"):
        assert (await client.get(path)).status_code == 404
