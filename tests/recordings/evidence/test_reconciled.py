"""Rows that were erased or changed behind the log's back are named; what only waits for its entry is not."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Executable, delete, insert, update
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.evidence.auditing import Audit
from recordings.adapters.evidence.tables import log
from recordings.adapters.tables import keeping, listenings, recordings
from recordings.adapters.vault.folder import FolderStore
from recordings.adapters.vault.keeping import Keeper
from recordings.adapters.vault.listenings import Listenings
from recordings.adapters.vault.proving import Court
from recordings.adapters.vault.stores import Stores
from recordings.listening import Asked, Keeping, Person, Purpose, Role
from tests.recordings.evidence.house import CALL, House


def _day_of(at: float) -> date:
    return datetime.fromtimestamp(at, UTC).date()


ASKED = {"call": CALL, "person": "eva", "role": "supervisor", "reason": "a complaint", "protected": False}


async def did(engine: AsyncEngine, *changes: Executable) -> None:
    async with engine.begin() as connection:
        for change in changes:
            await connection.execute(change)


def opened(house: House, listening: str, purpose: Purpose = Purpose.LISTEN, at: float = 0.0) -> Executable:
    row = {"id": listening * 32, "purpose": purpose, "asked_at": house.now, "opened_at": at or house.now}
    return insert(listenings).values(ASKED | row)


async def named(house: House) -> list[str]:
    return [one.what for one in await Audit(house.engine, None, lambda: house.now).look()]


async def lines(house: House, kind: str) -> int:
    return sum(line.startswith(f"{kind} ".encode()) for line in await house.log.lines())


@pytest.fixture
async def busy(house: House) -> House:
    """A recording that was heard, given out, blocked and is held; all of it is in the log."""
    await house.record()
    held = {"keeping": Keeping.BLOCKED, "since": house.now, "hold": "a court's", "held_at": house.now}
    await did(
        house.engine,
        opened(house, "a"),
        opened(house, "b", Purpose.EXPORT),
        insert(keeping).values(call=CALL, held_by="tomas", **held),
    )
    await house.notary.round()
    assert await named(house) == []
    return house


ERASED: list[tuple[Callable[[House], Any], list[str]]] = [
    (lambda _: delete(listenings).where(listenings.c.id == "a" * 32), ["listening gone"]),
    (lambda _: delete(listenings), ["listening gone", "listening gone"]),
    (lambda _: update(listenings).values(purpose=Purpose.LISTEN), ["listening gone", "not in the log"]),
    (lambda _: update(keeping).values(hold=None), ["hold changed", "not in the log"]),
    (lambda _: update(keeping).values(hold=None, held_at=None), ["hold changed"]),
    (lambda _: update(keeping).values(keeping=Keeping.ACTIVE), ["term changed"]),
    (lambda _: delete(keeping), ["hold changed", "term changed"]),
    (
        lambda house: update(recordings).values(begun_at=house.now - 9_999, begun_logged=house.now - 9_999),
        ["not in the log", "time changed"],
    ),
    (lambda _: delete(log).where(log.c.kind == "exported"), ["entry gone"]),
]


@pytest.mark.parametrize(("change", "found"), ERASED)
async def test_what_was_erased_or_changed_is_named(
    busy: House, change: Callable[[House], Any], found: list[str]
) -> None:
    await did(busy.engine, change(busy))
    assert sorted(await named(busy)) == found


async def test_lifting_a_hold_is_an_entry_and_explains_that_it_is_gone(busy: House) -> None:
    busy.now += 10
    await did(busy.engine, update(keeping).values(hold=None, held_at=busy.now, held_by="tomas"))
    assert await named(busy) == [], "it is entered in a second"
    await busy.notary.round()
    assert (await lines(busy, "held"), await lines(busy, "lifted")) == (1, 1)
    assert await named(busy) == []
    busy.now += 10
    await did(busy.engine, update(keeping).values(hold="another", held_at=busy.now))
    await busy.notary.round()
    assert (await lines(busy, "held"), await lines(busy, "lifted")) == (2, 1)
    await did(busy.engine, update(keeping).values(hold=None))
    assert "hold changed" in await named(busy)


async def test_what_the_vault_itself_writes_of_holds_and_listenings_agrees_with_the_log(
    any_house: House,
) -> None:
    house = any_house
    await house.record()
    keeper = Keeper(Court(house.engine, _day_of), Stores(FolderStore(house.vault)), house.facts.append)
    ears = Listenings(house.engine)
    person = Person("eva", Role.SUPERVISOR)
    asked = Asked("a" * 32, CALL, Purpose.LISTEN, person, "a complaint", house.now, protected=False)
    await ears.write(asked)
    assert await keeper.hold(CALL, "Juzgado 3, 77/2027", "tomas", house.now)
    await house.notary.round()
    assert (await lines(house, "held"), await lines(house, "listened")) == (1, 0)
    assert await keeper.lift(CALL, "archived", "tomas", house.now + 5)
    assert await ears.opened(asked.id, house.now + 5)
    await house.notary.round()
    assert (await lines(house, "lifted"), await lines(house, "listened")) == (1, 1)
    assert await named(house) == []


async def test_a_clock_that_was_ahead_once_hides_nothing_that_happened_after(any_house: House) -> None:
    house = any_house
    await house.record()
    await did(house.engine, opened(house, "a", at=house.now + 10 * 365 * 86_400))
    await house.notary.enter_happenings()
    await did(house.engine, opened(house, "b"), opened(house, "c", at=house.now - 30 * 86_400))
    await house.notary.enter_happenings()
    assert await lines(house, "listened") == 3
    await house.notary.enter_happenings()
    assert await lines(house, "listened") == 3


async def test_rows_from_before_they_said_what_the_log_has_are_not_entered_again(any_house: House) -> None:
    house = any_house
    await house.record()
    await did(house.engine, opened(house, "a"))
    await house.notary.round()
    size = await house.log.size()
    await did(
        house.engine,
        update(recordings).values(begun_logged=None),
        update(listenings).values(opened_logged=None),
    )
    assert await house.notary.enter_happenings() == 0
    assert await house.log.size() == size
    assert await named(house) == []


async def test_what_no_log_can_take_holds_up_nothing_and_is_named(house: House) -> None:
    await did(house.engine, opened(house, "Ñ"))
    await house.record()
    await house.notary.round()
    assert await lines(house, "sealed") == 1
    house.now += 600
    assert await named(house) == ["unlogged"]


async def test_a_line_that_was_spoilt_is_named_and_ends_no_comparison(busy: House) -> None:
    await did(busy.engine, update(log).where(log.c.kind == "exported").values(line="exported"))
    assert {"no entry", "rewritten", "not in the log"} <= set(await named(busy))
