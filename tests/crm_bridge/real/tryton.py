"""A real Tryton: its own environment, a database made once and copied for every session, one process."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

from crm_bridge.adapters.exchange import client_for
from crm_bridge.connectors.tryton.line import Line
from tests.crm_bridge.real.environment import HERE, alone, digest, environment, say
from tests.crm_bridge.real.process import Served, free_port, serving

MADE_LIMIT_S = 300.0
LESSER, GROUPS = "ventanilla", ("Project Administration",)
DATABASE, USER, PASSWORD = "crm", "admin", "a password of the tests"
_CONFIGURATION = """\
[database]
uri = sqlite://
path = {folder}

[web]
listen = 127.0.0.1:{port}

[session]
timeout = {timeout}
authentication_ip_network =
"""


@contextmanager
def a_tryton(runtime: Path, folder: Path, *, timeout: int = 3600) -> Iterator[Served]:
    """Run a Tryton with party and project, a company and nobody in it."""
    there = Settled(runtime, folder, timeout)
    with there.serving() as process:
        yield Served(there.options, there.lesser, process.pid)


class Settled:
    """A Tryton that lies ready in a folder: it can serve, be killed, and serve again what it had stored."""

    def __init__(self, runtime: Path, folder: Path, timeout: int = 3600) -> None:
        home = runtime / "crm-tryton"
        with alone(home):
            programs = environment(home, "tryton")
            template = _template(home, programs)
        shutil.copy(template, folder / f"{DATABASE}.sqlite")
        port = free_port()
        configuration = folder / "trytond.conf"
        configuration.write_text(
            _CONFIGURATION.format(folder=folder, port=port, timeout=timeout), encoding="utf-8"
        )
        self._words = [str(programs / "trytond"), "-c", str(configuration), "-d", DATABASE]
        self._log = folder / "trytond.log"
        self.url = f"http://127.0.0.1:{port}"
        self.options = {"url": self.url, "database": DATABASE, "user": USER, "password": PASSWORD}
        self.lesser = {**self.options, "user": LESSER}

    def serving(self) -> "AbstractContextManager[subprocess.Popen[bytes]]":
        """Serve until the block is left."""
        return serving(self._words, _surroundings(), self._log, self.url)


def _template(home: Path, programs: Path) -> Path:
    """Make the database once: thirty seconds, and milliseconds from then on."""
    template, mark = home / "template.sqlite", home / "template.of"
    wanted = digest(HERE / "tryton.txt", Path(__file__))
    if template.is_file() and mark.is_file() and mark.read_text(encoding="utf-8") == wanted:
        return template
    folder = home / "making"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / f"{DATABASE}.sqlite").touch()
    (folder / "password").write_text(PASSWORD, encoding="utf-8")
    port = free_port()
    configuration = folder / "trytond.conf"
    configuration.write_text(_CONFIGURATION.format(folder=folder, port=port, timeout=3600), encoding="utf-8")
    surroundings = {**_surroundings(), "TRYTONPASSFILE": str(folder / "password")}
    admin = [str(programs / "trytond-admin"), "-c", str(configuration), "-d", DATABASE]
    say("making Tryton's database, once …")
    for words in (
        ["--all", "-p", "--email", "admin@example.org", "-l", "es"],
        ["-u", "party", "project", "--activate-dependencies"],
    ):
        subprocess.run(
            [*admin, *words], env=surroundings, check=True, timeout=MADE_LIMIT_S, capture_output=True
        )
    server, url = (
        [str(programs / "trytond"), "-c", str(configuration), "-d", DATABASE],
        f"http://127.0.0.1:{port}",
    )
    # The fixture that wants the database may run inside an event loop, where no other can be run.
    with serving(server, surroundings, folder / "trytond.log", url), ThreadPoolExecutor(1) as apart:
        apart.submit(lambda: asyncio.run(_company(url))).result(MADE_LIMIT_S)
    _copy(folder / f"{DATABASE}.sqlite", template)
    mark.write_text(wanted, encoding="utf-8")
    shutil.rmtree(folder)
    return template


def _copy(made: Path, template: Path) -> None:
    """Copy a database whole: what was written last may still stand in its write-ahead log."""
    template.unlink(missing_ok=True)
    with closing(sqlite3.connect(made)) as source, closing(sqlite3.connect(template)) as target:
        source.backup(target)


async def _company(url: str) -> None:
    """Give Tryton what its own set-up assistant asks a person for: a company, and the user's place in it."""
    async with client_for(url) as client:
        line = Line(client, DATABASE, USER, PASSWORD)
        (party,) = await line.call("model.party.party.create", [{"name": "Institución"}])
        (currency,) = await line.call(
            "model.currency.currency.create", [{"name": "Euro", "symbol": "€", "code": "EUR"}]
        )
        (company,) = await line.call("model.company.company.create", [{"party": party, "currency": currency}])
        (user,) = await line.call("model.res.user.search", [("login", "=", USER)], 0, 1, None)
        place = {"companies": [["add", [company]]], "company": company}
        await line.call("model.res.user.write", [user], place)
        groups = await line.call("model.res.group.search", [("name", "in", list(GROUPS))], 0, None, None)
        worker = {"name": LESSER, "login": LESSER, "password": PASSWORD, "groups": [["add", groups]], **place}
        await line.call("model.res.user.create", [worker])


def _surroundings() -> dict[str, str]:
    """Give the environment of a process: nothing that belongs to the tests' own Python."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))
    }
