"""The live text of a call keeps pace with the voice: what is said in one breath is told at once."""

import pytest
from playwright.async_api import Page

from tests.web.conftest import OpenPage

pytestmark = pytest.mark.browser

# A part of 40 letters takes about three seconds to say.
TOLD = """async () => {
  const { Pace } = await import('@PACE@');
  const shown = [];
  const pace = new Pace((part) => shown.push(part.text[0]));
  const say = (letter) => pace.say({ text: letter.repeat(40) });
  const after = (ms) => new Promise((done) => setTimeout(done, ms));
  const seen = [];
  const look = () => seen.push(shown.join(''));
  say('a'); say('b'); say('c'); look();
  await after(@WAIT@);
  @THEN@
  look();
  return seen;
}"""


async def told(page: Page, wait_ms: int, then: str) -> list[str]:
    script = TOLD.replace("@PACE@", "/static/js/call/pace.js").replace("@WAIT@", str(wait_ms))
    seen: list[str] = await page.evaluate(script.replace("@THEN@", then))
    return seen


async def test_parts_of_one_breath_are_shown_one_after_the_other(open_page: OpenPage) -> None:
    page = await open_page("/")
    first, at_last = await told(page, 10_000, "")
    assert first == "a"
    assert at_last == "abc"


async def test_what_is_cut_short_and_what_ends_the_call_hold_nothing_back(open_page: OpenPage) -> None:
    page = await open_page("/")
    assert (await told(page, 1_000, "say('d');"))[1] == "abcd"
    assert (await told(page, 0, "pace.hurry();"))[1] == "abc"
