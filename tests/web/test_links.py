"""Short links: one step to where they lead, and a kind word where they lead no more."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from messages.adapters.links import SqlLinks
from messages.adapters.outbox import Outbox
from messages.adapters.tables import metadata
from messages.links import GOOD_FOR_DAYS, token
from tests.databases import DIALECTS, opened
from tests.messages.post import SEAL, WORDING
from tests.web.serve import FORM, GOOD_TOKEN

NOW = 1_795_345_200.0
DAY_S = 86_400.0
UNDER = "https://inss.example/l/"
KEY = b"a key of the tests"


@pytest.fixture(params=DIALECTS)
async def clocked(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[tuple[SqlLinks, list[float], Outbox]]:
    async with opened(request.param, tmp_path, metadata) as engine:
        now = [NOW]
        links = SqlLinks(engine, KEY, UNDER, lambda: now[0])
        yield links, now, Outbox(engine, lambda _: None, lambda: now[0], SEAL, WORDING, links=links)


async def test_everybody_who_is_sent_a_form_in_a_month_has_the_same_link_and_it_counts(
    clocked: tuple[SqlLinks, list[float], Outbox],
) -> None:
    links, now, _ = clocked
    short = await links.short(FORM, NOW)
    assert short == await links.short(FORM, NOW + DAY_S) == UNDER + token(KEY, FORM, NOW)
    assert short != await links.short(FORM, NOW + 32 * DAY_S), "a new month, a new link"
    word = short.removeprefix(UNDER)
    assert [await links.opened(word) for _ in range(3)] == [FORM] * 3
    assert await links.figures() == ((FORM, 3),)
    assert await links.opened("aaaaaaaa") is None
    now[0] = NOW + (GOOD_FOR_DAYS + 1) * DAY_S - 1
    assert await links.opened(word) == FORM, "it was sent again a day later, and is good from then"
    now[0] += DAY_S
    assert await links.opened(word) is None
    await links.tidy()
    assert len(await links.figures()) == 1


async def test_a_message_has_the_short_link_and_nothing_that_runs_in_a_page_gets_one(
    clocked: tuple[SqlLinks, list[float], Outbox],
) -> None:
    links, _, outbox = clocked
    for target in ("javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//elsewhere.example"):
        assert await links.short(target, NOW) == target
    fields = {"title": "Jubilación", "link": FORM}

    class To:
        language, number, email, person = "es", "+34600123456", None, None

    assert await outbox.leave("form.link", To(), fields, "call-1:forms:1")
    letter = await outbox.letter(1)
    assert letter is not None
    assert letter.text.endswith(UNDER + token(KEY, FORM, NOW))


async def test_a_link_leads_on_and_one_that_is_gone_says_so_in_six_languages(
    client: httpx.AsyncClient,
) -> None:
    led = await client.get(f"/l/{GOOD_TOKEN}")
    assert (led.status_code, led.headers["location"], led.headers["cache-control"]) == (302, FORM, "no-store")
    assert led.headers["referrer-policy"] == "no-referrer"
    for wrong in ("abcdefg3", "ABCDEFG2", "x"):
        gone = await client.get(f"/l/{wrong}")
        assert gone.status_code == 410
        assert gone.text.count("lang=") == 6
