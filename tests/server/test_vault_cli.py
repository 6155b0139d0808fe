"""The vault and the terms from the command line, over a migrated database and real encrypted files."""

import asyncio
import json
import os
import shutil
import stat
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import insert, text
from typer.testing import CliRunner, Result

from ivr.adapters.tables import proofs
from recordings.adapters.tables import recordings
from recordings.adapters.vault import key_folder
from server import keeping
from server.checks import of_recordings
from server.cli import app
from server.database import migrate, open_engine
from server.keeping import Nightly, read_terms
from server.runtime.trouble import RuntimeTrouble
from server.settings import Settings
from server.subject_access import INDEX
from server.vault import ring_of, stores_of
from tests.dialplans.institutions import INSS
from tests.recordings.vault.conftest import BEGAN, Room, call, sound
from web.adapters.accounts import Accounts

Ventanilla = Callable[..., Result]
PERSON = "c-100"
PLAIN = sound(2)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A centre with three recordings at rest: two of a citizen, one of a protected person."""
    settings = Settings(runtime=tmp_path_factory.mktemp("centre"))
    migrate(settings.database, b"a key of the tests")
    asyncio.run(_furnish(settings))
    return settings.runtime


@pytest.fixture
def settings(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """That centre, for one test alone."""
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("VENTANILLA_RUNTIME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "300")
    return Settings()


async def _furnish(settings: Settings) -> None:
    engine = open_engine(settings.database)
    settings.recordings.mkdir()
    await Accounts(engine).add_demonstration()
    room = Room(engine, settings.recordings, ring_of(settings))
    for number, person in enumerate((PERSON, PERSON, "c-200"), start=1):
        await room.seal(PLAIN, number)
        row = {"id": f"p{number}", "call": call(number), "person": person, "level": 2, "method": "code"}
        more = {"questions": [], "protected": person != PERSON, "at": BEGAN}
        async with engine.begin() as connection:
            await connection.execute(insert(proofs).values(row | more))
    assert await room.encryptor.encrypt_waiting() == 3
    await engine.dispose()


@pytest.fixture
def ventanilla(settings: Settings) -> Ventanilla:
    assert settings.demonstration
    return lambda *words: CliRunner().invoke(app, list(words))


def rows(settings: Settings, query: str) -> list[tuple[object, ...]]:
    async def asked() -> list[tuple[object, ...]]:
        engine = open_engine(settings.database)
        async with engine.connect() as connection:
            found = [tuple(row) for row in (await connection.execute(text(query))).all()]
        await engine.dispose()
        return found

    return asyncio.run(asked())


def files(settings: Settings) -> int:
    return len(list(settings.recordings.rglob("*.tink")))


def test_a_dry_run_says_what_would_be_done_and_does_nothing(
    settings: Settings, ventanilla: Ventanilla
) -> None:
    said = ventanilla("evidence", "retention", "--dry-run", "--on", "2027-11-23")
    assert said.exit_code == 0
    assert "2027-11-23: 3 to block, 0 to destroy; 0 kept by a hold; 0 stay. Nothing was done" in said.output
    assert call(1) in said.output
    assert "2027-11-22" in said.output  # the last day on which it may be heard
    early = ventanilla("evidence", "retention", "--dry-run", "--on", "2027-11-22")
    assert "0 to block, 0 to destroy; 0 kept by a hold; 3 stay" in early.output
    assert rows(settings, "SELECT * FROM recordings_keeping") == []
    assert ventanilla("evidence", "retention", "--on", "2099-01-01").exit_code == 2
    assert "0 to block" in ventanilla("evidence", "retention").output


def test_a_dry_run_names_what_only_a_row_would_have_destroyed(
    settings: Settings, ventanilla: Ventanilla
) -> None:
    async def block() -> None:
        engine = open_engine(settings.database)
        async with engine.begin() as connection:
            query = (
                f"INSERT INTO recordings_keeping (call, keeping, since) VALUES ('{call(1)}', 'blocked', 1.0)"  # noqa: S608 - our own words
            )
            await connection.execute(text(query))
        await engine.dispose()

    asyncio.run(block())
    said = ventanilla("evidence", "retention", "--dry-run", "--on", "2099-01-01").output
    assert "2 to block, 0 to destroy" in said
    assert f"{call(1)} is kept, though its row is due" in said


def test_a_hold_is_placed_and_lifted_by_somebody_with_a_reason(
    settings: Settings, ventanilla: Ventanilla
) -> None:
    why = ("--reason", "Juzgado 3, 77/2027")
    assert isinstance(
        ventanilla("evidence", "hold", call(1), *why, "--by", "jordi").exception, RuntimeTrouble
    )
    assert isinstance(
        ventanilla("evidence", "hold", call(9), *why, "--by", "tomas").exception, RuntimeTrouble
    )
    assert ventanilla("evidence", "hold", call(1), *why, "--by", "tomas").exit_code == 0
    planned = ventanilla("evidence", "retention", "--dry-run", "--on", "2099-01-01")
    assert "2 to block, 0 to destroy; 1 kept by a hold" in planned.output
    assert ventanilla("evidence", "lift", call(1), "--reason", "archivado", "--by", "tomas").exit_code == 0
    assert [row[0] for row in rows(settings, "SELECT type FROM server_facts ORDER BY id")] == [
        "HoldPlaced",
        "HoldLifted",
    ]


def test_a_person_gets_all_that_was_recorded_of_them_and_it_is_on_record(
    settings: Settings, ventanilla: Ventanilla, tmp_path: Path
) -> None:
    target = tmp_path / "all.zip"
    words = ("evidence", "subject", PERSON, "--reason", "solicitud 2026-0000123-8", "--to", str(target))
    assert isinstance(ventanilla(*words, "--by", "ana").exception, RuntimeTrouble)
    done = ventanilla(*words, "--by", "pilar")
    assert done.exit_code == 0, done.exception
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with zipfile.ZipFile(target) as whole:
        assert sorted(whole.namelist()) == sorted([f"{call(1)}.wav", f"{call(2)}.wav", INDEX])
        assert whole.read(f"{call(1)}.wav") == PLAIN
        assert {one["file"] for one in json.loads(whole.read(INDEX))} == {f"{call(1)}.wav", f"{call(2)}.wav"}
    given = rows(settings, "SELECT call, purpose, person, reason, opened_at FROM recordings_listenings")
    assert [row[:4] for row in given] == [
        (call(number), "export", "pilar", "solicitud 2026-0000123-8") for number in (1, 2)
    ]
    assert all(row[4] for row in given)
    told = rows(settings, "SELECT type, call FROM server_facts ORDER BY id")
    assert told == [("RecordingOpened", call(1)), ("RecordingOpened", call(2))]
    again = ventanilla(*words, "--by", "pilar")
    assert isinstance(again.exception, RuntimeTrouble)  # nothing is written over


def test_of_a_protected_person_nothing_is_copied_by_one_alone(
    settings: Settings, ventanilla: Ventanilla, tmp_path: Path
) -> None:
    target = tmp_path / "all.zip"
    words = (
        "evidence",
        "subject",
        "c-200",
        "--reason",
        "solicitud suya",
        "--to",
        str(target),
        "--by",
        "pilar",
    )
    alone = ventanilla(*words)
    assert "second needed" in alone.output
    assert isinstance(alone.exception, RuntimeTrouble)
    assert isinstance(ventanilla(*words, "--second", "pilar").exception, RuntimeTrouble)
    assert not target.exists()
    assert ventanilla(*words, "--second", "rosa").exit_code == 0
    assert rows(settings, "SELECT person, second FROM recordings_listenings") == [("pilar", "rosa")]


def test_a_copy_half_written_leaves_nothing_and_a_damaged_recording_is_left_out(
    settings: Settings, ventanilla: Ventanilla, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "all.zip"
    words = ("evidence", "subject", PERSON, "--reason", "solicitud", "--by", "pilar", "--to", str(target))

    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as broken:
        broken.setattr("zipfile.ZipFile.writestr", full)
        assert "nothing is left of it" in str(ventanilla(*words).exception)
    assert list(tmp_path.glob("*all.zip*")) == []
    path = next(iter(settings.recordings.rglob(f"{call(1)}*")))
    path.write_bytes(path.read_bytes()[:-1])
    assert f"{call(1)} is not in it: damaged" in ventanilla(*words).output
    with zipfile.ZipFile(target) as whole:
        assert whole.namelist() == [f"{call(2)}.wav", INDEX]


def test_keys_are_made_retired_and_rotated(settings: Settings, ventanilla: Ventanilla) -> None:
    year = time.gmtime().tm_year
    assert f"kek-{year}          3 recordings  current" in ventanilla("vault", "status").output
    assert ventanilla("vault", "new-key", "--year", str(year + 1)).exit_code == 0
    assert isinstance(ventanilla("vault", "new-key", "--year", str(year + 1)).exception, RuntimeTrouble)
    assert isinstance(ventanilla("vault", "retire", f"kek-{year + 1}").exception, RuntimeTrouble)
    assert ventanilla("vault", "retire", f"kek-{year}").exit_code == 0
    assert f"3 recordings are under kek-{year + 1} now." in ventanilla("vault", "rotate").output
    assert rows(settings, "SELECT DISTINCT kek FROM recordings_keys") == [(f"kek-{year + 1}",)]
    assert rows(settings, "SELECT type FROM server_facts") == [("KeysRotated",)]
    assert files(settings) == 3


def test_a_folder_of_keys_that_is_not_there_is_refused_and_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VENTANILLA_RUNTIME", str(tmp_path))
    monkeypatch.setenv("VENTANILLA_VAULT_KEYS", str(tmp_path / "mine"))
    with pytest.raises(RuntimeTrouble, match="vault new-key"):
        ring_of(Settings())
    assert not (tmp_path / "mine").exists()


def test_the_check_says_whose_the_keys_are_where_it_matters(settings: Settings) -> None:
    assert list(of_recordings(settings)) == []
    real = settings.model_copy(update={"demonstration": False})
    assert [one for one in of_recordings(real) if "are the demonstration's" in one]


def test_half_an_object_store_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VENTANILLA_RUNTIME", str(tmp_path))
    monkeypatch.setenv("VENTANILLA_OBJECT_STORE__URL", "http://127.0.0.1:9")
    with pytest.raises(RuntimeTrouble, match="bucket, access_key, secret_key"):
        stores_of(Settings())
    monkeypatch.setenv("VENTANILLA_OBJECT_STORE__BUCKET", "recordings")
    monkeypatch.setenv("VENTANILLA_OBJECT_STORE__ACCESS_KEY", "us")
    monkeypatch.setenv("VENTANILLA_OBJECT_STORE__SECRET_KEY", "ours")
    assert stores_of(Settings()).objects is not None
    assert "ours" not in repr(Settings().object_store)


def test_the_terms_of_the_institution_name_every_act(tmp_path: Path) -> None:
    from dialplans.institution import read_institution  # noqa: PLC0415

    institution, _ = read_institution(INSS)
    assert list(keeping.faults(INSS, institution)) == []
    (tmp_path / keeping.FILE).write_text("[without]\nactive_years = 1\nblocked_years = 0\n")
    assert len(list(keeping.faults(tmp_path, institution))) == len(institution.acts if institution else ())
    assert list(keeping.faults(tmp_path / "none", institution)) != []


@pytest.mark.parametrize(
    "wrong",
    [
        "[without",
        "[without]\nactive_years = 0\nblocked_years = 1\n",
        "[without]\nactive_years = '5'\nblocked_years = 1\n",
        "[acts.a]\nactive_years = 5\nblocked_years = 1\n",
        "[without]\nactive_years = 5\nblocked_years = 1\nmonths = 2\n",
    ],
)
def test_terms_that_are_wrong_are_said_and_nothing_is_guessed(tmp_path: Path, wrong: str) -> None:
    (tmp_path / keeping.FILE).write_text(wrong)
    with pytest.raises(RuntimeTrouble, match=r"retention\.toml"):
        read_terms(tmp_path)


def test_the_server_carries_out_the_terms_once_a_day(settings: Settings) -> None:
    from dialplans.institution import read_institution  # noqa: PLC0415
    from recordings.adapters.vault.keeping import Keeper  # noqa: PLC0415
    from recordings.adapters.vault.proving import Court  # noqa: PLC0415
    from server.vault import stores_of as stores  # noqa: PLC0415
    from tests.recordings.vault.test_keeping import day_of  # noqa: PLC0415

    institution, _ = read_institution(INSS)
    assert institution is not None
    told: list[object] = []

    async def three_nights() -> list[int | None]:
        engine = open_engine(settings.database)
        now = BEGAN + 400 * 86_400
        keeper = Keeper(Court(engine, day_of), stores(settings), told.append)
        lately: dict[str, object] = {
            "path": "running/x.raw",
            "language": "es",
            "notice_key": "n",
            "notice_offset_ms": 0,
        }
        stands: dict[str, object] = {"call": call(99), "state": "recording", "orderly": True, "tries": 0}
        lately |= stands | {"begun_at": now - 30 * 86_400, "notice_offset_ms": 0}
        async with engine.begin() as connection:  # a call of last month, so the clock is believed
            await connection.execute(insert(recordings).values(lately))
        mark = settings.runtime / "evidence" / "termed"

        def server() -> Nightly:
            """Give one that was just started."""
            return Nightly(keeper, lambda: institution, lambda: read_terms(INSS), lambda: now, mark)

        done = []
        for later in (0, 3_600, 86_400, 3_600):
            now += later
            plan = await server().look()
            done.append(len(plan.steps) if plan else None)
        await engine.dispose()
        return done

    assert asyncio.run(three_nights()) == [3, None, 0, None]
    assert len(told) == 3


def test_blocked_recordings_are_copied_for_nobody_but_the_authority(
    settings: Settings, ventanilla: Ventanilla, tmp_path: Path
) -> None:
    async def block() -> None:
        engine = open_engine(settings.database)
        async with engine.begin() as connection:
            for number in (1, 2):
                query = f"INSERT INTO recordings_keeping (call, keeping) VALUES ('{call(number)}', 'blocked')"  # noqa: S608 - our own words
                await connection.execute(text(query))
        await engine.dispose()

    asyncio.run(block())
    words = ("evidence", "subject", PERSON, "--reason", "auto judicial", "--to", str(tmp_path / "all.zip"))
    assert isinstance(ventanilla(*words, "--by", "rosa").exception, RuntimeTrouble)
    assert ventanilla(*words, "--by", "tomas").exit_code == 0


def test_the_keys_of_the_demonstration_are_made_once(settings: Settings) -> None:
    folder = settings.runtime / "vault-keys"
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    ring_of(settings)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    assert set(before) == {
        key_folder.ESCROW,
        key_folder.ESCROW_PRIVATE,
        f"kek-{time.gmtime().tm_year}.jwk",
    }
