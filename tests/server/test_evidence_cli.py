"""`ventanilla evidence`, as somebody types it: sentences and exit codes, on an installation with one recording."""

import asyncio
import json
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Executable, delete, insert, text
from typer.testing import CliRunner

from ivr.adapters.tables import proofs
from recordings.adapters.audio import PlainAudio
from recordings.adapters.evidence.log import Log
from recordings.adapters.evidence.tables import evidence
from recordings.adapters.evidence.witness import HeadsFile
from recordings.adapters.recorder import Recorder
from recordings.adapters.tables import keeping
from recordings.evidence.findings import Check, good, remark, wrong
from recordings.listening import Keeping
from server import database
from server.cli import app
from server.evidence import folder_of, keys_of, warnings
from server.evidence_cli import concluded
from server.facts_store import facts
from server.settings import Settings
from tests.recordings.evidence.house import CALL, SECOND, House
from web.adapters.accounts import Accounts

RUNNER = CliRunner()
WHY = ("--by", "pilar", "--reason", "reclamación 2026-17")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An installation with one recording whose evidence is complete."""
    settings = Settings.model_validate({"runtime": tmp_path_factory.mktemp("evidence")})
    database.migrate(settings.database)
    asyncio.run(_with_one_call(settings))
    shutil.copytree(settings.runtime, untouched(settings))
    return settings


def untouched(installed: Settings) -> Path:
    """Where the installation lies as it was made: others of these tests retire its keys."""
    return installed.runtime.with_name(f"{installed.runtime.name}-untouched")


async def _with_one_call(settings: Settings) -> None:
    engine = database.open_engine(settings.database)
    keys = keys_of(settings, "INSS")
    keys.prepare(time.time() - 86_400)
    house = House(engine, settings.runtime, keys)
    house.vault = settings.recordings
    house.recorder = Recorder(engine, settings.recordings, house.facts.append, lambda: house.now)
    house.notary._practice = type(house.notary._practice)(
        house.notary._practice.publisher, keys.log()[0].name
    )
    house.notary._witnesses = (HeadsFile(folder_of(settings) / "heads.jsonl", lambda: house.now),)
    house.authority_ahead = -40.0  # the house's own clock is ahead, and these stamps shall lie before now
    await Accounts(engine).add_demonstration()
    await house.record()
    await house.notary.round()
    async with engine.begin() as connection:
        began = {"type": "RecordingStarted", "call": CALL, "at": house.now, "body": "{}"}
        await connection.execute(facts.insert().values(began))
    assert await PlainAudio(engine, settings.recordings).length(CALL) > len(SECOND)
    await engine.dispose()


@pytest.fixture
def here(installed: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("VENTANILLA_RUNTIME", str(installed.runtime))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def asked_of(installed: Settings, query: str) -> list[tuple[object, ...]]:
    async def asked() -> list[tuple[object, ...]]:
        engine = database.open_engine(installed.database)
        async with engine.connect() as connection:
            found = [tuple(row) for row in (await connection.execute(text(query))).all()]
        await engine.dispose()
        return found

    return asyncio.run(asked())


@contextmanager
def changed(installed: Settings, change: Executable, back: Executable) -> Iterator[None]:
    async def do(what: Executable) -> None:
        engine = database.open_engine(installed.database)
        async with engine.begin() as connection:
            await connection.execute(what)
        await engine.dispose()

    asyncio.run(do(change))
    yield
    asyncio.run(do(back))


def said(*words: str) -> tuple[int, str]:
    done = RUNNER.invoke(app, ["evidence", *words])
    return done.exit_code, f"{done.output}{done.exception or ''}"


def test_a_recording_is_exported_verified_and_given_a_receipt(here: Path) -> None:
    assert said("export", CALL, *WHY) == (
        0,
        said("export", CALL, *WHY, "--to", "again.asice")[1].replace("again", CALL),
    )
    code, text = said("verify", f"{CALL}.asice")
    assert (code, text.count("\n! ")) == (3, 1), text
    assert "authority for development, which proves nothing to a stranger" in text
    assert text.count("✓") >= 9
    code, text = said("receipt", CALL)
    assert code == 0
    assert len(text.split()[1]) == 16
    assert "is there already" in said("export", CALL, *WHY)[1]
    assert (here / f"{CALL}.asice").exists()


def test_a_package_leaves_by_the_rules_of_listening_and_on_record(here: Path, installed: Settings) -> None:
    """Who took it and why is a row and a fact before the file is there; the log has it in the next round."""
    given = asked_of(
        installed, "SELECT person, reason, opened_at FROM recordings_listenings WHERE purpose='export'"
    )
    code, text = said("export", CALL, *WHY, "--to", "mine.asice")
    assert code == 0, text
    now = asked_of(
        installed, "SELECT person, reason, opened_at FROM recordings_listenings WHERE purpose='export'"
    )
    assert [row[:2] for row in now[len(given) :]] == [("pilar", "reclamación 2026-17")]
    assert asked_of(installed, "SELECT type FROM server_facts ORDER BY id")[-1] == ("RecordingOpened",)
    assert stat.S_IMODE((here / "mine.asice").stat().st_mode) == 0o600
    code, text = said("export", CALL, "--by", "ana", "--reason", "curiosidad", "--to", "hers.asice")
    assert (code, "no account that may listen" in text) == (1, True), text
    assert said("export", CALL, "--to", "nobodys.asice")[0] == 2
    assert [file.name for file in here.iterdir()] == ["mine.asice"]


def test_of_a_protected_person_and_of_what_is_blocked_there_is_no_package_for_one_supervisor(
    here: Path, installed: Settings
) -> None:
    shielded = {"id": "p1", "call": CALL, "person": "c-1", "level": 2, "method": "code"}
    more = {"questions": [], "protected": True, "at": 1.0}
    with changed(installed, insert(proofs).values(shielded | more), delete(proofs)):
        code, text = said("export", CALL, *WHY)
        assert (code, "--second" in text) == (1, True), text
        assert said("export", CALL, *WHY, "--second", "pilar")[0] == 1
        assert said("export", CALL, *WHY, "--second", "tomas", "--to", "two.asice")[0] == 0
    blocked = insert(keeping).values(call=CALL, keeping=Keeping.BLOCKED)
    with changed(installed, blocked, delete(keeping)):
        code, text = said("export", CALL, *WHY)
        assert (code, "no such recording" in text) == (1, True), text
    assert [file.name for file in here.iterdir()] == ["two.asice"]


def test_what_is_wrong_with_a_package_is_said_in_a_sentence(here: Path) -> None:
    said("export", CALL, *WHY, "--to", "good.asice")
    content = bytearray((here / "good.asice").read_bytes())
    at = content.find(SECOND)
    content[at + 5_000] ^= 1
    (here / "bad.asice").write_bytes(content)
    code, text = said("verify", "bad.asice")
    assert code == 1
    assert "✗ container" in text
    (here / "empty.asice").write_bytes(b"")
    assert "no ZIP at all" in said("verify", "empty.asice")[1]
    nobody = here / "nobody"
    nobody.mkdir()
    assert "nobody to believe" in said("verify", "good.asice", "--trust", str(nobody))[1]


def test_there_is_no_package_of_a_call_that_was_not_recorded(here: Path) -> None:
    code, text = said("export", "ventanilla-1795345299.9", *WHY)
    assert code == 1
    assert "no such recording" in text
    assert list(here.iterdir()) == []


def test_the_log_goes_on_from_a_head_that_somebody_kept(here: Path, installed: Settings) -> None:
    async def kept() -> str:
        engine = database.open_engine(installed.database)
        head = await Log(engine).head()
        await engine.dispose()
        assert head is not None
        return head.note

    note = asyncio.run(kept())
    (here / "old").write_text(note)
    code, text = said("log", "consistency", "old")
    assert (code, "goes on from that head" in text) == (0, True), text
    assert said("log", "consistency", "old", "old")[0] == 0
    (here / "forged").write_text(note.replace("\n2\n", "\n1\n"))
    code, text = said("log", "consistency", "forged")
    assert (code, "not one that this log has signed" in text) == (1, True), text


def dies(*_asked: object) -> None:
    raise ZeroDivisionError


@pytest.mark.usefixtures("here")
def test_reconciling_finds_a_conversation_without_a_recording(
    installed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert said("reconcile") == (0, "Calls, files, rows and log agree.\n1 of 1 recordings were read again.\n")

    async def talk() -> None:
        engine = database.open_engine(installed.database)
        row = {"type": "TalkStarted", "call": "ventanilla-1.1", "agent": "ana", "at": 1.0, "body": "{}"}
        async with engine.begin() as connection:
            await connection.execute(facts.insert().values(row))
        await engine.dispose()

    asyncio.run(talk())
    code, text = said("reconcile")
    assert code == 1
    assert "ventanilla-1.1" in text
    assert "no recording" in text
    told = facts.c.call == CALL
    with changed(
        installed,
        facts.update().where(told).values(call="x"),
        facts.update().where(facts.c.call == "x").values(call=CALL),
    ):
        monkeypatch.setattr("server.evidence_audit.PATIENCE_S", 0.0)
        assert "no fact tells of such a call" in said("reconcile")[1], CALL
    monkeypatch.setattr("server.evidence_audit.running_out", dies)
    assert "Not all was compared: ZeroDivisionError.\n" in said("reconcile")[1], "nobody takes these for all"


@pytest.mark.usefixtures("here")
def test_reconciling_finds_audio_of_the_same_length_that_is_another(installed: Settings) -> None:
    (file,) = (installed.recordings / "sealed").rglob("*.wav")
    whole = file.read_bytes()
    file.write_bytes(bytes(len(whole)))
    assert "not what was sealed" in said("reconcile")[1]
    assert "not what was sealed" not in said("reconcile", "--read-for", "0")[1]
    file.write_bytes(whole)
    assert "not what was sealed" not in said("reconcile")[1]


@pytest.mark.usefixtures("here")
def test_a_key_is_rotated_and_what_it_signed_still_holds() -> None:
    said("export", CALL, *WHY, "--to", "before.asice")
    assert said("rotate", "seal")[0] == 0
    assert said("rotate", "log")[0] == 0
    code, text = said("verify", "before.asice")
    assert (code, "was retired on" in text, "reservations" in text) == (3, True, True), text
    assert text.count("\n! ") == 1, "the authority for development, and nothing else"
    assert said("rotate", "root")[0] == 1
    said("export", CALL, *WHY, "--to", "after.asice")
    code, text = said("verify", "after.asice")
    assert (code, text.count("\n! ")) == (3, 1), text


def test_a_key_that_was_stolen_is_distrusted_since_a_moment_that_has_been(
    here: Path, installed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ((name, stamped),) = asked_of(installed, "SELECT certificate, stamped_at FROM recordings_evidence")
    shutil.copytree(untouched(installed), here / "own")
    monkeypatch.setenv("VENTANILLA_RUNTIME", str(here / "own"))
    said("export", CALL, *WHY, "--to", "package.asice")
    code, text = said("distrust", str(name), _moment(stamped, 10), "--yes")
    assert (code, "no retired key" in text) == (1, True), text
    assert said("distrust", "seal", _moment(time.time(), 60), "--yes")[0] == 2, "that is still to come"
    assert said("distrust", "seal", _moment(stamped, 10), "--yes")[0] == 0
    assert said("distrust", str(name), _moment(stamped, 10), "--yes")[0] == 1, "it was said already"
    code, text = said("verify", "package.asice")
    assert (code, "✓ certificate" in text) == (3, True), text
    assert "do not hold" not in said("reconcile")[1]
    retired = (folder_of(Settings()) / "trust" / "retired.json").read_text()
    code, text = said("distrust", str(name), _moment(stamped, -20 * 365 * 86_400), "--yes")
    assert (code, "nobody had it before" in text) == (1, True), text
    code, text = said("distrust", str(name), _moment(stamped, -3_600))
    assert (code, f"{CALL} was stamped after that" in text, "--yes" in text) == (1, True, True), text
    assert (folder_of(Settings()) / "trust" / "retired.json").read_text() == retired, "only told"
    code, text = said("distrust", str(name), _moment(stamped, -3_600), "--yes")
    assert (code, f"{CALL} was stamped after that" in text) == (0, True), text
    code, text = said("verify", "package.asice")
    assert (code, "✗ certificate: The key that signed was retired" in text) == (1, True), text
    text = said("reconcile")[1]
    assert ("do not hold" in text, "at another time" in text) == (True, False), text


def _moment(at: object, later: float) -> str:
    assert isinstance(at, float)
    return datetime.fromtimestamp(at + later, UTC).isoformat()


@pytest.mark.usefixtures("here")
def test_a_key_is_not_rotated_before_what_it_signed_has_its_stamp(installed: Settings) -> None:
    table = evidence.update().where(evidence.c.call == CALL)
    ((at,),) = asked_of(installed, "SELECT stamped_at FROM recordings_evidence")
    with changed(installed, table.values(stamped_at=None), table.values(stamped_at=at)):
        for words in (("rotate", "seal"), ("token", "pkcs11:token=t;object=o?module-path=/none")):
            code, text = said(*words)
            assert (code, "no time stamp yet" in text, "--at-once" in text) == (1, True, True), text
        assert said("rotate", "seal", "--at-once")[0] == 0


@pytest.mark.usefixtures("here")
def test_a_list_of_retired_keys_that_cannot_be_read_is_trouble(installed: Settings) -> None:
    said("export", CALL, *WHY, "--to", "mine.asice")
    file = folder_of(installed) / "trust" / "retired.json"
    written = file.read_text() if file.exists() else "{}"
    file.write_text("{")
    found = [said(*words) for words in (("verify", "mine.asice"), ("rotate", "seal"), ("reconcile",))]
    found.append(said("export", CALL, *WHY, "--to", "another.asice"))
    file.write_text(written)
    assert [(code, "retired.json" in text) for code, text in found] == [(1, True)] * 4, found


@pytest.mark.usefixtures("here")
def test_a_retirement_that_somebody_put_off_or_made_up_is_named_by_reconciling(installed: Settings) -> None:
    assert said("rotate", "authority")[0] == 0
    file = folder_of(installed) / "trust" / "retired.json"
    written = file.read_text()
    assert "retir" not in said("reconcile")[1]
    name, at = list(json.loads(written).items())[-1]
    file.write_text(json.dumps(json.loads(written) | {name: at + 3_600}))
    later = said("reconcile")
    file.write_text(json.dumps(json.loads(written) | {"another": at}))
    more = said("reconcile")
    file.write_text(written)
    assert (later[0], "at another time" in later[1]) == (1, True), later
    assert (more[0], "the log has no word of" in more[1]) == (1, True), more


@pytest.mark.usefixtures("here")
def test_a_retirement_that_somebody_took_back_is_named_by_reconciling(installed: Settings) -> None:
    assert said("rotate", "authority")[0] == 0
    assert "retires a key" not in said("reconcile")[1]
    file = folder_of(installed) / "trust" / "retired.json"
    written = file.read_text()
    file.write_text("{}")
    code, text = said("reconcile")
    file.write_text(written)
    assert (code, "retires a key that trust/retired.json does not name" in text) == (1, True), text


def test_a_package_that_holds_with_reservations_has_an_exit_code_of_its_own() -> None:
    well, late = good(Check.AUDIO, "all of it"), remark(Check.TIME, "late")
    assert concluded([well]) == (0, "The package holds.")
    code, sentence = concluded([well, late])
    assert (code, "with reservations" in sentence) == (3, True)
    assert concluded([well, late, wrong(Check.LOG, "not in it")])[0] == 1


def test_an_operator_is_warned_of_what_convinces_nobody() -> None:
    both = list(warnings(Settings.model_validate({})))
    assert ["evidence_authority" in both[0], "evidence_witness" in both[1]] == [True, True]
    settled = {"evidence_authority": "https://tsa.example/", "evidence_heads": "/elsewhere/heads.jsonl"}
    assert list(warnings(Settings.model_validate(settled))) == []
