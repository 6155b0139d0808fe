"""Telephones that vanish without a BYE: a dead battery, a closed laptop, a lost network."""

import asyncio
import subprocess
import sys

import pytest
from playwright.async_api import expect

from tests.browsers import browser, page
from tests.calls.centre import Centre
from tests.calls.conftest import OpenCentre

pytestmark = [
    pytest.mark.asterisk,
    pytest.mark.slow,
    pytest.mark.timeout(420),
]  # short: tests/probe/test_vanishing.py

SILENT_S = 5
TO_THE_QUEUE = 240  # seconds of speech until the place in line, on a busy machine


@pytest.fixture(scope="module")
def centre(open_centre: OpenCentre) -> Centre:
    return open_centre(silent_seconds=SILENT_S)


@pytest.mark.browser
async def test_a_browser_whose_microphone_is_off_is_not_taken_for_gone(centre: Centre) -> None:
    async with browser() as street, page(street) as (citizen, _):
        await citizen.goto(centre.page)
        await citizen.get_by_role("button", name="Llamar").click()
        await citizen.get_by_role("button", name="Silenciar").click(timeout=60_000)
        await expect(citizen.get_by_text("Micrófono silenciado")).to_be_visible()
        await asyncio.sleep(4 * SILENT_S)
        await expect(citizen.get_by_role("button", name="Colgar")).to_be_visible()
        there = await asyncio.to_thread(centre.installation.asterisk.ask, "core show channels concise")
        assert "PJSIP/browser-" in there


async def test_a_telephone_that_was_killed_leaves_the_line(centre: Centre) -> None:
    words = ["call", "--to", "901166565", "--from", "+34931234567", "--server", centre.sip, "--stay"]
    words += ["--press", "1@language.offer~0,0@menu.main~0", "--seconds", "400"]
    caller = await asyncio.to_thread(
        subprocess.Popen, [sys.executable, "-m", "server.cli", *words], stdout=subprocess.DEVNULL
    )
    try:
        (place,) = await centre.until(
            "SELECT call FROM queues_places WHERE agent IS NULL", within=TO_THE_QUEUE
        )
        # They listen to music for longer than the limit: who sends sound is not taken for gone.
        await asyncio.sleep(2 * SILENT_S)
        assert await centre.rows("SELECT call FROM queues_places WHERE agent IS NULL") == [place]
    finally:
        caller.kill()
        await asyncio.to_thread(caller.wait)
    left = "SELECT n FROM (SELECT count(*) AS n FROM queues_places WHERE agent IS NULL) AS c WHERE n = 0"
    await centre.until(left, within=60)
    await centre.until("SELECT 1 FROM recordings_recordings WHERE state = 'sealed'", within=60)
