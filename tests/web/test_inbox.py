"""The messages of a call on its page: only in the demonstration, announced, readable, without barriers."""

import pytest
from playwright.async_api import expect

from tests.web.conftest import OpenPage
from tests.web.test_pages import barriers

pytestmark = pytest.mark.browser

LETTERS = """(letters) => {
  const page = document.querySelector('call-page');
  page.letters = letters;
  page.requestUpdate();
}"""
CODE = {"text": "123456 es su código.", "language": "es", "to": "… 456", "at": 1_795_345_200.0}
WORD = {"text": "Your card is on its way.", "language": "en", "to": "… 456", "at": 1_795_345_000.0}


async def test_the_letters_of_a_call_are_read_where_they_are_announced_and_keep_their_language(
    open_page: OpenPage,
) -> None:
    page = await open_page("/")
    log = page.get_by_role("log", name="Mensajes al móvil")
    await expect(page.get_by_text("Aquí verá los mensajes")).to_be_visible()
    await page.evaluate(LETTERS, [CODE, WORD])
    await expect(log.get_by_role("article")).to_have_count(2)
    await expect(log.get_by_role("article").first).to_contain_text("123456 es su código.")
    await expect(log.get_by_text("Your card is on its way.")).to_have_attribute("lang", "en")
    assert await barriers(page) == []


async def test_a_letter_is_only_text_whatever_it_says(open_page: OpenPage) -> None:
    page = await open_page("/")
    await expect(page.get_by_text("Aquí verá los mensajes")).to_be_visible()
    await page.evaluate(LETTERS, [{**CODE, "text": "<img src=x onerror=alert(1)>"}])
    await expect(page.get_by_text("<img src=x onerror=alert(1)>")).to_be_visible()
    await expect(page.locator(".letters img")).to_have_count(0)
