"""The three pages in a real Chromium: what a person sees, presses and hears."""

import json
import re
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.web.conftest import AXE_FOLDER, OpenPage, picture, sign_in
from tests.web.house import CALL
from tests.web.lines import unreachable
from tests.web.samples import card
from tests.web.serve import Office
from web.ports import Subject

pytestmark = pytest.mark.browser

AXE = (AXE_FOLDER / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
TALKING = """() => {
  const phone = { call: 'talking', line: 'registered', since: 0, stop() { this.call = 'torn down'; } };
  document.querySelector('desk-page').phone = phone;
}"""
NEWS = """(said) => {
  const page = document.querySelector('call-page');
  page.entries = said.map((text, at) => ({ text, language: 'es', note: false, number: at + 1 }));
  page.requestUpdate();
}"""


async def barriers(page: Page) -> list[str]:
    """Return what axe-core finds against WCAG 2.2 AA, with the elements."""
    await page.evaluate(AXE)
    found = await page.evaluate(f"axe.run({{ runOnly: {json.dumps(RULES)} }}).then((r) => r.violations)")
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


async def take_place(page: Page) -> None:
    """Sign in as Jordi with a telephone of his own, so that no line of the browser is waited for."""
    await sign_in(page, "jordi")
    await page.get_by_label("Otra dirección SIP").check()
    await page.get_by_role("textbox", name="Dirección SIP").fill("sip:201@192.0.2.7:5060")
    await page.get_by_role("button", name="Ocupar el puesto").click()
    await expect(page.get_by_text("Disponible", exact=True)).to_be_visible()


async def test_a_wrong_password_is_said_once_and_neutrally(open_page: OpenPage) -> None:
    page = await open_page("/desk")
    await page.get_by_label("Usuario").fill("jordi")
    await page.get_by_label("Contraseña").fill("wrong")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert").filter(has_text="No hemos podido darle acceso")).to_be_visible()
    await expect(page.get_by_label("Contraseña")).to_be_focused()
    await expect(page.get_by_label("Contraseña")).to_have_value("")


async def test_an_agent_signs_in_and_works_with_the_keyboard_alone(
    office: Office, open_page: OpenPage
) -> None:
    page = await open_page("/desk")
    await expect(page.get_by_label("Usuario")).to_be_focused()
    await page.keyboard.type("jordi")
    await page.keyboard.press("Tab")
    await page.keyboard.type("jordi-ventanilla")
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Este navegador")).to_be_checked()
    await page.get_by_label("Este navegador").focus()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Tab")
    await page.keyboard.type("sip:201@192.0.2.7")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Disponible", exact=True)).to_be_visible()
    await expect(
        page.get_by_role("button", name="Pausar")
    ).to_be_enabled()  # the answer came, not only the news
    await page.get_by_label("Motivo de la pausa").focus()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("En pausa")).to_be_visible()
    assert office.desk.state_of("jordi")["reason"] == "paperwork"


async def test_a_number_outside_is_chosen_and_never_typed(office: Office, open_page: OpenPage) -> None:
    page = await open_page("/desk")
    await sign_in(page, "jordi")
    await page.get_by_label("Mi número de fuera").check()
    await expect(page.get_by_role("textbox")).to_have_count(0)
    assert await barriers(page) == []
    await page.get_by_role("button", name="Ocupar el puesto").click()
    await expect(page.get_by_text("Número de fuera: pulse 1 al descolgar")).to_be_visible()
    assert office.desk.state_of("jordi")["address"] == "outside"


async def test_scripts_cannot_read_the_session(open_page: OpenPage) -> None:
    page = await open_page("/desk")
    await take_place(page)
    assert await page.evaluate("document.cookie") == ""
    cookies = await page.context.cookies()
    assert [(one["httpOnly"], one["sameSite"]) for one in cookies] == [(True, "Strict")]


async def test_the_card_is_shown_and_stamped_before_any_ringing(office: Office, open_page: OpenPage) -> None:
    page = await open_page("/desk")
    await take_place(page)
    office.desk.reserve("jordi", card())
    await expect(page.get_by_role("heading", name="Mercè Vila Roca")).to_be_visible()
    await expect(page.get_by_text("Catalán")).to_be_visible()
    await expect(page.get_by_text("Nivel 1 · protocolo superado")).to_be_visible()
    await expect(page.get_by_text("2026-000098-4")).to_be_visible()
    await page.evaluate("new Promise((go) => requestAnimationFrame(() => setTimeout(go, 100)))")
    (agent, call, what, shown_at), *rest = office.desk.stamps
    assert (agent, call, what, rest) == ("jordi", CALL, "card_shown", [])
    assert shown_at > office.desk.clock


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"proven": False, "who": "Mercè V. R.", "hidden_requests": 2}, "Sin comprobar"),
        ({"proven": False, "who": "Mercè V. R."}, "Quizá Mercè V. R."),
        ({"protected": True, "who": None, "number": None}, "Persona con protección especial"),
        ({"who": None, "candidates": 3, "proven": False}, "3 personas comparten este número"),
        ({"who": None, "candidates": 0, "proven": False, "crm": "down"}, "El CRM no responde"),
        ({"crm": "slow"}, "El CRM tarda en responder"),
    ],
)
async def test_the_card_says_what_it_does_not_know(
    office: Office, open_page: OpenPage, parts: dict[str, object], words: str
) -> None:
    page = await open_page("/desk")
    await take_place(page)
    office.desk.reserve("jordi", card(**parts))
    await expect(page.get_by_text(words)).to_be_visible()


@pytest.mark.parametrize(
    "parts",
    [
        {"crm": "down"},
        {"who": None, "candidates": 0, "proven": False, "crm": "down"},
        {"who": None, "candidates": 0, "proven": False},
    ],
)
async def test_the_card_of_a_crm_that_is_down_or_of_nobody_known_does_not_say_that_there_is_nothing(
    office: Office, open_page: OpenPage, parts: dict[str, object]
) -> None:
    page = await open_page("/desk")
    await take_place(page)
    office.desk.reserve("jordi", card(open_requests=[], last_contacts=[], cases=[], **parts))
    await expect(page.get_by_role("heading", name="Solicitudes abiertas")).to_have_count(0)
    await expect(page.locator("article.card")).to_be_visible()
    await expect(page.get_by_text("No tiene")).to_have_count(0)
    await expect(page.get_by_text("No constan")).to_have_count(0)
    office.desk.reserve("jordi", card(open_requests=[], last_contacts=[], cases=[]))
    await expect(page.get_by_text("No tiene solicitudes abiertas")).to_be_visible()


async def test_what_a_citizen_is_called_is_shown_as_text_and_never_run(
    office: Office, open_page: OpenPage
) -> None:
    page = await open_page("/desk")
    await take_place(page)
    name = "<img src=x onerror=\"document.title='run'\">"
    office.desk.reserve("jordi", card(who=name))
    await expect(page.get_by_role("heading", name=name)).to_be_visible()
    assert await page.title() == "Puesto · Ventanilla"


async def test_a_contact_is_finished_with_an_outcome_and_notes(office: Office, open_page: OpenPage) -> None:
    page = await open_page("/desk")
    await take_place(page)
    office.desk.reserve("jordi", card())
    office.desk.become("jordi", "talking", call=CALL)
    await page.get_by_label("Notas").fill("Enviará el certificado.")
    office.desk.become("jordi", "wrap_up", call=CALL)
    finish = page.get_by_role("button", name="Terminar y ponerse disponible")
    await expect(finish).to_be_disabled()
    await page.get_by_label("Resuelto").check()
    await finish.click()
    await expect(page.get_by_text("Aún no hay llamada")).to_be_visible()
    assert office.desk.finished == [("jordi", "resolved", "Enviará el certificado.")]


async def test_notes_survive_a_reload_of_the_page(office: Office, open_page: OpenPage) -> None:
    page = await open_page("/desk")
    await take_place(page)
    office.desk.reserve("jordi", card())
    office.desk.become("jordi", "talking", call=CALL)
    await page.get_by_label("Notas").fill("A medias")
    await page.reload()
    await expect(page.get_by_label("Notas")).to_have_value("A medias")
    await expect(page.get_by_role("heading", name="Mercè Vila Roca")).to_be_visible()


async def test_a_caller_is_passed_to_the_second_level_with_a_subject(
    office: Office, open_page: OpenPage
) -> None:
    page = await open_page("/desk")
    await take_place(page)
    office.desk.reserve("jordi", card())
    office.desk.become("jordi", "talking", call=CALL)
    await page.get_by_label("Especialidad").select_option("imv")
    await page.get_by_role("button", name="Pasar la llamada").click()
    await expect(page.get_by_text("Tareas posteriores")).to_be_visible()
    assert office.desk.passed == [("jordi", "imv", 2)]


async def test_a_subject_that_the_institution_adds_is_offered_and_shown_without_touching_the_pages(
    office: Office, open_page: OpenPage
) -> None:
    office.subjects.insert(0, Subject("maternity", {"es": "Nacimiento y cuidado de menor"}))
    page = await open_page("/desk")
    await take_place(page)
    office.desk.reserve("jordi", card(why="maternity"))
    office.desk.become("jordi", "talking", call=CALL)
    await expect(page.get_by_role("definition").get_by_text("Nacimiento y cuidado de menor")).to_be_visible()
    await expect(page.get_by_label("Especialidad")).to_have_value("maternity")
    await page.get_by_role("button", name="Pasar la llamada").click()
    await expect(page.get_by_text("Tareas posteriores")).to_be_visible()
    assert office.desk.passed == [("jordi", "maternity", 2)]


async def test_a_pause_asked_for_while_talking_is_for_afterwards(office: Office, open_page: OpenPage) -> None:
    page = await open_page("/desk")
    await take_place(page)
    office.desk.become("jordi", "talking", call=CALL)
    await page.get_by_role("button", name="Pausar").click()
    await page.get_by_role("button", name="Seguir disponible al terminar").click()
    await expect(page.get_by_role("button", name="Pausar")).to_be_visible()
    assert office.desk.state_of("jordi")["state"] == "talking"


async def test_a_lost_line_is_seen_comes_back_and_touches_no_conversation(
    office: Office, open_page: OpenPage
) -> None:
    page = await open_page("/desk")
    await take_place(page)
    office.desk.reserve("jordi", card())
    await expect(page.get_by_role("heading", name="Mercè Vila Roca")).to_be_visible()
    await page.evaluate(TALKING)
    async with unreachable(page, "/desk/updates"):
        await page.evaluate("document.querySelector('desk-page').line.drop()")
        await expect(page.get_by_text("La conversación sigue")).to_be_visible()
        await expect(page.get_by_role("heading", name="Mercè Vila Roca")).to_be_visible()
    await expect(page.get_by_text("Conectado")).to_be_visible(timeout=15_000)
    assert await page.evaluate("document.querySelector('desk-page').phone.call") == "talking"


async def test_the_desk_speaks_catalan_too(open_page: OpenPage) -> None:
    page = await open_page("/desk")
    await take_place(page)
    await page.get_by_role("button", name="Català").click()
    await expect(page.get_by_role("heading", name="Encara no hi ha trucada")).to_be_visible()
    assert await page.get_attribute("html", "lang") == "ca"


async def test_the_wall_changes_by_itself(office: Office, open_page: OpenPage) -> None:
    page = await open_page("/wall")
    await sign_in(page, "pilar")
    await expect(page.get_by_role("row")).to_have_count(5)
    await expect(page.get_by_text("76 %")).to_be_visible()
    await expect(page.get_by_text(re.compile("atendidas en 180 s o menos"))).to_be_visible()
    await expect(page.get_by_text("Tareas posteriores")).to_be_visible()
    office.wall.change(waiting=[], asterisk={"connected": False, "latency_ms": None})
    await expect(page.get_by_text("No espera nadie")).to_be_visible()
    await expect(page.get_by_text("Sin conexión con la centralita")).to_be_visible()


async def test_the_wall_says_who_is_called_back_and_how_late_the_exchange_is(
    office: Office, open_page: OpenPage, tmp_path: Path
) -> None:
    page = await open_page("/wall")
    await sign_in(page, "pilar")
    kept = page.get_by_role("row").filter(has_text="se le llamará")
    await expect(kept).to_have_count(1)
    await expect(kept.get_by_role("cell").first).to_have_text("3")
    await expect(page.get_by_text("recuperando la llamada")).to_have_count(0)
    await expect(page.get_by_text("como mucho 12,3 ms tarde")).to_be_visible()
    await picture(page, tmp_path, "wall-called-back")
    office.wall.change(asterisk={"connected": True, "latency_ms": 4.0, "late_ms": None})
    await expect(page.get_by_text("Retardo de la centralita: 4 ms.")).to_be_visible()
    await expect(page.get_by_text("ms tarde")).to_have_count(0)


async def test_an_agent_is_told_that_the_wall_is_not_theirs(open_page: OpenPage) -> None:
    page = await open_page("/wall")
    await sign_in(page, "ana")
    await expect(page.get_by_text("Esta página es para supervisión")).to_be_visible()


async def test_the_call_page_offers_the_numbers_in_the_browsers_language(open_page: OpenPage) -> None:
    page = await open_page("/", locale="ca-ES")
    await expect(page.get_by_label("900 20 22 22")).to_be_enabled()
    await expect(page.get_by_text("Ingrés mínim vital")).to_be_visible()
    await expect(page.get_by_role("button", name="Tecla 5")).to_be_disabled()


async def test_a_call_without_a_line_is_explained(open_page: OpenPage) -> None:
    page = await open_page("/")
    await expect(page.locator("main[data-line=lost]")).to_be_visible()
    await page.get_by_role("button", name="Llamar").click()
    await expect(page.get_by_text("No hay conexión con la centralita")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_no_barrier_is_found_on_the_call_page(open_page: OpenPage, scheme: str) -> None:
    page = await open_page("/", color_scheme=scheme)
    await expect(page.get_by_label("901 16 65 65")).to_be_visible()
    await page.evaluate(NEWS, ["Buenos días.", "Pulse 1 para pensiones."])
    await expect(page.get_by_text("Pulse 1 para pensiones.")).to_be_visible()
    assert await barriers(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_no_barrier_is_found_on_the_desk(office: Office, open_page: OpenPage, scheme: str) -> None:
    page = await open_page("/desk", color_scheme=scheme)
    await expect(page.get_by_label("Usuario")).to_be_visible()
    found = await barriers(page)
    await take_place(page)
    found += await barriers(page)
    office.desk.reserve("jordi", card(crm="slow"))
    office.desk.become("jordi", "talking", call=CALL)
    await expect(page.get_by_label("Notas")).to_be_visible()
    found += await barriers(page)
    office.desk.become("jordi", "wrap_up", call=CALL, until=office.desk.clock + 3600)
    await expect(page.get_by_label("Resuelto")).to_be_visible()
    assert found + await barriers(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_no_barrier_is_found_on_the_wall(open_page: OpenPage, scheme: str) -> None:
    page = await open_page("/wall", color_scheme=scheme)
    await sign_in(page, "pilar")
    await expect(page.get_by_text("76 %")).to_be_visible()
    assert await barriers(page) == []


@pytest.mark.parametrize("path", ["/", "/desk", "/wall", "/recordings"])
async def test_pages_reflow_on_a_narrow_screen_without_sideways_scrolling(
    open_page: OpenPage, path: str
) -> None:
    page = await open_page(path)
    await page.set_viewport_size({"width": 320, "height": 640})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
