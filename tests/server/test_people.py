"""Agents and supervisors are made, changed and closed from the command line, and can work afterwards."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from queues.adapters.store import SqlStore
from queues.agents import Agent
from server.cli import app
from server.database import migrate, open_engine
from server.flows import Flows
from server.reloading import Reloading
from server.runtime.credentials import write_private
from server.runtime.processes import start_time
from tests.dialplans.institutions import INSS
from web.adapters.accounts import Accounts, Refusal, Welcome

WORD = "una contraseña larga"
Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def url(tmp_path: Path) -> str:
    url = f"sqlite+aiosqlite:///{tmp_path / 'people.sqlite'}"
    migrate(url, b"a key of the tests")
    return url


@pytest.fixture
def people(tmp_path: Path, url: str) -> Command:
    """Run `ventanilla people …` with a password on standard input."""

    def run(*words: str, password: str = WORD) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "server.cli", "people", *words],
            input=f"{password}\n",
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env={
                **os.environ,
                "VENTANILLA_RUNTIME": str(tmp_path),
                "VENTANILLA_DATABASE_URL": url,
                "COLUMNS": "200",
            },
        )

    return run


async def _agents(url: str) -> dict[str, Agent]:
    engine = open_engine(url)
    try:
        return {agent.name: agent for agent in await SqlStore(engine).agents()}
    finally:
        await engine.dispose()


async def _signs_in(url: str, name: str, password: str) -> bool:
    engine = open_engine(url)
    try:
        match await Accounts(engine).sign_in(name, password, "192.0.2.1"):
            case Welcome():
                return True
            case Refusal():
                return False
    finally:
        await engine.dispose()


def test_an_agent_is_added_trained_given_a_password_and_closed(people: Command, url: str) -> None:
    added = people("add", "eva", "--name", "Eva Sanz", "--language", "es=5", "--skill", "pension=3")
    assert (added.returncode, added.stderr) == (0, "")
    assert "Their telephone comes when `ventanilla run` is next started" in " ".join(added.stdout.split())
    assert asyncio.run(_agents(url))["eva"] == Agent("eva", "Eva Sanz", 1, {"es": 5}, {"pension": 3})
    assert asyncio.run(_signs_in(url, "eva", WORD))

    assert (
        people("train", "eva", "--language", "ca=4", "--skill", "pension=0", "--level", "2").returncode == 0
    )
    assert asyncio.run(_agents(url))["eva"] == Agent("eva", "Eva Sanz", 2, {"es": 5, "ca": 4}, {})

    assert people("password", "eva", password="otra contraseña").returncode == 0
    assert not asyncio.run(_signs_in(url, "eva", WORD))
    assert asyncio.run(_signs_in(url, "eva", "otra contraseña"))

    assert people("close", "eva").returncode == 0
    assert asyncio.run(_agents(url)) == {}
    assert not asyncio.run(_signs_in(url, "eva", "otra contraseña"))
    listed = people("list").stdout
    assert "eva" in listed
    assert "closed" in listed


def test_a_supervisor_has_an_account_and_no_place_in_the_router(people: Command, url: str) -> None:
    assert people("add", "rosa", "--name", "Rosa Pons", "--role", "supervisor").returncode == 0
    assert asyncio.run(_agents(url)) == {}
    assert asyncio.run(_signs_in(url, "rosa", WORD))


def test_what_cannot_be_is_refused_in_a_sentence_and_changes_nothing(
    people: Command, tmp_path: Path, url: str
) -> None:
    eva = ("add", "eva", "--name", "Eva Sanz", "--language")
    typed = CliRunner(
        env={"VENTANILLA_RUNTIME": str(tmp_path), "VENTANILLA_DATABASE_URL": url, "COLUMNS": "200"}
    )
    for words, password, said in (
        ((*eva, "es=5"), "short", "A password has 10 to 256 characters"),
        ((*eva, "xx=5"), WORD, "there is no language xx; there are: es"),
        ((*eva, "es=9"), WORD, "say how well, 1 to 5"),
        ((*eva, "es=5", "--skill", "tax=5"), WORD, "there is no skill tax"),
        (("add", "Eva", "--name", "Eva", "--language", "es=5"), WORD, "a lower-case letter first"),
        (("password", "nobody"), WORD, "There is no open account nobody"),
        (("train", "nobody", "--level", "2"), WORD, "nobody is no agent"),
        (("telephone", "nobody", "612345678"), WORD, "nobody is no agent"),
        (("telephone", "nobody", "806123456"), WORD, "an ordinary mobile or landline of ES"),
    ):
        refused = typed.invoke(app, ["people", *words], input=f"{password}\n")
        assert refused.exit_code != 0
        assert said in " ".join(f"{refused.output} {refused.exception}".replace("│", " ").split())
    closed = people("close", "nobody")
    assert closed.returncode != 0
    assert "There is no open account nobody" in closed.stderr
    assert "Traceback" not in closed.stderr
    assert asyncio.run(_agents(url)) == {}


def test_a_number_outside_is_noted_for_an_agent_and_taken_away(tmp_path: Path, url: str) -> None:
    runner = CliRunner(
        env={"VENTANILLA_RUNTIME": str(tmp_path), "VENTANILLA_DATABASE_URL": url, "COLUMNS": "200"}
    )

    def people(*words: str) -> str:
        done = runner.invoke(app, ["people", *words], input=f"{WORD}\n")
        assert done.exit_code == 0
        return done.output

    people("add", "eva", "--name", "Eva Sanz", "--language", "es=5")
    said = people("telephone", "eva", "612 345 678")
    assert "eva may be rung on the number outside that ends in 678." in said
    people("train", "eva", "--language", "ca=4")
    assert asyncio.run(_agents(url))["eva"].outside == "+34612345678"
    said += people("list")
    assert "…678" in said
    assert "612345" not in said + repr(asyncio.run(_agents(url)))
    people("telephone", "eva", "")
    assert not asyncio.run(_agents(url))["eva"].outside


async def test_a_running_server_takes_the_roster_up(people: Command, tmp_path: Path) -> None:
    taken = list[str]()

    async def take() -> None:
        taken.append("people")

    flows = Flows(INSS)
    before = flows.current()
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, Reloading(tmp_path, flows, take).asked)
    write_private(tmp_path / "server.pid", f"[{os.getpid()}, {start_time(os.getpid())}]")
    try:
        words = ("add", "eva", "--name", "Eva Sanz", "--language", "es=5")
        said = await asyncio.to_thread(people, *words)
    finally:
        asyncio.get_running_loop().remove_signal_handler(signal.SIGHUP)
    assert "The running server knows." in said.stdout
    assert taken == ["people"]
    assert flows.current() is before
