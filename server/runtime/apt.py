"""apt-get in a world of its own: nothing of the host's package state is read or changed.

Of the host's apt configuration only `Acquire::` (proxies, certificates) is taken over; its hooks are not.
"""

import os
import subprocess
import time
from pathlib import Path

from server.runtime.progress import Progress
from server.runtime.sources import Source, host_keyring, host_mirror
from server.runtime.trouble import RuntimeTrouble

APT_LIMIT = 1800  # seconds; a package set is 100 MB, so this still serves a line of half a megabit


def make_world(world: Path, suite: str) -> None:
    """Lay out lists, cache, an empty status file and a sources.list with one suite of the host's mirror."""
    for folder in ("lists/partial", "cache/archives/partial", "etc"):
        (world / folder).mkdir(parents=True, exist_ok=True)
    keyring = host_keyring()
    if keyring is None:
        raise RuntimeTrouble(
            "Debian's archive keyring is missing: install the package debian-archive-keyring."
        )
    (world / "status").write_text("", encoding="utf-8")
    mirror = os.environ.get("VENTANILLA_DEBIAN_MIRROR") or host_mirror()
    (world / "sources.list").write_text(Source(mirror, keyring).line(suite), encoding="utf-8")
    (world / "apt.conf").write_text(_apt_configuration(world), encoding="utf-8")


def _apt_configuration(world: Path) -> str:
    kept = [line for line in output(["apt-config", "dump"]).splitlines() if line.startswith("Acquire::")]
    ours = {
        "Dir::Etc::main": "/dev/null",
        "Dir::Etc::parts": "/dev/null",
        "Dir::Etc::sourcelist": world / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::preferences": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
        "Dir::State": world,
        "Dir::State::lists": world / "lists",
        "Dir::State::status": world / "status",
        "Dir::Cache": world / "cache",
        "Dir::Log": world,
        "Debug::NoLocking": "1",
        "APT::Sandbox::User": "root",  # root need not become _apt, who may not enter this folder
        "APT::Install-Recommends": "false",
        "APT::Update::Error-Mode": "any",
        "Acquire::Languages": "none",
        "Acquire::Retries": "2",
        "Acquire::http::Timeout": "30",
    }
    return "\n".join([*kept, *(f'{key} "{value}";' for key, value in ours.items())]) + "\n"


def run_apt(world: Path, words: list[str], progress: Progress, step: str) -> None:
    """Run apt-get in the private world; its status lines (`dlstatus:3:42.1:…`) become progress."""
    command = ["apt-get", "-qq", "-o", "APT::Status-Fd=1", *words]
    surroundings = {**os.environ, "APT_CONFIG": str(world / "apt.conf"), "LC_ALL": "C"}
    with (
        (world / "errors").open("w+", encoding="utf-8") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env=surroundings, text=True) as run,
    ):
        _follow(run, progress, step)
        if run.wait(timeout=30):  # its output has ended, so it is only cleaning up
            errors.seek(0)
            raise RuntimeTrouble(explain(errors.read(), f"apt-get {words[0]}"))


def _follow(run: "subprocess.Popen[str]", progress: Progress, step: str) -> None:
    deadline = time.monotonic() + APT_LIMIT
    for line in run.stdout or ():
        parts = line.split(":", 3)
        if parts[0] == "dlstatus" and len(parts) == 4:  # noqa: PLR2004 apt's own format has four fields
            progress(step, float(parts[2]) / 100)
        if time.monotonic() > deadline:
            run.kill()
            raise RuntimeTrouble(
                f"{step} took longer than {APT_LIMIT} s: the network is too slow; try again later."
            )


def explain(errors: str, what: str) -> str:
    """Turn apt's complaints into the one sentence that says what to do."""
    network = (
        "Could not resolve",
        "Temporary failure",
        "Unable to connect",
        "Could not connect",
        "timed out",
    )
    if any(sign in errors for sign in network):
        return "The Debian mirror cannot be reached: check the network, or set VENTANILLA_DEBIAN_MIRROR."
    if "No space left" in errors:
        return "The disk is full: make room, or set VENTANILLA_RUNTIME to a folder on a bigger disk."
    if "NO_PUBKEY" in errors or "is not signed" in errors:
        return "This host's keyring is too old to verify Debian sid: update debian-archive-keyring."
    last = next(
        (line for line in reversed(errors.splitlines()) if line.startswith("E:")), "it gave no reason"
    )
    return f"{what} failed ({last.removeprefix('E: ')}): try again, or set VENTANILLA_DEBIAN_MIRROR."


def output(command: list[str]) -> str:
    """Return what a command of the packaging tools prints."""
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout
