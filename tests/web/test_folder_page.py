"""The folder and the work between calls in a real Chromium, over the real folders: by keyboard, without barriers."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect
from sqlalchemy import insert

from crm_bridge.adapters.seeding import EARLIER
from crm_bridge.facts import RequestClassified, RequestHandled, RequestNoted, RequestOpened
from crm_bridge.requests import reference
from crm_bridge.writes import Contacted, Open
from server.facts import CallPlaced
from server.facts_store import facts
from server.topics import written
from tests.crm_bridge.conftest import NOON
from tests.server.folder_office import MARIA, PROTECTED, FolderOffice, folder_office
from tests.web.samples import card
from tests.web.test_pages import barriers

pytestmark = pytest.mark.browser
DUE = reference(2026, 600)


@dataclass
class Seat:
    """An agent at a desk: the office behind it, and their page."""

    office: FolderOffice
    page: Page

    async def talk(self, person: str, level: int) -> None:
        """Have the floor and the page agree that the agent talks with somebody."""
        call = await self.office.talk("ana", person, level)
        self.office.desk.reserve("ana", card(call=call, proven_level=level, who="María García López"))
        self.office.desk.become("ana", "talking", call=call)


@pytest.fixture
async def seat(tmp_path: Path, chromium: Browser) -> AsyncIterator[Seat]:
    async with folder_office(tmp_path) as office:
        delivering = asyncio.create_task(office.bridge.run())
        await _past(office)
        context = await chromium.new_context(base_url=office.url, locale="es-ES")
        page = await context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto("/desk")
        await page.get_by_label("Usuario").fill("ana")
        await page.get_by_label("Contraseña").fill("ana-ventanilla")
        await page.keyboard.press("Enter")
        await page.get_by_label("Otra dirección SIP").check()
        await page.get_by_role("textbox", name="Dirección SIP").fill("sip:201@192.0.2.7:5060")
        await page.get_by_role("button", name="Ocupar el puesto").click()
        await expect(page.get_by_text("Disponible", exact=True)).to_be_visible()
        yield Seat(office, page)
        await context.close()
        delivering.cancel()
        assert complaints == []


async def _past(office: FolderOffice) -> None:
    """Give María a due request, and more contacts than a page holds."""
    opened = Open(
        DUE,
        "ventanilla-1795000000.1",
        MARIA,
        "pension",
        "telephone",
        7,
        1,
        NOON - 90_000,
        due_at=NOON - 3_600,
    )
    await office.bridge.post("due", None, opened)
    for number in range(22):
        way, direction = (("sms", "out"), ("counter", "in"))[number % 2]
        met = Contacted(
            DUE, f"met-{number}", way, direction, "pension", NOON - 80_000 + number, notes=f"Nota {number}"
        )
        await office.bridge.post(f"met-{number}", None, met)
    await office.bridge.deliver()


async def _asked_today(office: FolderOffice) -> None:
    """Put a morning's facts on record: what was asked, from where, and what was done."""
    subjects = ("pension", "pension", "subsidy", "general", "health_card", "pension", "imv", "general")
    said: list[object] = []
    for number, subject in enumerate(subjects):
        call, request = f"ventanilla-17953300{number:02}.1", f"r{number}"
        said += [CallPlaced(call, "Barcelona", NOON - 60), RequestOpened(call, request, subject, NOON - 60)]
    said += [
        RequestClassified("ventanilla-1795330003.1", "r3", "general", "certificate", NOON - 50),
        RequestNoted("ventanilla-1795330000.1", "r0", "ana", "resolved", NOON - 40),
        RequestHandled(None, "r1", "ana", "escalate", None, NOON - 30),
    ]
    async with office.engine.begin() as connection:
        await connection.execute(insert(facts), [written(one) or {} for one in said])


async def _pictured(page: Page, folder: Path, name: str) -> None:
    place = Path(os.environ.get("VENTANILLA_SCREENSHOTS", folder))
    await page.screenshot(path=place / f"{name}.png", full_page=True)


async def test_the_folder_of_who_is_proven_can_be_opened_when_the_crm_is_back(seat: Seat) -> None:
    call = await seat.office.talk("ana", MARIA, 1)
    lost = card(call=call, proven_level=1, who=None, proven=False, candidates=0, crm="down")
    seat.office.desk.reserve("ana", {**lost, "open_requests": [], "last_contacts": [], "cases": []})
    seat.office.desk.become("ana", "talking", call=call)
    await seat.page.get_by_role("button", name="Abrir la carpeta").click()
    await expect(seat.page.get_by_text("***4567**")).to_be_visible()


async def test_a_folder_is_opened_leafed_through_and_a_request_escalated_with_the_keyboard(
    seat: Seat, tmp_path: Path
) -> None:
    page = seat.page
    await seat.talk(MARIA, 1)
    await expect(page.get_by_role("button", name="Abrir la carpeta")).to_be_visible()
    await page.keyboard.press("Alt+c")
    await expect(page.get_by_text("***4567**")).to_be_visible()
    await expect(page.locator("#folder")).to_be_focused()
    await expect(page.get_by_text("12345678Z")).to_have_count(0)
    older = page.get_by_role("button", name="Anteriores")
    await older.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Nota 0")).to_be_visible()
    request = page.get_by_role("button", name=DUE)
    await request.focus()
    await page.keyboard.press("Enter")
    await expect(request).to_have_attribute("aria-expanded", "true")
    await page.get_by_text("Escalar").first.focus()
    await page.keyboard.press("Enter")
    await page.get_by_label("Motivo").fill("Importe en duda")
    await _pictured(page, tmp_path, "folder-open")
    assert await barriers(page) == []
    await page.get_by_role("button", name="Escalar", exact=True).click()
    await expect(page.locator(".whole dd", has_text="Importe en duda")).to_be_visible()
    await page.get_by_role("button", name="Cerradas").click()
    await expect(page.get_by_role("button", name=EARLIER)).to_be_visible()
    await expect(page.get_by_role("button", name=DUE)).to_have_count(0)


async def test_due_work_is_taken_and_finished_between_calls_and_a_call_comes_first(
    seat: Seat, tmp_path: Path
) -> None:
    page, office = seat.page, seat.office
    await office.floor.sign_in("ana")
    office.desk.become("ana", "ready", address="sip:201@192.0.2.7:5060")
    await expect(page.get_by_text("Vence 1 solicitud.")).to_be_visible()
    await page.keyboard.press("Alt+w")
    await expect(page.locator("#work")).to_be_focused()
    await expect(page.get_by_text("Nota 21")).to_be_visible()
    await _pictured(page, tmp_path, "work-between-calls")
    assert await barriers(page) == []
    await page.locator("#work-notes").fill("A medias")
    await seat.talk(MARIA, 1)
    await expect(page.get_by_role("heading", name="María García López")).to_be_visible()
    await expect(page.get_by_text(f"La solicitud {DUE} le espera")).to_be_visible()
    call = str(office.desk.state_of("ana")["call"])
    office.floor.ended(call)
    await office.floor.wrap_up_done("ana")
    office.desk.become("ana", "ready", address="sip:201@192.0.2.7:5060")
    await expect(page.locator("#work-notes")).to_have_value("A medias")
    await page.get_by_label("Resuelto").check()
    await page.get_by_role("button", name="Terminar esta solicitud").click()
    await expect(page.get_by_text("Aún no hay llamada")).to_be_visible()
    whole = await office.crm.request(DUE)
    assert whole is not None
    assert whole.request.state == "resolved"
    assert [one.agent for one in whole.contacts if one.notes == "A medias"] == ["ana"]


async def test_a_supervisor_sees_what_is_asked_for_today(seat: Seat, tmp_path: Path) -> None:
    page = seat.page
    await _asked_today(seat.office)
    await page.context.clear_cookies()
    await page.goto("/requests")
    await page.get_by_label("Usuario").fill("pilar")
    await page.get_by_label("Contraseña").fill("pilar-ventanilla")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Por asunto")).to_be_visible()
    await expect(page.get_by_role("rowheader", name="Información general de pensiones")).to_be_visible()
    await expect(page.get_by_role("row", name="Barcelona")).to_be_visible()
    await page.get_by_role("button", name=DUE).click()
    await page.get_by_text("Asignar", exact=True).first.click()
    await page.get_by_label("Persona").select_option("marta")
    await _pictured(page, tmp_path, "requests-today")
    assert await barriers(page) == []
    await page.get_by_role("button", name="Asignar").click()
    await expect(page.get_by_text("Nivel 1 · Marta Gil")).to_be_visible()
    await page.set_viewport_size({"width": 320, "height": 640})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320


async def test_a_supervisor_is_the_second_person_for_a_protected_folder(seat: Seat, tmp_path: Path) -> None:
    page, office = seat.page, seat.office
    await office.talk("iria", PROTECTED, 2)
    iria = await office.enter("iria")
    await iria.post("/desk/unseal", json={"reason": "Cita del juzgado"})
    await page.context.clear_cookies()
    await page.goto("/wall")
    await page.get_by_label("Usuario").fill("pilar")
    await page.get_by_label("Contraseña").fill("pilar-ventanilla")
    await page.keyboard.press("Enter")
    asked = page.get_by_role("alert").filter(has_text="Motivo: Cita del juzgado")
    await expect(asked).to_be_visible()
    await _pictured(page, tmp_path, "second-person")
    assert await barriers(page) == []
    await page.get_by_role("button", name="Conforme", exact=True).focus()
    await page.keyboard.press("Enter")
    await expect(asked).to_have_count(0)
    folder = (await iria.get("/desk/folder")).json()
    assert (folder["sealed"], folder["citizen"]["name"]) == (False, "Ana Ramos Gil")
