"""A whole centre for a test: its own folder, ports, Asterisk, broker, database, and the server as a process to kill."""

import asyncio
import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import text

from dialplans.voice.install import INSTALLED, install
from queues.adapters.store import SqlStore
from queues.agents import Agent
from recordings.adapters.vault.audio import VaultAudio
from server import database, setup
from server.runtime.progress import silent
from server.runtime.serving import Serving
from server.settings import Settings
from server.vault import ring_of, stores_of
from web.accounts import Account, Role
from web.adapters.accounts import Accounts
from web.demonstration import demonstration_accounts

LUIS = Agent("luis", "Luis Ortega", 1, {"es": 5})
"""A third generalist, for tests that need three people talking."""

PLAYED = re.compile(r"Playing '(?:[a-z]{2,3}/)?vt/([a-z0-9_.]+)\.(?:alaw|slin16)'")

PASSWORDS = {"luis": "luis-and-no-secret"} | {
    account.name: password for account, password in demonstration_accounts()
}


@dataclass(slots=True)
class Centre:
    """A centre that runs. `kill` the server as a crash would; `start` it again; look at everything it left."""

    settings: Settings
    installation: setup.Installation
    server: Serving
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def sip(self) -> str:
        return f"127.0.0.1:{self.settings.ports.sip}"

    @property
    def page(self) -> str:
        return f"http://127.0.0.1:{self.settings.ports.web}"

    def secret(self, agent: str) -> str:
        return self.installation.secrets.agents[f"{agent}-sip"]

    def start(self) -> None:
        self.processes.append(self.server.start())
        self.server.wait_ready()

    def kill(self) -> None:
        """Kill -9, and wait until it is gone."""
        number = self.server.pid()
        assert number is not None
        os.kill(number, signal.SIGKILL)
        self.processes.pop().wait(timeout=10)

    def server_log(self) -> str:
        return self.server.log.read_text(errors="replace")

    def played(self) -> list[str]:
        """Prompt keys that Asterisk itself says it played, in order, from its own log."""
        log = self.installation.asterisk.places.full_log.read_text(errors="replace")
        return PLAYED.findall(log)

    async def sealed(self, call: str) -> bytes:
        """The sealed recording of a call, as whoever may hear it gets it; it rests encrypted."""
        engine = database.open_engine(self.settings.database)
        try:
            audio = VaultAudio(engine, stores_of(self.settings), ring_of(self.settings))
            return b"".join([piece async for piece in audio.read(call)])
        finally:
            await engine.dispose()

    async def rows(self, query: str, **values: object) -> list[dict[str, Any]]:
        engine = database.open_engine(self.settings.database)
        try:
            async with engine.connect() as connection:
                return [dict(row) for row in (await connection.execute(text(query), values)).mappings()]
        finally:
            await engine.dispose()

    async def until(self, query: str, *, within: float = 20.0, **values: object) -> list[dict[str, Any]]:
        """Ask the database until there is an answer."""
        deadline = time.monotonic() + within
        while not (rows := await self.rows(query, **values)):
            assert time.monotonic() < deadline, f"nothing within {within} s: {query}"
            await asyncio.sleep(0.1)
        return rows

    async def desk(self, agent: str) -> "Desk":
        """Sign an agent in to the pages."""
        client = httpx.AsyncClient(base_url=self.page, headers={"Origin": self.page}, timeout=10)
        answer = await client.post("/session", json={"name": agent, "password": PASSWORDS[agent]})
        answer.raise_for_status()
        return Desk(client)


@dataclass(frozen=True, slots=True)
class Desk:
    """An agent's desk without the page: the requests that the page makes."""

    client: httpx.AsyncClient

    async def ask(
        self, path: str, body: Mapping[str, object] | None = None, page: str = "desk"
    ) -> httpx.Response:
        return await self.client.post(f"/{page}/{path}", json=dict(body or {}))

    async def works(self, address: str = "telephone") -> None:
        """Take the place and let calls come."""
        (await self.ask("sign-in", {"address": address})).raise_for_status()
        (await self.ask("ready")).raise_for_status()


def _decoded_once(settings: Settings, decoded: Path) -> None:
    """Give a centre the prompts as another has decoded them: 3,500 files cost sixteen seconds of a processor.

    Hard links serve, for a prompt that changes is written beside and renamed; the list of them is each centre's own.
    """
    with (decoded.parent / "sounds-of-tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        install(settings.institution_folder, decoded, lambda *_: None)
        shutil.copytree(decoded, settings.sounds, dirs_exist_ok=True, copy_function=_linked)
    listed = settings.sounds / INSTALLED
    listed.unlink()
    shutil.copy(decoded / INSTALLED, listed)


def _linked(source: str, target: str) -> None:
    """Link a file, or copy it where the tests' folder is on another file system."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def prepare(folder: Path, shared: Path, settings: Settings) -> Centre:
    """Set a centre up in `folder`, with the programs of `shared` (`.runtime`), and start it."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "root").exists():
        (folder / "root").symlink_to(shared / "root")
    database.migrate(settings.database)
    asyncio.run(_hire(settings))
    _decoded_once(settings, shared / "sounds-of-tests")
    installation = setup.set_up(settings.model_copy(update={"trace": True}), silent)
    server = Serving(
        argv=(sys.executable, "-m", "server.cli", "serve"),
        runtime=folder,
        log=folder / "server.log",
        ready_ports=(settings.ports.agi, settings.ports.web),
        environment=environment(settings),
    )
    centre = Centre(settings, installation, server)
    for part in (installation.broker, installation.asterisk):
        process = part.start()
        assert process is not None
        centre.processes.append(process)
        part.wait_ready()
    return centre


async def _hire(settings: Settings) -> None:
    engine = database.open_engine(settings.database)
    await SqlStore(engine).enrol((LUIS,))
    await Accounts(engine).add(Account("luis", LUIS.display, Role.AGENT), PASSWORDS["luis"])
    await engine.dispose()


def environment(settings: Settings) -> dict[str, str]:
    """Write settings as the environment variables that say the same."""
    ports = {
        f"VENTANILLA_PORTS__{f.name.upper()}": str(getattr(settings.ports, f.name))
        for f in fields(settings.ports)
    }
    plain = (
        "institution",
        "demonstration",
        "runtime",
        "database_url",
        "lost_attempts",
        "lost_pause",
        "net_seconds",
        "silent_seconds",
        "carrier",
        "wrap_up_seconds",
        "crm",
        "pop_url",
        "webhook_url",
    )
    secrets = {
        f"VENTANILLA_{name.upper()}": getattr(settings, name).get_secret_value()
        for name in ("webhook_secret", "crm_webhook_secret")
    }
    crm = {
        f"VENTANILLA_CRM_OPTIONS__{name.upper()}": value.get_secret_value()
        for name, value in settings.crm_options.items()
    }
    carriers = {
        f"VENTANILLA_{group.upper()}__{name.upper()}": getattr(
            value, "get_secret_value", lambda value=value: str(value)
        )()
        for group in ("sms", "mail")
        for name, value in getattr(settings, group)
    }
    plainly = {f"VENTANILLA_{name.upper()}": str(getattr(settings, name)) for name in plain}
    return ports | carriers | secrets | crm | plainly


def stop(centre: Centre) -> None:
    """Stop all of it, by process id."""
    centre.server.stop()
    centre.installation.asterisk.stop()
    centre.installation.broker.stop()
    for process in centre.processes:
        process.wait(timeout=10)
