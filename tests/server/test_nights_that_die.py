"""A night's run that dies is told to those who watch, once, and again when that of another night does."""

from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from recordings.adapters.tables import metadata
from recordings.adapters.vault.folder import FolderStore
from recordings.adapters.vault.keeping import Keeper
from recordings.adapters.vault.proving import Court
from recordings.adapters.vault.stores import Stores
from recordings.facts import LogDoubted
from server.database import open_engine
from server.keeping import Nightly, read_terms
from tests.recordings.vault.test_keeping import day_of

HOUR = 3_600.0
MIDNIGHT = 1_795_302_000.0
"""The 22nd of November 2026, 00:00 in Madrid."""


async def test_a_database_that_is_away_is_told_once_in_each_night(tmp_path: Path) -> None:
    now, told = MIDNIGHT, list[object]()
    engine = open_engine(f"sqlite+aiosqlite:///{tmp_path / 'rows.db'}")  # without its tables
    keeper = Keeper(Court(engine, day_of), Stores(FolderStore(tmp_path)), told.append)
    institution = SimpleNamespace(time_zone=ZoneInfo("Europe/Madrid"))
    nights = Nightly(keeper, lambda: institution, lambda: read_terms(Path("dialplans/inss")), lambda: now)  # type: ignore[arg-type, return-value] # only its zone is asked for
    for _ in range(30):
        await nights.hour()
        now += HOUR
    doubts = [one for one in told if isinstance(one, LogDoubted)]
    assert [one.at for one in doubts] == [MIDNIGHT, MIDNIGHT + 24 * HOUR]
    assert "not carried out, or not all of them (OperationalError)" in doubts[0].why
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    await nights.hour()
    await engine.dispose()
    assert len(told) == 2, "it is back"
