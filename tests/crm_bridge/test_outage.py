"""A CRM killed under load, in the middle of its writes: nothing is lost and nothing twice, counted in the CRM."""

import asyncio
import contextlib
import json
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from crm_bridge.adapters.bridge import Limits
from crm_bridge.card import Contact
from crm_bridge.connectors.http import connect
from crm_bridge.facts import CrmBack, CrmLost
from tests.crm_bridge.load import Load, under_load
from tests.crm_bridge.strangers import NO_ENGINE, Stranger, a_stranger

# A write is stored that long before it is answered, so that a kill hits many that are stored and not known to be.
ANSWERS_AFTER_S = 0.05


async def compared(load: Load, stranger: Stranger) -> tuple[int, int]:
    """Count in the CRM's own file; how many writes and contacts are there."""
    with contextlib.closing(sqlite3.connect(stranger.database)) as db:
        keys: int = db.execute("SELECT count(*) FROM keys").fetchone()[0]
        contacts = [Contact(**json.loads(row[0])) for row in db.execute("SELECT record FROM contacts")]
        requests = [row[0] for row in db.execute("SELECT reference FROM requests")]
    assert keys == await load.compare(requests, contacts)
    return keys, len(contacts)


async def test_a_crm_killed_again_and_again_in_the_middle_of_its_writes_has_everything_once(
    tmp_path: Path,
) -> None:
    began = time.monotonic()

    def fifty_times_as_fast() -> float:  # so that the breaker's ten seconds are a fifth of one
        return 1_795_345_200.0 + (time.monotonic() - began) * 50

    limits = Limits(card=0.25, register=1.0, write=1.0)
    async with (
        a_stranger(tmp_path, ANSWERS_AFTER_S) as stranger,
        connect(NO_ENGINE, b"", stranger.options) as crm,
        under_load(tmp_path, crm, limits, fifty_times_as_fast) as load,
    ):
        going = True
        calling = asyncio.create_task(load.calls(0, 0.02, lambda: going), name="calls")
        for _ in range(3):
            await asyncio.sleep(0.4)
            await stranger.kill()
            await asyncio.sleep(0.3)
            await stranger.start(ANSWERS_AFTER_S)
        going = False
        await calling
        await load.drained()
        keys, contacts = await compared(load, stranger)
    assert (keys > 4 * contacts, contacts > 20) == (True, True)
    assert load.cards["down"] > 0
    assert {type(fact) for fact in load.facts} >= {CrmLost, CrmBack}


@pytest.mark.slow
@pytest.mark.timeout(1200)
async def test_a_crm_dead_for_five_minutes_under_load_has_everything_once(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    async with (
        a_stranger(tmp_path) as stranger,
        connect(NO_ENGINE, b"", stranger.options) as crm,
        under_load(tmp_path, crm, Limits(), time.time) as load,
    ):
        going = True
        calling = asyncio.create_task(load.calls(0, 0.1, lambda: going), name="calls")
        await asyncio.sleep(20)
        await stranger.kill()
        await asyncio.sleep(300)
        await stranger.start()
        back = time.monotonic()
        await asyncio.sleep(20)
        going = False
        await calling
        await load.drained()
        drained_s = time.monotonic() - back
        keys, contacts = await compared(load, stranger)
    record_property("writes, calls, cards", f"{keys}, {contacts}, {dict(load.cards)}")
    record_property("all in the CRM after it was back, s", round(drained_s))
    assert load.cards["down"] > 1_000
