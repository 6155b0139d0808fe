"""`ventanilla messages` and what `ventanilla check` says of the post: words an operator can act on."""

import asyncio
import re
import time
import tomllib
from pathlib import Path

import pytest
from sqlalchemy import select, update
from typer.testing import CliRunner

from ivr.adapters.codes import SqlCodes
from messages.adapters.outbox import Outbox
from messages.adapters.sendings import Sendings
from messages.adapters.tables import outbox, sendings
from messages.standard import MESSAGES
from server.carriers import channels_of
from server.checks import of_messages
from server.cli import app
from server.conversing import code_limits
from server.database import migrate, open_engine
from server.post import never_quiet, quiet_hours
from server.runtime.credentials import load_secrets
from server.settings import Settings, strange_variables
from tests.dialplans.institutions import inss
from tests.messages.post import CODE, RECEIPT, SEAL, WORDING, To

DOCS = Path(__file__).parents[2] / "docs" / "messages.md"


@pytest.fixture
def ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("VENTANILLA_RUNTIME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    settings = Settings()
    migrate(settings.database, load_secrets(tmp_path).register.encode())
    return settings


def ask(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["messages", *words])
    return done.exit_code, done.output


def test_every_shipped_message_is_printed_with_what_it_costs() -> None:
    code, said = ask("check")
    rows = re.findall(r"^(\S+) +(\w\w) +(\d+) +(GSM 03.38|UCS-2)\S* .*?(\d) ", said, re.MULTILINE)
    assert {(message, language) for message, language, *_ in rows} == {
        (message, language) for message in MESSAGES for language in WORDING.languages
    }
    assert all(int(characters) <= 320 and int(parts) <= 3 for _, _, characters, _, parts in rows)
    assert (code, said.splitlines()[-1]) == (0, f"{len(rows)} messages, 0 faults; at most 320 characters.")


def test_a_message_that_may_not_go_out_fails_the_command_and_the_check(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("messages.linter.LONGEST", 100)
    code, said = ask("check")
    assert code == 1
    assert "at most 100" in said
    assert any("code in es" in fault for fault in of_messages(Settings()))


def test_what_became_of_messages_is_told_without_names_and_numbers(ours: Settings) -> None:
    async def leave() -> None:
        engine = open_engine(ours.database)
        post = Outbox(engine, lambda _: None, time.time, SEAL, WORDING)
        assert await post.leave("receipt", To(), RECEIPT, "call-1:a:1")
        assert await post.leave("code", To(), CODE, "call-1:b:1", urgent=True)
        for urgent in (True, False):
            await Sendings(engine, time.time, SEAL).part(frozenset({"sms"}), lambda *_: 1, urgent=urgent)
        async with engine.begin() as connection:
            letter = select(outbox.c.id).where(outbox.c.message == "code").scalar_subquery()
            failed = update(sendings).where(sendings.c.letter == letter)
            await connection.execute(failed.values(state="expired", why="too_old"))
        await engine.dispose()

    asyncio.run(leave())
    code, said = ask("list")
    lines = [line.split() for line in said.splitlines()]
    assert ["code", "SMS", "failed", "too_old", "1"] in lines
    assert ["receipt", "SMS", "waiting", "1"] in lines
    assert code == 0
    assert not re.search(r"600123456|12345678|demo-maria", said)


def test_staff_lift_a_block_and_are_told_when_there_is_none(ours: Settings) -> None:
    key = load_secrets(ours.runtime).register.encode()

    async def guess() -> None:
        engine = open_engine(ours.database)
        store = SqlCodes(engine, key, lambda: code_limits(inss()))
        for number in range(6):
            at = time.time() - 20_000 + number * 3_601
            if await store.issue(f"c-{number}", "demo-maria", "address", 6, at, "+34600123456"):
                for _ in range(3):
                    await store.check(f"c-{number}", "demo-maria", "address", "x", at)
        await engine.dispose()

    assert ask("unblock", "demo-maria") == (1, "This person is not blocked.\n")
    asyncio.run(guess())
    assert ask("unblock", "demo-maria") == (0, "They may have codes again.\n")
    assert ask("unblock", "demo-maria")[0] == 1


@pytest.mark.parametrize("command", [("list",), ("links",), ("unblock", "x")])
def test_without_a_database_each_command_says_what_makes_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("VENTANILLA_RUNTIME", str(tmp_path / "nothing"))
    done = CliRunner().invoke(app, ["messages", *command])
    assert "There is no database yet" in str(done.exception)


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({"sms": {"host": "smsc.example"}}, "system_id"),
        ({"sms": {"host": "smsc.example", "system_id": "x", "password": "nine-or-more"}}, "SMPP 3.4 knows"),
        ({"mail": {"host": "smtp.example"}}, "VENTANILLA_MAIL__SENDER"),
        ({"mail": {"host": "smtp.example", "security": "none", "sender": "a@b.example"}}, "unencrypted"),
    ],
)
def test_a_carrier_that_lacks_something_is_named_by_its_variable(
    wishes: dict[str, object], said: str
) -> None:
    faults = list(of_messages(Settings.model_validate(wishes)))
    assert [fault for fault in faults if said in fault]
    assert "nine-or-more" not in repr(faults)


def test_the_shipped_settings_have_nothing_to_mend() -> None:
    assert list(of_messages(Settings())) == []


def test_the_settings_that_the_page_shows_are_accepted_and_open_both_channels() -> None:
    example = DOCS.read_text(encoding="utf-8").split("```toml")[1].split("```")[0]
    settings = Settings.model_validate(tomllib.loads(example))
    channels = channels_of(settings.sms, settings.mail, "SegSocial", WORDING)
    assert set(channels) == {"sms", "email"}
    assert channels_of(Settings().sms, Settings().mail, "SegSocial", WORDING) == {}
    names = ["VENTANILLA_SMS__HOST", "VENTANILLA_MAIL__SENDER", "VENTANILLA_SMS__HOSTT"]
    (wrong,) = strange_variables(names)
    assert wrong.startswith("VENTANILLA_SMS__HOSTT is no setting.")


def test_the_institutions_quiet_hours_are_those_of_its_file() -> None:
    until = quiet_hours(inss)
    midnight = 1_795_388_400.0  # 23 November 2026, 00:00 in Madrid
    assert until(midnight) == midnight + 8 * 3600
    assert until(midnight + 12 * 3600) is None
    never_quiet(midnight)
