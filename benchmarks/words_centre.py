"""A whole centre for the benchmark of words: Asterisk, broker, server, in a runtime and on ports of its own.

Beside the institution's numbers Asterisk has one more, `PURE`, whose dialplan plays what the server plays to the
benchmark's caller, step by step, and asks nobody.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

from benchmarks.centre import INSTITUTION
from benchmarks.machine import process_cpu
from server import setup
from server.runtime.asterisk import Asterisk
from server.runtime.broker import Broker
from server.runtime.ports import free_ports
from server.runtime.programs import prepare
from server.runtime.progress import silent
from server.runtime.serving import Serving
from server.settings import PROJECT, Settings

OURS, PURE = "901166565", "900000000"
CALLS = 200
"""Calls that the range of RTP ports holds: 100, and those that have just ended."""
STOP_S = 10.0
"""Longest wait for a process that was told to stop."""
DIALPLAN = f"""
[numbers](+)
exten => {PURE},1,Answer()
 same => n,Read(VT_KEYS,vt/greeting.general&vt/language.offer,1,e,1,6)
 same => n,Playback(vt/recording.notice)
 same => n(menu),Read(VT_KEYS,vt/menu.main,1,e,1,6)
 same => n,Read(VT_KEYS,vt/menu.info,1,e,1,6)
 same => n,Goto(menu)
"""


@dataclass(frozen=True, slots=True)
class Centre:
    """A centre that runs."""

    settings: Settings
    pids: dict[str, int]

    @property
    def sounds(self) -> Path:
        """Where the Spanish prompts lie as Asterisk plays them."""
        return self.settings.sounds / "es" / "vt"

    def cpu(self) -> dict[str, float]:
        """Seconds of CPU each of its processes has used."""
        return {name: process_cpu(pid) for name, pid in self.pids.items()}


@contextmanager
def opened(folder: Path) -> Iterator[Centre]:
    """Open a centre below `folder`, with the programs of this project's runtime; stop it, by process id."""
    shared = PROJECT / ".runtime"
    prepare(shared)
    runtime = folder / "runtime"
    runtime.mkdir()
    (runtime / "root").symlink_to(shared / "root")
    institution = spanish(folder / "institution")
    settings = Settings(institution=str(institution), runtime=runtime, ports=free_ports(CALLS))
    installation = setup.set_up(settings, silent)
    etc = installation.asterisk.places.etc
    (etc / "benchmark.conf").write_text(DIALPLAN, "utf-8")
    with (etc / "extensions.conf").open("a", encoding="utf-8") as extensions:
        extensions.write('\n#include "benchmark.conf"\n')
    server = Serving(
        argv=(sys.executable, "-m", "server.cli", "serve"),
        runtime=runtime,
        log=folder / "server.log",
        ready_ports=(settings.ports.agi, settings.ports.web),
        environment=environment_of(settings),
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
        yield Centre(settings, {name: process.pid for name, process in running.items() if process})
    finally:
        for name in reversed(running):
            parts[name].stop()
        for process in filter(None, running.values()):
            process.wait(STOP_S)


def spanish(place: Path) -> Path:
    """Copy the institution with the sound of Spanish alone: the others' files are not played here, but take seconds."""
    shutil.copytree(INSTITUTION, place, ignore=shutil.ignore_patterns("audio"))
    audio = Path("languages", "audio")
    (place / audio).mkdir()
    (place / audio / "es").symlink_to(INSTITUTION / audio / "es")
    return place


def environment_of(settings: Settings) -> dict[str, str]:
    """Say as variables what differs from the defaults."""
    ports = {
        f"VENTANILLA_PORTS__{f.name.upper()}": str(getattr(settings.ports, f.name))
        for f in fields(settings.ports)
    }
    return {
        **os.environ,
        **ports,
        "VENTANILLA_RUNTIME": str(settings.runtime),
        "VENTANILLA_INSTITUTION": settings.institution,
    }
