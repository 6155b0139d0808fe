"""An agent holds a consent episode at the desk: by mouse, by keyboard alone, and against every barrier axe knows."""

from pathlib import Path

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.web.conftest import OpenPage, picture
from tests.web.house import CALL, EPISODE, STATEMENT, no_episode, shown_episode
from tests.web.samples import card
from tests.web.serve import Office
from tests.web.test_pages import barriers, take_place


async def at_a_call(office: Office, open_page: OpenPage) -> Page:
    page = await open_page("/desk")
    await take_place(page)
    office.desk.reserve("jordi", card())
    office.desk.become("jordi", "talking", call=CALL)
    await expect(page.get_by_role("heading", name="Consentimiento en grabación")).to_be_visible()
    return page


async def come_in(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.post("/session", json={"name": name, "password": f"{name}-ventanilla"})
    assert answer.status_code == 200


@pytest.mark.browser
async def test_an_agent_reads_the_statement_in_the_callers_language_and_the_caller_accepts(
    office: Office, open_page: OpenPage, tmp_path: Path
) -> None:
    page, desk = await at_a_call(office, open_page), office.desk
    await page.get_by_label("Qué se consiente").select_option("bank_account")
    await page.get_by_label("De qué se trata").fill("1332")
    assert await barriers(page) == []
    await page.get_by_role("button", name="Empezar").click()
    statement = page.locator("#statement")
    await expect(statement).to_have_text(STATEMENT)
    await expect(statement).to_have_attribute("lang", "ca")
    await expect(page.get_by_role("button", name="Acepta", exact=False)).to_have_count(0)
    assert await barriers(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing stands outside"
    await picture(page, tmp_path, "desk-consent")
    await page.get_by_role("button", name="Lo he leído entero").click()
    await expect(page.get_by_text("Pregunte si está de acuerdo")).to_be_visible()
    await page.get_by_role("button", name="Acepta", exact=False).first.click()
    await expect(page.get_by_text("Ha aceptado. Consta en la grabación.")).to_be_visible()
    assert await barriers(page) == []
    assert desk.consents == [
        ("begin", "bank_account", "1332"),
        ("read", EPISODE, ""),
        ("accepted", EPISODE, ""),
    ]


@pytest.mark.browser
async def test_an_episode_is_held_with_the_keyboard_alone(office: Office, open_page: OpenPage) -> None:
    page, desk = await at_a_call(office, open_page), office.desk
    await page.locator("#act").focus()
    await page.keyboard.press("Tab")
    await page.keyboard.type("1332")
    await page.keyboard.press("Enter")
    await expect(page.locator("#statement")).to_be_focused()
    await page.keyboard.press("Alt+s")  # not before it was read
    await page.keyboard.press("Tab")
    await expect(page.locator("#consent-next")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Pregunte si está de acuerdo")).to_be_visible()
    await expect(page.locator("#consent-next")).to_be_focused()
    await page.locator("#notes").focus()  # wherever the agent is writing
    await page.keyboard.press("Alt+n")
    await expect(page.get_by_text("No ha aceptado. No se cambia nada.")).to_be_visible()
    assert [step for step, *_ in desk.consents] == ["begin", "read", "refused"]


@pytest.mark.browser
async def test_a_colleague_who_gets_the_caller_sees_the_episode_and_can_stop_it(
    office: Office, open_page: OpenPage
) -> None:
    page, desk = await at_a_call(office, open_page), office.desk
    desk.feed("jordi").say(shown_episode(read=False))
    await expect(page.locator("#statement")).to_have_text(STATEMENT)
    desk.feed("jordi").say({"type": "legs", "call": CALL, "stage": "held", "agent": "jordi", "second": None})
    await expect(page.get_by_text("La persona no le oye.")).to_be_visible()
    await page.get_by_role("button", name="Interrumpir").click()
    await expect(page.get_by_text("Interrumpido. No se cambia nada.")).to_be_visible()
    desk.feed("jordi").say(no_episode())
    assert desk.consents == [("interrupted", EPISODE, "")]


async def test_what_is_no_episode_no_act_or_no_line_is_refused(client: httpx.AsyncClient) -> None:
    await come_in(client, "jordi")
    wrong = [
        ("/desk/consent", {"act": "Cuenta", "detail": ""}),
        ("/desk/consent", {"act": "bank_account", "detail": "x" * 201}),
        ("/desk/consent", {"act": "bank_account", "detail": "uno\ndos"}),
        ("/desk/consent", {"act": "bank_account", "detail": "", "more": 1}),
        ("/desk/consent/accepted", {"episode": "1"}),
        ("/desk/consent/accepted", {}),
        ("/desk/consent/believed", {"episode": EPISODE}),
    ]
    for path, body in wrong:
        assert (await client.post(path, json=body)).status_code == 422, (path, body)


async def test_only_agents_hold_episodes(client: httpx.AsyncClient) -> None:
    assert (await client.get("/desk/acts")).status_code == 401
    await come_in(client, "pilar")
    for path in ("/desk/consent", "/desk/consent/accepted"):
        assert (await client.post(path, json={"act": "bank_account"})).status_code == 403
