"""The link into a CRM that only knows links, and a card of some minutes ago, in a real Chromium."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.web.conftest import OpenPage, picture
from tests.web.samples import card
from tests.web.serve import Office
from tests.web.test_pages import barriers, take_place

pytestmark = pytest.mark.browser


async def test_the_card_has_a_link_into_the_crm_and_it_opens_by_itself_where_that_is_wanted(
    office: Office, open_page: OpenPage, tmp_path: Path
) -> None:
    page = await open_page("/desk")
    await take_place(page)
    address = f"{office.url}/static/icon.svg?tel=%2B34931234567"
    office.desk.reserve("jordi", card(pop={"url": address, "opens": False}))
    link = page.get_by_role("link", name="Abrir en el CRM")
    await expect(link).to_have_attribute("href", address)
    await expect(link).to_have_attribute("rel", "noopener noreferrer")
    assert await barriers(page) == []
    await picture(page, tmp_path, "desk-pop")
    async with page.context.expect_page() as opened:
        other = card(call="ventanilla-1795330000.13", pop={"url": address, "opens": True})
        office.desk.reserve("jordi", other)
    tab = await opened.value
    assert tab.url == address
    assert await tab.evaluate("window.opener") is None
    assert [stamp[2] for stamp in office.desk.stamps] == ["card_shown", "card_shown"]


async def test_a_card_out_of_memory_says_of_when_it_is(office: Office, open_page: OpenPage) -> None:
    page = await open_page("/desk")
    await take_place(page)
    office.desk.reserve("jordi", card(crm="slow", as_of=1_795_330_000.0))
    await expect(page.get_by_text("Lo que se ve es lo que el CRM dijo a las")).to_be_visible()


async def test_the_card_names_the_other_body_that_the_caller_wants(
    office: Office, open_page: OpenPage
) -> None:
    page = await open_page("/desk")
    await take_place(page)
    office.desk.reserve("jordi", card(transfer_to={"body": "sepe", "telephone": "+34919266970"}))
    await expect(page.get_by_text("Quiere hablar con")).to_be_visible()
    await expect(page.get_by_text("SEPE · 919 26 69 70")).to_be_visible()
    assert await barriers(page) == []
