"""The demonstration: made-up citizens, agents and accounts, put in place again and again without harm."""

from __future__ import annotations

import time

from sqlalchemy.ext.asyncio import AsyncEngine

from corporate.adapters.seeding import seed as seed_corporate
from crm_bridge.adapters.seeding import seed
from crm_bridge.demonstration import INHABITANTS
from queues.adapters.store import SqlStore
from queues.demonstration import demonstration_agents
from web.adapters.accounts import Accounts
from web.ports import PretendedCaller

AREAS = {"+3491": "Madrid", "+3493": "Barcelona", "+3498": "A Coruña", "+3496": "València"}


async def furnish(engine: AsyncEngine, register: bytes) -> None:
    """Put citizens, agents and accounts in place; `register` keys the citizens' answers."""
    await seed(engine, register)
    await seed_corporate(engine, time.time())
    store = SqlStore(engine)
    await store.open()
    try:
        await store.enrol(demonstration_agents())
    finally:
        await store.close()
    await Accounts(engine).add_demonstration()


def callers() -> tuple[PretendedCaller, ...]:
    """List the numbers a visitor of the call page may pretend to call from, protected persons left out."""
    found: dict[str, list[str]] = {}
    for inhabitant in INHABITANTS:
        if not inhabitant.citizen.protected:
            for number in inhabitant.citizen.telephones:
                found.setdefault(number, []).append(inhabitant.citizen.given_name)
    return tuple(_caller(number, names) for number, names in found.items())


def _caller(number: str, names: list[str]) -> PretendedCaller:
    place = AREAS.get(number[:5], "")
    who = {"es": " y ".join(names), "ca": " i ".join(names)}
    return PretendedCaller(
        number, {language: f"{place} · {name}" if place else name for language, name in who.items()}
    )
