"""`ventanilla evidence erase`: two people, an order, what the terms cannot decide; on record in log and facts."""

import asyncio
import json
import time

import pytest
from sqlalchemy import delete, insert, text, update

from recordings.adapters.evidence.auditing import Audit
from recordings.adapters.evidence.happenings import reference_of
from recordings.adapters.evidence.log import Log
from recordings.adapters.evidence.tables import heads
from recordings.adapters.tables import quarantine, recordings
from recordings.adapters.vault.erasing import orders_gone, orders_in
from recordings.evidence.entries import Kind, happened
from server.database import open_engine
from server.evidence import ORDERS, folder_of
from server.runtime.trouble import RuntimeTrouble
from server.settings import Settings
from server.vault import ring_of
from tests.recordings.vault.conftest import BEGAN, Room, call
from tests.server.test_vault_cli import Ventanilla, files, rows, settings, template, ventanilla

__all__ = ["settings", "template", "ventanilla"]

WHY = ("--reason", "AEPD, PS/00077/2027", "--by", "tomas", "--second", "pilar")


def did(settings: Settings, *changes: object) -> None:
    async def work() -> None:
        engine = open_engine(settings.database)
        async with engine.begin() as connection:
            for change in changes:
                await connection.execute(change)  # type: ignore[call-overload]
        await engine.dispose()

    asyncio.run(work())


def noted(settings: Settings) -> None:
    """Do what the notary does."""

    async def work() -> None:
        engine = open_engine(settings.database)
        await Room(engine, settings.recordings, ring_of(settings)).noted(BEGAN + 60)
        async with engine.begin() as connection:
            await connection.execute(delete(heads))  # that notary signs none
        await engine.dispose()

    asyncio.run(work())


def named(settings: Settings) -> set[str]:
    """What the comparison of rows, log and orders finds."""

    async def work() -> set[str]:
        engine, folder = open_engine(settings.database), folder_of(settings) / ORDERS
        orders = orders_in(folder)
        found = [
            *await Audit(engine, None, lambda: time.time() + 600, orders).look(),
            *await orders_gone(engine, folder),
        ]
        await engine.dispose()
        return {one.what for one in found} & {"destroyed unsaid", "order gone"}

    return asyncio.run(work())


def trouble(ventanilla: Ventanilla, *words: str) -> str:
    found = ventanilla("evidence", "erase", *words).exception
    assert isinstance(found, RuntimeTrouble)
    return str(found)


def test_without_yes_it_is_said_what_there_is_and_nothing_is_done(
    settings: Settings, ventanilla: Ventanilla
) -> None:
    said = ventanilla("evidence", "erase", call(1), *WHY)
    assert said.exit_code == 0, said.exception
    assert f"{call(1)}: sealed; its key: there is one; its signed vCon: none" in said.output
    assert f"{call(1)}.wav.tink" in said.output
    assert "Nothing was done" in said.output
    assert files(settings) == 3
    assert rows(settings, "SELECT * FROM recordings_log") == []


def test_two_people_erase_by_an_order_that_is_on_record_first(
    settings: Settings, ventanilla: Ventanilla
) -> None:
    noted(settings)
    assert "the log cannot say" in trouble(ventanilla, call(1), *WHY, "--yes")  # nothing here is stamped
    assert rows(settings, "SELECT count(*) FROM recordings_log WHERE kind = 'erased'") == [(0,)]
    said = ventanilla("evidence", "erase", call(1), *WHY, "--yes", "--no-hold")
    assert said.exit_code == 0, said.exception
    assert files(settings) == 2
    query = f"SELECT state FROM recordings_recordings WHERE call = '{call(1)}'"  # noqa: S608 - our own words
    assert rows(settings, query) == [("destroyed",)]
    query = f"SELECT vcon FROM recordings_evidence WHERE call = '{call(1)}'"  # noqa: S608 - our own words
    assert rows(settings, query) == [(None,)]
    (order,) = (folder_of(settings) / ORDERS).glob("*.json")
    kept = json.loads(order.read_text())
    assert {one: kept[one] for one in ("call", "by", "second", "reason")} == {
        "call": call(1),
        "by": "tomas",
        "second": "pilar",
        "reason": "AEPD, PS/00077/2027",
    }
    assert order.stat().st_mode & 0o077 == 0
    ((line,),) = rows(settings, "SELECT line FROM recordings_log WHERE kind = 'erased'")
    assert str(line).endswith(f" {order.stem}:{reference_of(call(1))}")
    ((fact,),) = rows(settings, "SELECT body FROM server_facts WHERE type = 'RecordingErased'")
    assert "PS/00077/2027" in str(fact)
    noted(settings)
    assert rows(settings, "SELECT count(*) FROM recordings_log WHERE kind = 'destroyed'") == [(1,)]
    assert named(settings) == set()
    assert "destroyed before" in trouble(ventanilla, call(1), *WHY, "--yes")
    order.write_text(order.read_text().replace("pilar", "jordi"))
    assert named(settings) == {"destroyed unsaid", "order gone"}


def test_nobody_erases_alone_without_an_order_without_the_authority_or_against_a_hold(
    settings: Settings, ventanilla: Ventanilla
) -> None:
    why = ("--reason", "AEPD, PS/00077/2027")
    assert "Two people" in trouble(ventanilla, call(1), *why, "--by", "pilar", "--second", "pilar", "--yes")
    both = ("--by", "pilar", "--second", "rosa", "--yes")
    assert "no account" in trouble(ventanilla, call(1), *why, "--by", "jordi", "--second", "pilar", "--yes")
    assert "answers courts" in trouble(ventanilla, call(1), *why, *both)
    assert "Say why" in trouble(ventanilla, call(1), "--reason", " ", "--by", "tomas", "--second", "pilar")
    assert ventanilla("evidence", "erase", call(1), "--by", "tomas", "--yes").exit_code == 2
    held = ("--reason", "Juzgado 3, 77/2027", "--by", "tomas")
    assert ventanilla("evidence", "hold", call(1), *held).exit_code == 0
    noted(settings)
    assert "a legal hold stands (Juzgado 3" in trouble(ventanilla, call(1), *WHY, "--yes")
    did(settings, text("UPDATE recordings_keeping SET hold = NULL"))
    assert "by the log" in trouble(ventanilla, call(1), *WHY, "--yes")
    assert "nothing of it" in trouble(ventanilla, call(9), *WHY, "--yes")
    assert files(settings) == 3
    assert rows(settings, "SELECT count(*) FROM recordings_log WHERE kind = 'erased'") == [(0,)]


def test_what_no_rule_can_decide_has_this_way_out(settings: Settings, ventanilla: Ventanilla) -> None:
    left = settings.recordings / "sealed/2026/11/25" / f"{call(2)}.wav"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"in clear")
    row = {"path": f"sealed/2026/11/25/{call(2)}.wav", "call": call(2), "bytes": 8, "found_at": BEGAN}
    broken = update(recordings).where(recordings.c.call == call(2)).values(begun_at=1e15, path="spoilt")
    did(settings, insert(quarantine).values(row), broken)
    assert ventanilla("evidence", "erase", call(2), *WHY, "--yes").exit_code == 0
    assert not left.exists()
    assert files(settings) == 2
    assert rows(settings, "SELECT * FROM recordings_quarantine") == []


def test_a_file_that_sticks_is_named_and_the_order_said_again_ends_it(
    settings: Settings, ventanilla: Ventanilla
) -> None:
    (path,) = settings.recordings.rglob(f"{call(1)}.wav.tink")
    path.unlink()
    (path / "x").mkdir(parents=True)
    said = ventanilla("evidence", "erase", call(1), *WHY, "--yes")
    assert isinstance(said.exception, RuntimeTrouble)
    assert f"{call(1)}.wav.tink" in said.output
    (path / "x").rmdir()
    path.rmdir()
    path.write_bytes(b"noise")
    again = ventanilla("evidence", "erase", call(1), *WHY, "--yes", "--no-hold")  # nothing here is stamped
    assert again.exit_code == 0
    assert not path.exists()


def test_an_entry_that_only_a_row_made_explains_nothing(settings: Settings, ventanilla: Ventanilla) -> None:
    noted(settings)
    assert ventanilla("evidence", "erase", call(3), *WHY).exit_code == 0

    async def forge() -> None:
        engine = open_engine(settings.database)
        reference = f"{'0' * 64}:{reference_of(call(3))}"
        await Log(engine).append([happened(Kind.ERASED, reference, BEGAN)])
        await engine.dispose()

    asyncio.run(forge())
    did(settings, text(f"UPDATE recordings_recordings SET state = 'destroyed' WHERE call = '{call(3)}'"))  # noqa: S608 - our own words
    assert named(settings) == {"destroyed unsaid", "order gone"}


@pytest.mark.parametrize("words", [("evidence", "erase", "--help")])
def test_it_says_what_it_is_for(ventanilla: Ventanilla, words: tuple[str, ...]) -> None:
    said = ventanilla(*words)
    assert "legal hold" in said.output
    assert "--second" in said.output
