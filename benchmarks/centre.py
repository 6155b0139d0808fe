"""The whole server as `ventanilla serve` runs it, for the benchmark: pages, database, facts, logs, recordings' rows.

A fresh runtime in a temporary folder, ports of its own, the institution without opening hours, so that the twenty
commands hold on any day. Asterisk's manager interface and the broker are not there: the server asks for them again and
again, and messages wait, as they do when these are lost. Its lines go to a file, as the watcher's do.
"""

import json
import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop

from benchmarks.script import SECRET
from server.app import serve
from server.cli import speak
from server.database import migrate
from server.runtime.credentials import load_secrets, write_private
from server.runtime.ports import free_ports
from server.settings import PROJECT, Settings

INSTITUTION = PROJECT / "dialplans" / "inss"
OPENING = re.compile(r"^(\w+day) *= *\[.*\]$", re.MULTILINE)


def run(port: int) -> None:
    """Serve on `port` until SIGTERM, as a centre that nobody ever opens; what it wrote is gone afterwards."""
    with TemporaryDirectory(prefix="ventanilla-bench-") as folder:
        settings = prepared(Path(folder), port)
        with (settings.runtime / "server.log").open("w", encoding="utf-8") as lines:
            sys.stderr = lines
            speak("INFO")
            uvloop.run(serve(settings, load_secrets(settings.runtime)))


def prepared(folder: Path, port: int) -> Settings:
    """Lay down institution, database and the load's secret."""
    settings = Settings(
        institution=str(_always_closed(folder / "institution")),
        demonstration=False,
        always_open=False,
        runtime=folder / "runtime",
        ports=replace(free_ports(), agi=port),
    )
    write_private(settings.runtime / "secrets.json", json.dumps({"agi": SECRET}))
    migrate(settings.database)
    return settings


def _always_closed(place: Path) -> Path:
    shutil.copytree(INSTITUTION, place, ignore=shutil.ignore_patterns("audio"))
    file = place / "institution.toml"
    text, days = OPENING.subn(r"\1 = []", file.read_text(encoding="utf-8"))
    if not days:
        raise RuntimeError(f"no opening hours were found in {file}")
    file.write_text(text, encoding="utf-8")
    return place
