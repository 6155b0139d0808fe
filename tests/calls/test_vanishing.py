"""Telephones that vanish without a BYE: a dead battery, a closed laptop, a lost network."""

import asyncio
import subprocess
import sys

import pytest

from tests.calls.conftest import OpenCentre

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(420)]

SILENT_S = 5
TO_THE_QUEUE = 240  # seconds of speech until the place in line, on a busy machine


async def test_a_telephone_that_was_killed_leaves_the_line(open_centre: OpenCentre) -> None:
    centre = await asyncio.to_thread(open_centre, silent_seconds=SILENT_S)
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
