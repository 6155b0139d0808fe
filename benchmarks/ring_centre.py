"""The centre of the ring benchmark: the real server and app_queue on one Asterisk, with the same agents.

A number of the institution's copy leads straight to a person, so that nobody has to be walked through menus, and every
prompt is one packet of silence: what is measured is not how long we talk. Two numbers of pure dialplan lead into
app_queue, once with its own `retry` of 5 s and once with the least it takes, 1 s. Two more users of the manager
interface count events: one asks for what our server asks for, the other for everything.
"""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text

from benchmarks.words_centre import CALLS, STOP_S, environment_of, spanish
from queues.adapters.store import SqlStore
from queues.agents import Agent
from server import setup
from server.database import migrate, open_engine
from server.runtime.asterisk import Asterisk
from server.runtime.broker import Broker
from server.runtime.ports import free_ports
from server.runtime.programs import prepare
from server.runtime.progress import silent
from server.runtime.serving import Serving
from server.settings import PROJECT, Settings
from web.accounts import Account, Role
from web.adapters.accounts import Accounts

OURS, QUEUE, QUICK_QUEUE, WIDE_QUEUE = "900000000", "900000005", "900000001", "900000009"
PASSWORD = "of-the-benchmark-only"  # noqa: S105 - a centre of a minute, on loopback
EVERYTHING, MASKED = "everything", "masked"
MORE_QUEUES = 8
"""Queues that the trained half of the agents stand in besides: as many as the institution has subjects."""
SUBJECTS = ("pension", "subsidy", "imv", "affiliation", "payments", "cases", "appointments", "international")
NUMBER = f"""

[numbers.{OURS}]
flow = "ring"
campaign = "general"
shown = "{OURS}"
recorded = false
about = {{ es = "Banco de pruebas" }}
"""
FLOW = """title = "Straight to a person"
start = "agent"
person = "agent"
farewell = "general/farewell"
emergency = "general/emergency"

[steps.agent]
kind = "person"
closed = "general/farewell"
next = "general/goodbye"
"""
DIALPLAN = f"""
[numbers](+)
exten => {QUEUE},1,Answer()
 same => n,Queue(bench5)
 same => n,Hangup()
exten => {QUICK_QUEUE},1,Answer()
 same => n,Queue(bench1)
 same => n,Hangup()
exten => {WIDE_QUEUE},1,Answer()
 same => n,Queue(wide)
 same => n,Hangup()
"""
HUSH = {".alaw": b"\xd5" * 160, ".slin16": b"\0" * 640}


@dataclass(frozen=True, slots=True)
class Centre:
    """A centre that runs."""

    settings: Settings
    pids: dict[str, int]
    manager_secret: str

    async def facts(self) -> list[tuple[str, str, str, float]]:
        """Give (type, agent, call, at) of every fact kept, oldest first; of a card when it was whole.

        A card's own `at` is when it was begun: what it says of the caller is true of then.
        """
        engine = open_engine(self.settings.database)
        try:
            async with engine.connect() as connection:
                rows = await connection.execute(
                    text("SELECT type, agent, call, at, body FROM server_facts ORDER BY at")
                )
                return [(row.type, row.agent or "", row.call or "", _whole_at(row)) for row in rows]
        finally:
            await engine.dispose()


def _whole_at(row: Any) -> float:  # noqa: ANN401 - a SQLAlchemy row has no static columns; Any stops here
    took_ms = json.loads(row.body)["took_ms"] if row.type == "CardComposed" else 0.0
    return float(row.at) + float(took_ms) / 1000


def people(count: int) -> tuple[Agent, ...]:
    """Give the agents: the first half generalists, the second half trained in everything."""
    return tuple(Agent(f"r{n}", f"Agent {n}", 1, {"es": 5}, _trained(n >= count // 2)) for n in range(count))


def _trained(everything: bool) -> dict[str, int]:  # noqa: FBT001 - it is the whole question
    return dict.fromkeys(SUBJECTS, 4) if everything else {}


@contextmanager
def opened(folder: Path, contacts: dict[str, int]) -> Iterator[Centre]:
    """Open a centre below `folder`; `contacts`: each agent's UDP port. Stop it all, by process id."""
    prepare(PROJECT / ".runtime")
    runtime = folder / "runtime"
    runtime.mkdir()
    (runtime / "root").symlink_to(PROJECT / ".runtime" / "root")
    institution = _institution(folder / "institution")
    settings = Settings(institution=str(institution), runtime=runtime, ports=free_ports(CALLS))
    asyncio.run(_hire(settings, len(contacts)))
    installation = setup.set_up(settings, silent)
    _hush(settings.sounds)
    _configure(installation.asterisk.places.etc, contacts, installation.secrets.ami)
    server = Serving(
        argv=(sys.executable, "-m", "server.cli", "serve"),
        runtime=runtime,
        log=folder / "server.log",
        ready_ports=(settings.ports.agi, settings.ports.web),
        environment=environment_of(settings) | {"VENTANILLA_WRAP_UP_SECONDS": "0"},
    )
    parts: dict[str, Broker | Asterisk | Serving] = {
        "broker": installation.broker,
        "asterisk": installation.asterisk,
        "server": server,
    }
    running: dict[str, subprocess.Popen[bytes] | None] = {}
    try:
        for name, part in parts.items():
            running[name] = part.start()
            part.wait_ready()
        pids = {name: process.pid for name, process in running.items() if process}
        yield Centre(settings, pids, installation.secrets.ami)
    finally:
        for name in reversed(running):
            parts[name].stop()
        for process in filter(None, running.values()):
            process.wait(STOP_S)


def _institution(place: Path) -> Path:
    spanish(place)
    toml = place / "institution.toml"
    toml.write_text(toml.read_text("utf-8") + NUMBER, "utf-8")
    (place / "flows" / "ring.toml").write_text(FLOW, "utf-8")
    return place


async def _hire(settings: Settings, count: int) -> None:
    await asyncio.to_thread(migrate, settings.database)
    engine = open_engine(settings.database)
    try:
        await SqlStore(engine).enrol(people(count))
        for agent in people(count):
            await Accounts(engine).add(Account(agent.name, agent.display, Role.AGENT), PASSWORD)
    finally:
        await engine.dispose()


def _hush(sounds: Path) -> None:
    """Make every prompt one packet of silence."""
    for sound in sounds.rglob("vt/*"):
        hush = HUSH.get(sound.suffix)
        if hush is not None:
            sound.unlink()
            sound.write_bytes(hush)


def _configure(etc: Path, contacts: dict[str, int], secret: str) -> None:
    _add(etc / "extensions.conf", DIALPLAN)
    for agent, port in contacts.items():
        _add(
            etc / "pjsip.conf", f"\n[agent-{agent}-sip](+type=aor)\ncontact = sip:{agent}@127.0.0.1:{port}\n"
        )
    _add(etc / "queues.conf", _queues(tuple(contacts)))
    manager = (etc / "manager.conf").read_text("utf-8")
    ours = re.split(r"(?m)^\[ventanilla\]$", manager)[1]
    _add(
        etc / "manager.conf",
        f"\n[{MASKED}]{ours}\n[{EVERYTHING}]\nsecret = {secret}\nread = all\nwrite = \nwritetimeout = 5000\n",
    )


def _queues(agents: tuple[str, ...]) -> str:
    """Write the queues: the first half in the two of them, the second half in one and eight more."""

    def section(name: str, retry: int, members: tuple[str, ...]) -> str:
        lines = "\n".join(f"member => PJSIP/agent-{agent}-sip,0,{agent}" for agent in members)
        return (
            f"\n[{name}]\nstrategy = leastrecent\nmusicclass = default\nringinuse = no\ntimeout = 15\n"
            f"retry = {retry}\nwrapuptime = 0\nautopause = no\n{lines}\n"
        )

    plain, trained = agents[: len(agents) // 2], agents[len(agents) // 2 :]
    others = (section(f"other{number}", 5, trained) for number in range(MORE_QUEUES))
    first = section("bench5", 5, plain) + section("bench1", 1, plain)
    return first + section("wide", 1, trained) + "".join(others)


def _add(file: Path, words: str) -> None:
    with file.open("a", encoding="utf-8") as conf:
        conf.write(words)
