"""The page of recordings over a real vault: keys, files, database and rules are those of the server."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from recordings.facts import ListeningAsked, ListeningRefused, ListeningSeconded, RecordingOpened
from tests.recordings.vault.conftest import demonstration_keys
from tests.web.archive import PERSON, REFERENCE, Archive, archive
from tests.web.conftest import OpenPage, _complain, picture, sign_in
from tests.web.test_pages import barriers

__all__ = ["archive", "demonstration_keys"]

pytestmark = pytest.mark.browser


@pytest.fixture
async def open_page(chromium: Browser, archive: Archive) -> AsyncIterator[OpenPage]:
    complaints: list[str] = []
    contexts = []

    async def open_at(path: str, **wishes: str) -> Page:
        context = await chromium.new_context(base_url=archive.office.url, **{"locale": "es-ES", **wishes})  # type: ignore[arg-type] # playwright's options, by name
        contexts.append(context)
        page = await context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: _complain(complaints, line.type, line.text))
        await page.goto(path)
        return page

    yield open_at
    for context in contexts:
        await context.close()
    assert complaints == []


@pytest.fixture
async def client(archive: Archive) -> AsyncIterator[httpx.AsyncClient]:
    url = archive.office.url
    async with httpx.AsyncClient(base_url=url, headers={"origin": url}) as ours:
        yield ours


async def come_in(client: httpx.AsyncClient, name: str) -> None:
    await client.delete("/session")
    answer = await client.post("/session", json={"name": name, "password": f"{name}-ventanilla"})
    assert answer.status_code == 200


async def asked(client: httpx.AsyncClient, call: str) -> str:
    answer = await client.post("/recordings/ask", json={"call": call, "reason": "reclamación"})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["listening"])


def look(**wishes: object) -> dict[str, object]:
    now = time.time()
    return {"since": now - 86_400, "before": now + 10, **wishes}


async def until(page: Page, holds: str) -> None:
    """Wait until an expression is true; the page's own rules forbid playwright's way of asking again and again."""
    async with asyncio.timeout(15):
        while not await page.evaluate(f"Boolean({holds})"):  # noqa: ASYNC110 - a page tells nobody
            await asyncio.sleep(0.05)


async def test_a_supervisor_finds_a_recording_says_why_hears_it_and_it_is_on_record(
    archive: Archive, open_page: OpenPage, tmp_path: Path
) -> None:
    page = await open_page("/recordings")
    await sign_in(page, "pilar")
    await expect(page.get_by_role("heading", name="Grabaciones encontradas: 2")).to_be_visible()
    await page.get_by_label("Persona o solicitud").fill("12345678Z")
    await page.get_by_role("button", name="Buscar").click()
    await expect(page.get_by_role("heading", name="Grabaciones encontradas: 1")).to_be_visible()
    await picture(page, tmp_path, "recordings-found")
    assert archive.store.ranges == []
    await page.get_by_role("button", name=re.compile("^Escuchar")).click()
    await expect(page.get_by_label("Motivo")).to_be_focused()
    assert await barriers(page) == []
    await picture(page, tmp_path, "recordings-reason")
    assert archive.store.ranges == []
    assert await page.locator("audio").count() == 0
    await page.keyboard.type("reclamación de la persona")
    await page.get_by_role("dialog").get_by_role("button", name="Escuchar").click()
    await expect(page.locator("audio")).to_be_visible()
    await expect(page.locator("svg.waveform")).to_be_visible()
    await until(page, "document.querySelector('audio').duration > 119")
    assert await barriers(page) == []
    await picture(page, tmp_path, "recordings-player")
    await expect(
        page.get_by_role("button", name=re.compile("0:05.*Atiende una persona: jordi"))
    ).to_be_visible()
    await page.get_by_role("button", name=re.compile("Cambio de cuenta bancaria, aceptado")).press("Enter")
    await until(page, "document.querySelector('audio').currentTime > 60.2")
    (opened,) = archive.told(RecordingOpened)
    assert isinstance(opened, RecordingOpened)
    assert (opened.by, opened.reason, opened.call) == (
        "pilar",
        "reclamación de la persona",
        archive.calls["usual"],
    )
    await page.get_by_role("button", name="Mostrar las últimas").click()
    await expect(page.get_by_role("cell", name="reclamación de la persona")).to_be_visible()
    await picture(page, tmp_path, "recordings-log")
    assert await barriers(page) == []


async def test_a_click_on_the_waveform_and_the_keyboard_seek(open_page: OpenPage) -> None:
    page = await open_page("/recordings")
    await sign_in(page, "pilar")
    await page.get_by_role("button", name=re.compile("^Escuchar")).last.click()
    await page.keyboard.type("reclamación")
    await page.get_by_role("dialog").get_by_role("button", name="Escuchar").click()
    await until(page, "document.querySelector('audio')?.duration > 119")
    box = await page.locator("svg.waveform").bounding_box()
    assert box is not None
    await page.locator("svg.waveform").click(position={"x": box["width"] * 0.75, "y": 20})
    await until(page, "document.querySelector('audio').currentTime > 90")
    await page.locator("audio").focus()
    before = await page.evaluate("document.querySelector('audio').currentTime")
    await page.keyboard.press("ArrowLeft")
    await until(page, f"document.querySelector('audio').currentTime < {before}")
    await until(page, "Number(document.querySelector('.now').getAttribute('x')) > 300")


async def test_a_range_decrypts_the_segments_it_touches_and_no_more(
    archive: Archive, client: httpx.AsyncClient
) -> None:
    await come_in(client, "pilar")
    listening = await asked(client, archive.calls["usual"])
    plain = archive.plain
    for start, end in ((0, 99), (1_000_000, 1_000_999), (len(plain) - 10, len(plain) - 1)):
        archive.store.read_bytes = 0
        heard = await client.get(f"/recordings/sound/{listening}", headers={"range": f"bytes={start}-{end}"})
        assert heard.status_code == 206
        assert heard.content == plain[start : end + 1]
        assert heard.headers["content-range"] == f"bytes {start}-{end}/{len(plain)}"
        assert heard.headers["cache-control"] == "no-store"
        assert archive.store.read_bytes <= 2 * 65_536 + 100
    assert len(archive.told(RecordingOpened)) == 1


@pytest.mark.parametrize(
    ("asked_range", "status"),
    [
        ("bytes=99999999-", 416),
        ("bytes=-0", 416),
        ("bytes=5-2", 200),
        ("bytes=a-b", 200),
        ("bytes=0-1,5-9", 200),
        ("lines=0-5", 200),
        ("bytes=-5", 206),
        ("bytes=0-99999999", 206),
    ],
)
async def test_ranges_beyond_the_end_and_malformed_ones(
    archive: Archive, client: httpx.AsyncClient, asked_range: str, status: int
) -> None:
    await come_in(client, "rosa")
    listening = await asked(client, archive.calls["usual"])
    heard = await client.get(f"/recordings/sound/{listening}", headers={"range": asked_range})
    assert heard.status_code == status
    if status == 416:
        assert heard.headers["content-range"] == f"bytes */{len(archive.plain)}"
        assert heard.content == b""
    if status == 200:
        assert heard.content == archive.plain


async def test_who_may_not_is_denied_everywhere_and_nothing_is_read(
    archive: Archive, client: httpx.AsyncClient, open_page: OpenPage
) -> None:
    await come_in(client, "pilar")
    listening = await asked(client, archive.calls["usual"])
    for name, status in (("", 401), ("jordi", 403)):
        if name:
            await come_in(client, name)
        else:
            await client.delete("/session")
        answers = [
            await client.post("/recordings/search", json=look()),
            await client.post(
                "/recordings/ask", json={"call": archive.calls["usual"], "reason": "porque sí"}
            ),
            await client.post("/recordings/agree", json={"listening": listening}),
            await client.post("/recordings/log", json={}),
            await client.get("/recordings/waiting"),
            await client.get(f"/recordings/about/{listening}"),
            await client.get(f"/recordings/sound/{listening}"),
        ]
        assert {answer.status_code for answer in answers} == {status}
    assert archive.store.ranges == []
    page = await open_page("/recordings")
    await sign_in(page, "jordi")
    await expect(page.get_by_text("Esta página es para supervisión y auditoría")).to_be_visible()


async def test_a_grant_is_for_who_asked_for_it_and_for_a_while(
    archive: Archive, client: httpx.AsyncClient
) -> None:
    await come_in(client, "pilar")
    listening = await asked(client, archive.calls["usual"])
    await come_in(client, "rosa")
    stolen = await client.get(f"/recordings/sound/{listening}")
    assert (stolen.status_code, stolen.json()["error"]["reason"]) == (409, "no_recording")
    await come_in(client, "pilar")
    archive.listening._clock = lambda: time.time() + 1_801
    late = await client.get(f"/recordings/sound/{listening}")
    assert late.json()["error"]["reason"] == "listening_over"


@pytest.mark.parametrize("reason", ["", "  ", "abc", "x" * 201, "a\x00bcdef"])
async def test_without_a_reason_nothing_is_granted(
    archive: Archive, client: httpx.AsyncClient, reason: str
) -> None:
    await come_in(client, "pilar")
    answer = await client.post("/recordings/ask", json={"call": archive.calls["usual"], "reason": reason})
    assert answer.status_code == 422
    assert archive.told(ListeningAsked) == []


async def test_a_protected_persons_recording_takes_two(
    archive: Archive, open_page: OpenPage, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    page, other = await open_page("/recordings"), await open_page("/recordings")
    await sign_in(page, "pilar")
    row = page.get_by_role("row").filter(has_text="Persona con protección especial")
    await row.get_by_role("button", name=re.compile("^Escuchar")).click()
    await page.keyboard.type("investigación interna")
    await page.get_by_role("dialog").get_by_role("button", name="Pedir el acuerdo").click()
    await expect(page.get_by_text("Su petición espera")).to_be_visible()
    assert await page.locator("audio").count() == 0
    await come_in(client, "pilar")
    (waiting,) = (await client.get("/recordings/waiting")).json()["waiting"]
    own = await client.post("/recordings/agree", json={"listening": waiting["listening"]})
    assert own.json()["error"]["reason"] == "not_to_agree"
    alone = await client.get(f"/recordings/sound/{waiting['listening']}")
    assert alone.json()["error"]["reason"] == "second_needed"
    await sign_in(other, "rosa")
    await expect(other.get_by_text("investigación interna")).to_be_visible()
    assert await barriers(other) == []
    await picture(other, tmp_path, "recordings-second")
    await other.get_by_role("button", name=re.compile("Estoy de acuerdo")).click()
    await expect(other.get_by_text("investigación interna")).to_be_hidden()
    await page.get_by_text("Otra persona está de acuerdo").wait_for(timeout=15_000)
    await page.locator(".seconds").get_by_role("button", name="Escuchar").click()
    await until(page, "document.querySelector('audio')?.duration > 119")
    (agreed,) = archive.told(ListeningSeconded)
    (opened,) = archive.told(RecordingOpened)
    assert isinstance(agreed, ListeningSeconded)
    assert isinstance(opened, RecordingOpened)
    assert (agreed.by, agreed.of, opened.by, opened.second) == ("rosa", "pilar", "pilar", "rosa")


async def test_a_person_who_became_protected_after_the_call_takes_two_as_well(
    archive: Archive, client: httpx.AsyncClient
) -> None:
    archive.shielded.add(PERSON)
    await come_in(client, "pilar")
    answer = await client.post(
        "/recordings/ask", json={"call": archive.calls["usual"], "reason": "reclamación"}
    )
    assert answer.json()["state"] == "second"
    alone = await client.get(f"/recordings/sound/{answer.json()['listening']}")
    assert alone.json()["error"]["reason"] == "second_needed"


async def test_what_is_blocked_exists_for_the_authority_only(
    archive: Archive, client: httpx.AsyncClient
) -> None:
    blocked = archive.calls["blocked"]
    for name in ("pilar", "rosa"):
        await come_in(client, name)
        found = (await client.post("/recordings/search", json=look())).json()["found"]
        assert blocked not in [one["call"] for one in found]
        shown = (await client.post("/recordings/search", json=look(state="blocked"))).json()["found"]
        assert shown == []
        refused = await client.post("/recordings/ask", json={"call": blocked, "reason": "curiosidad"})
        unknown = await client.post(
            "/recordings/ask", json={"call": "ventanilla-1795345200.999", "reason": "curiosidad"}
        )
        assert refused.json() == unknown.json()
    assert [type(one) for one in archive.told(ListeningRefused)] == [ListeningRefused] * 4
    await come_in(client, "tomas")
    found = (await client.post("/recordings/search", json=look(state="blocked"))).json()["found"]
    assert [one["call"] for one in found] == [blocked]
    listening = await asked(client, blocked)
    heard = await client.get(f"/recordings/sound/{listening}", headers={"range": "bytes=0-3"})
    assert heard.content == b"RIFF"
    seen = (await client.post("/recordings/log", json={"call": blocked})).json()["log"]
    assert [one["by"] for one in seen] == ["tomas"]
    await come_in(client, "pilar")
    assert (await client.post("/recordings/log", json={"call": blocked})).json()["log"] == []


async def test_recordings_are_found_by_person_request_agent_act_and_state(
    archive: Archive, client: httpx.AsyncClient
) -> None:
    await come_in(client, "pilar")
    usual, protected = archive.calls["usual"], archive.calls["protected"]
    for wishes, expected in (
        ({"person": "12345678Z"}, {usual}),
        ({"person": "00000000T"}, set()),
        ({"person": REFERENCE}, {usual, protected}),
        ({"agent": "jordi"}, {usual, protected}),
        ({"agent": "ana"}, set()),
        ({"agent": "jordi", "person": "12345678Z"}, {usual}),
        ({"act": "bank_account"}, {usual}),
        ({"act": "address"}, set()),
        ({"state": "sealed"}, {usual, protected}),
        ({"state": "partial"}, set()),
    ):
        found = (await client.post("/recordings/search", json=look(**wishes))).json()["found"]
        assert {one["call"] for one in found} == expected, wishes
    whole = (await client.post("/recordings/search", json=look())).json()["found"]
    hidden = next(one for one in whole if one["protected"])
    assert (hidden["request"], hidden["subject"]) == (None, None)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_no_barrier_is_found_and_the_page_reflows(
    open_page: OpenPage, scheme: str, tmp_path: Path
) -> None:
    page = await open_page("/recordings", color_scheme=scheme)
    await expect(page.get_by_label("Usuario")).to_be_visible()
    found = await barriers(page)
    await sign_in(page, "pilar")
    await expect(page.get_by_role("heading", name="Grabaciones encontradas: 2")).to_be_visible()
    assert found + await barriers(page) == []
    await picture(page, tmp_path, f"recordings-{scheme}")
    await page.set_viewport_size({"width": 320, "height": 640})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
