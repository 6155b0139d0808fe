"""Who agreed by telephone has the receipt in the outbox, once, when the evidence stands below a published head."""

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import select, update

import messages.adapters.tables
from corporate import CorporateDown
from corporate.affiliation import Contact
from messages.adapters.outbox import Outbox
from messages.adapters.tables import outbox
from recordings.adapters.evidence.keys import Keys
from recordings.adapters.tables import metadata, recordings
from recordings.facts import ConsentUnheard
from server.consent_receipts import ConsentReceipts
from tests.databases import opened
from tests.messages.post import SEAL, WORDING
from tests.recordings.evidence.conftest import keys, made_keys  # noqa: F401 (fixtures)
from tests.recordings.evidence.house import CALL, House


class Affiliation:
    down = False

    async def contact(self, person: str) -> Contact:
        if self.down:
            raise CorporateDown("affiliation")
        assert person == "citizen-7"
        return Contact("+34654321987", None, "es", 0.0)


@pytest.mark.parametrize(("state", "flaw"), [("missing", "missing"), ("sealed", "partial")])
async def test_of_an_acceptance_that_cannot_be_heard_there_is_no_receipt(
    state: str,
    flaw: str,
    tmp_path: Path,
    keys: Keys,  # noqa: F811 (a fixture)
) -> None:
    async with opened("sqlite", tmp_path, metadata) as engine:
        async with engine.begin() as connection:
            await connection.run_sync(messages.adapters.tables.metadata.create_all)
        house = House(engine, tmp_path, keys)
        await house.record()
        async with engine.begin() as connection:
            await connection.execute(update(recordings).values(state=state, flaw=flaw, duration_ms=900))
        await house.notary.round()
        assert await house.exports.receipt_of(CALL) is not None
        corporate = SimpleNamespace(affiliation=Affiliation())
        post = Outbox(engine, house.facts.append, lambda: house.now, SEAL, WORDING)
        receipts = ConsentReceipts(engine, corporate, post, dt.UTC)  # type: ignore[arg-type] # one system of six
        assert await receipts.leave_owed(dt.datetime.fromtimestamp(house.now, dt.UTC)) == 0
        assert house.told(ConsentUnheard) != []


@pytest.mark.parametrize("dialect", ["sqlite"])
async def test_a_receipt_is_left_once_and_after_a_system_that_was_down(
    dialect: str,
    tmp_path: Path,
    keys: Keys,  # noqa: F811 (a fixture)
) -> None:
    async with opened(dialect, tmp_path, metadata) as engine:
        async with engine.begin() as connection:
            await connection.run_sync(messages.adapters.tables.metadata.create_all)
        house = House(engine, tmp_path, keys)
        post = Outbox(engine, house.facts.append, lambda: house.now, SEAL, WORDING)
        affiliation = Affiliation()
        corporate = SimpleNamespace(affiliation=affiliation)
        receipts = ConsentReceipts(engine, corporate, post, dt.UTC)  # type: ignore[arg-type] # one system of six
        await house.record()
        await house.notary.sign_waiting()
        now = dt.datetime.fromtimestamp(house.now, dt.UTC)
        assert await receipts.leave_owed(now) == 0, "its head is not published yet"
        await house.package()
        affiliation.down = True
        assert await receipts.leave_owed(now) == 0
        affiliation.down = False
        assert await receipts.leave_owed(now) == 1
        assert await receipts.leave_owed(now) == 0
        async with engine.connect() as connection:
            (row,) = (await connection.execute(select(outbox))).all()
        receipt = await house.exports.receipt_of(CALL)
        assert receipt is not None
        assert receipt.reference in row.text
        assert receipt.short_root in row.text
        assert (row.number, row.language) == ("+34654321987", "es")
