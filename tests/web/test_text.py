"""The page for writing and the desk's contact in a real Chromium."""

import asyncio
import json
import re

import pytest
from playwright.async_api import Page, expect

from dialplans.grammar import GRAMMARS
from tests.web.conftest import OpenPage
from tests.web.house import CALL
from tests.web.lines import unreachable
from tests.web.patience import until
from tests.web.samples import card
from tests.web.serve import Office
from tests.web.test_pages import barriers, take_place
from web.app import STATIC
from web.text_forms import LINE_LENGTH

TOKEN = "0123456789abcdef0123456789abcdef"
OPEN = {"type": "open", "token": TOKEN, "number": "901166565", "language": "es", "caller": "", "seen": 0}
MENU = {
    "type": "stands",
    "stage": "menu",
    "recording": True,
    "most": 1,
    "choices": [
        {"key": "1", "label": "Para información"},
        {"key": "0", "label": "Para hablar con un agente"},
    ],
}
PERSON = {**MENU, "stage": "person", "most": 0, "choices": []}


def line(number: int, by: str, text: str) -> dict[str, object]:
    return {
        "type": "line",
        "number": number,
        "by": by,
        "text": text,
        "language": "es",
        "at": 1_795_330_000.0,
    }


def note(number: int, key: str) -> dict[str, object]:
    return {"type": "note", "number": number, "by": "machine", "key": key, "language": "es", "at": 1.0}


# ---- the page, in Chromium ----


async def begin(office: Office, page: Page) -> str:
    """Begin to write with the keyboard; give the page's token."""
    await expect(page.get_by_label("901 16 65 65")).to_be_visible()
    await page.locator("#start").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#write")).to_be_focused()
    await until(lambda: bool(office.texts.opened))
    return office.texts.opened[-1].token


@pytest.mark.browser
async def test_a_caller_answers_by_keyboard_and_by_button(office: Office, open_page: OpenPage) -> None:
    page = await open_page("/text")
    token = await begin(office, page)
    assert re.fullmatch("[0-9a-f]{32}", token)
    told = office.texts.page(token)
    told.put_nowait(line(1, "machine", "Para información, pulse 1."))
    told.put_nowait(MENU)
    await expect(page.get_by_role("log").get_by_text("Para información, pulse 1.")).to_be_visible()
    await page.keyboard.type("información")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="0 Para hablar con un agente").press("Enter")
    await expect(page.locator("#write")).to_be_focused()
    assert [word for word in office.texts.heard if word[0] == "entered"] == [
        ("entered", token, "información"),
        ("entered", token, "0"),
    ]
    assert not [word for word in office.texts.heard if word[0] == "typed"], (
        "no letter leaves before a person is there"
    )


@pytest.mark.browser
async def test_letters_go_both_ways_as_they_are_typed_and_a_line_is_announced_once(
    office: Office, open_page: OpenPage
) -> None:
    page = await open_page("/text")
    token = await begin(office, page)
    told = office.texts.page(token)
    told.put_nowait(PERSON)
    await expect(page.get_by_text("Escribiendo con un agente")).to_be_visible()
    await page.keyboard.type("Hola")
    await page.keyboard.press("Backspace")
    told.put_nowait({"type": "typing", "by": "agent", "text": "Buenos dí"})
    await expect(page.locator(".typing .drawn")).to_have_text("Buenos dí")
    assert await page.locator(".typing").get_attribute("aria-live") == "off"
    told.put_nowait(line(7, "agent", "Buenos días"))
    told.put_nowait(line(7, "agent", "Buenos días"))
    await expect(page.get_by_role("log").get_by_text("Buenos días")).to_have_count(1)
    await expect(page.locator(".typing")).to_be_hidden()
    await asyncio.sleep(0.1)
    typed = [word[2] for word in office.texts.heard if word[0] == "typed"]
    assert typed[-1] == "Hol"
    assert len(typed) >= 2


@pytest.mark.browser
async def test_what_an_agent_writes_is_shown_as_text_and_never_run(
    office: Office, open_page: OpenPage
) -> None:
    page = await open_page("/text")
    told = office.texts.page(await begin(office, page))
    evil = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>"
    told.put_nowait(PERSON)
    told.put_nowait({"type": "typing", "by": "agent", "text": evil})
    await expect(page.locator(".typing .drawn")).to_have_text(evil)
    told.put_nowait(line(1, "agent", evil))
    await expect(page.get_by_role("log").get_by_text(evil)).to_be_visible()
    assert "run" not in await page.title()


@pytest.mark.browser
async def test_a_reloaded_page_comes_back_to_its_call_without_dialling_again(
    office: Office, open_page: OpenPage
) -> None:
    page = await open_page("/text")
    token = await begin(office, page)
    office.texts.page(token).put_nowait(MENU)
    await expect(page.get_by_text("Con el sistema automático")).to_be_visible()
    page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
    await page.reload()
    await expect(page.locator("#write")).to_be_visible()
    await until(lambda: len(office.texts.opened) > 1)
    again = office.texts.opened[-1]
    assert (again.token, again.number) == (token, None)


@pytest.mark.browser
async def test_a_lost_line_is_said_and_what_was_written_stays(office: Office, open_page: OpenPage) -> None:
    page = await open_page("/text")
    token = await begin(office, page)
    office.texts.page(token).put_nowait(line(3, "machine", "¿Qué desea?"))
    await expect(page.get_by_text("¿Qué desea?")).to_be_visible()
    async with unreachable(page, "/text/line"):
        office.texts.page(token).put_nowait(None)
        await expect(page.get_by_text("Volviendo a conectar")).to_be_visible()
        await page.keyboard.type("A medias")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("Su texto sigue aquí")).to_be_visible()
    await expect(page.locator(".bar .state")).not_to_have_text("Volviendo", timeout=15_000)
    await expect(page.locator("#write")).to_have_value("A medias")
    await until(lambda: len(office.texts.opened) > 1)
    assert office.texts.opened[-1].seen == 3


@pytest.mark.browser
async def test_a_call_that_is_over_is_said_and_another_can_begin(office: Office, open_page: OpenPage) -> None:
    page = await open_page("/text")
    token = await begin(office, page)
    office.texts.page(token).put_nowait(line(1, "machine", "Adiós."))
    office.texts.page(token).put_nowait({**MENU, "stage": "ended", "most": 0, "choices": []})
    await expect(page.get_by_text("La conversación ha terminado")).to_be_visible()
    await expect(page.locator("#start")).to_be_focused()
    await expect(page.get_by_text("Adiós.")).to_be_visible()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_no_barrier_is_found_where_people_write(
    office: Office, open_page: OpenPage, scheme: str
) -> None:
    page = await open_page("/text", color_scheme=scheme)
    await expect(page.get_by_label("901 16 65 65")).to_be_visible()
    found = await barriers(page)
    told = office.texts.page(await begin(office, page))
    for message in (line(1, "machine", "Para información, pulse 1."), line(2, "caller", "1"), MENU):
        told.put_nowait(message)
    await expect(page.get_by_role("button", name="1 Para información")).to_be_visible()
    found += await barriers(page)
    for message in (note(3, "text.note.person"), line(4, "agent", "Buenos días"), PERSON):
        told.put_nowait(message)
    told.put_nowait({"type": "typing", "by": "agent", "text": "¿En qué pued"})
    await expect(page.locator(".typing")).to_be_visible()
    assert found + await barriers(page) == []


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 640])
async def test_the_page_fits_a_telephone_and_two_hundred_per_cent(
    office: Office, open_page: OpenPage, width: int
) -> None:
    page = await open_page("/text")
    await page.set_viewport_size({"width": width, "height": 640})
    told = office.texts.page(await begin(office, page))
    told.put_nowait(line(1, "agent", "W" * LINE_LENGTH))
    told.put_nowait(MENU)
    await expect(page.get_by_role("button", name="0 Para hablar con un agente")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= width


LANGUAGE_NAMES = dict(
    re.findall(r"(\w+): '(\w+)'", (STATIC / "js" / "header.js").read_text(encoding="utf-8"))
)


def test_every_language_that_is_spoken_can_be_chosen_on_the_page() -> None:
    assert set(GRAMMARS) <= set(LANGUAGE_NAMES)


@pytest.mark.browser
@pytest.mark.parametrize("language", sorted(set(GRAMMARS) - {"es"}))
async def test_the_page_is_there_in_every_language(open_page: OpenPage, language: str) -> None:
    page = await open_page("/text")
    await page.get_by_role("button", name=LANGUAGE_NAMES[language], exact=True).click()
    title = json.loads(await page.evaluate(f"fetch('/static/texts/{language}.json').then((r) => r.text())"))
    await expect(page.get_by_role("heading", name=title["text.title"])).to_be_visible()
    await expect(page.locator("#start")).to_have_text(title["text.start"])


# ---- the desk, in Chromium ----


@pytest.mark.browser
async def test_an_agent_takes_a_contact_with_the_card_beside_it_and_writes(
    office: Office, open_page: OpenPage
) -> None:
    page = await open_page("/desk")
    await take_place(page)
    told = office.texts.desk("jordi")
    office.desk.reserve("jordi", card())
    contact = {"type": "contact", "call": CALL, "taken": False, "language": "es"}
    told.put_nowait(contact)
    await expect(page.get_by_role("alert").filter(has_text="Quiere escribir con usted")).to_be_visible()
    await expect(page.get_by_role("button", name="Atender")).to_be_focused()
    assert await barriers(page) == []
    await page.keyboard.press("Alt+KeyA")
    told.put_nowait({**contact, "taken": True})
    office.desk.become("jordi", "talking", call=CALL)
    told.put_nowait({"type": "typing", "by": "caller", "text": "Hol"})
    await expect(page.locator(".typing .drawn")).to_have_text("Hol")
    told.put_nowait(line(9, "caller", "Hola"))
    await expect(page.get_by_role("log").get_by_text("Hola")).to_be_visible()
    await page.get_by_label("Escriba aquí").focus()
    await page.keyboard.type("Sí")
    await page.keyboard.press("Enter")
    assert await barriers(page) == []
    await page.get_by_role("button", name="Terminar la conversación").click()
    told.put_nowait({"type": "contact", "call": None})
    await expect(page.get_by_label("Escriba aquí")).to_have_count(0)
    heard = [word for word in office.texts.heard if word[0] != "agent typed"]
    assert heard == [
        ("take", "jordi", CALL),
        ("agent entered", "jordi", CALL, "Sí"),
        ("agent ended", "jordi", CALL),
    ]
    assert office.texts.heard[1][0] == "agent typed"
    assert {stamp[2] for stamp in office.desk.stamps} == {"card_shown", "rang"}
