"""One Asterisk of ours: rendered, started, asked, stopped, or found running and taken over.

Theory of operation. Asterisk runs in its own session, so that neither Ctrl-C at our terminal nor the death of
the watcher reaches it: calls go on. Its control socket says whether it lives; a later run that finds it alive
uses it as it is, after telling it to read the configuration again.
"""

import hashlib
import os
import resource
import secrets
import shlex
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from server.runtime.credentials import Secrets, write_private
from server.runtime.ports import check_all_free
from server.runtime.processes import end, gone_within, read_pid
from server.runtime.programs import AsteriskProgram
from server.runtime.render import fill, site_values, templates
from server.runtime.site import Places, Site
from server.runtime.trouble import RuntimeTrouble

SOCKET_PATH_MOST = 100  # bytes; the kernel takes 107 for a Unix socket, Asterisk adds its own name
READY_LIMIT = 30  # seconds; a cold disk needs three, a busy machine ten
STOP_LIMIT = 8  # seconds for an orderly end before it is killed
ASK_LIMIT = 10  # seconds for one console command
OPEN_FILES = 65_536  # enough for 6,000 calls


def running_pid(places: Places) -> int | None:
    """Process id of the one that runs in these places, whoever started it."""
    return read_pid(_run_dir(places) / "asterisk.pid", places.etc / "asterisk.conf")


def _run_dir(places: Places) -> Path:
    """Name a folder that is short even when the checkout's path is not."""
    wanted = places.home / "run"
    if len(os.fsencode(wanted)) + len("/asterisk.ctl") <= SOCKET_PATH_MOST:
        return wanted
    mark = hashlib.sha256(os.fsencode(places.home)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"ventanilla-{os.getuid()}-{mark}"


@dataclass(frozen=True, slots=True)
class Asterisk:
    """An installation's Asterisk; its control socket is how any run of ours knows its process."""

    program: AsteriskProgram
    places: Places
    site: Site
    name: str = "Asterisk"

    @property
    def run_dir(self) -> Path:
        """Folder of control socket and pid file."""
        return _run_dir(self.places)

    def command(self, *words: str) -> list[str]:
        """Words that run this installation's program with its configuration."""
        return [*self.program.command, "-C", str(self.places.etc / "asterisk.conf"), *words]

    def render(self, keys: Secrets) -> None:
        """Write configuration, last resort and folders; files that no longer have a template go."""
        _make_folders(self)
        values = site_values(self.site, keys, _folders(self), _open_files())
        texts = {name: fill(name, text, values) for name, text in templates().items()}
        for name, text in texts.items():
            write_private(self.places.etc / name, text)
        for stale in set(self.places.etc.glob("*.conf")) - {self.places.etc / name for name in texts}:
            stale.unlink()
        _write_last_resort(self.places)

    def start(self) -> "subprocess.Popen[bytes] | None":
        """Start it unless it runs already (then None, and it reads its configuration again)."""
        shape = self._shape()
        if self.alive():
            if self._running_shape() == shape:
                self.ask("core reload")
                return None
            self.stop()  # what it was started with cannot be changed by reading files again
        write_private(self.places.home / "running", shape)
        check_all_free(self.site.ports, self.site.addresses)
        (self.run_dir / "asterisk.ctl").unlink(missing_ok=True)
        with (self.places.logs / "console.log").open("ab") as console:
            return subprocess.Popen(
                self.command("-f"),
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                cwd=self.places.home,
                start_new_session=True,
                umask=0o077,
            )

    def wait_ready(self, limit: float = READY_LIMIT) -> None:
        """Return when every module is up; raises RuntimeTrouble with Asterisk's last words."""
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            if "fully booted" in self.ask("core waitfullybooted"):
                return
            time.sleep(0.05)
        raise RuntimeTrouble(
            f"Asterisk was not ready after {limit:.0f} s; its last words: {self._last_words()}"
        )

    def ask(self, console_command: str) -> str:
        """Run one console command and return what it prints; empty when Asterisk does not answer."""
        try:
            said = subprocess.run(
                self.command("-rx", console_command),
                capture_output=True,
                text=True,
                check=False,
                timeout=ASK_LIMIT,
            )
        except subprocess.TimeoutExpired:
            return ""
        return said.stdout if said.returncode == 0 else ""

    def alive(self) -> bool:
        """Whether it answers on its control socket."""
        return (self.run_dir / "asterisk.ctl").exists() and "uptime" in self.ask("core show uptime").lower()

    def pid(self) -> int | None:
        """Process id of the running one, from the file it wrote itself and only if that process is it."""
        return running_pid(self.places)

    def heard(self) -> bool:
        """Never: a mistake would end every call, so nobody kills an Asterisk for being silent."""
        return False

    def starting(self) -> bool:
        """No: it is never heard, so nothing follows from its silence."""
        return False

    def stop(self, limit: float = STOP_LIMIT) -> None:
        """End it, calls included: politely, then with force."""
        number = self.pid()
        if number is None:
            return
        self.ask("core stop now")
        if not gone_within(number, limit):
            end(number, limit=2.0)

    def _shape(self) -> str:
        """Name what only a new start can change: the program, its modules, the SIP socket."""
        parts = [str(self.program.command), self.site.sip_address, self.site.websocket_address]
        parts += [str(self.site.ports)]
        parts += [(self.places.etc / name).read_text() for name in ("asterisk.conf", "modules.conf")]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def _running_shape(self) -> str:
        file = self.places.home / "running"
        return file.read_text() if file.exists() else ""

    def _last_words(self) -> str:
        for file in (self.places.logs / "console.log", self.places.full_log):
            lines = file.read_text(errors="replace").split("\n")[-4:] if file.exists() else []
            if any(lines):
                return " / ".join(line for line in lines if line)
        return "none"


def _open_files() -> int:
    """As many as the machine lets us; the usual 1,024 would end at a hundred calls."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    return OPEN_FILES if most == resource.RLIM_INFINITY else min(most, OPEN_FILES)


def _folders(asterisk: Asterisk) -> dict[str, Path]:
    places = asterisk.places
    return {
        "ETC": places.etc,
        "HOME": places.home,
        "LOGS": places.logs,
        "RUN": asterisk.run_dir,
        "MODULES": asterisk.program.modules,
        "MUSIC": asterisk.program.share / "moh",
    }


def _make_folders(asterisk: Asterisk) -> None:
    places = asterisk.places
    private = (places.home, places.etc, places.logs, places.callbacks, asterisk.run_dir)
    ours = (
        "lib",
        "share",
        "agi-bin",
        "lib/keys",
        "spool/monitor",
        "spool/tmp",
        "log/cdr-custom",
        "log/cel-custom",
    )
    for folder in (*private, places.sounds, *(places.home / name for name in ours)):
        folder.mkdir(parents=True, exist_ok=True)
    for folder in private:
        if folder.stat().st_uid != os.geteuid():  # the short one is in a folder everybody may write to
            raise RuntimeTrouble(f"{folder} belongs to somebody else: remove it, then run again.")
        folder.chmod(0o700)
    _link(places.home / "share/documentation", asterisk.program.share / "documentation")
    _link(places.home / "share/sounds", places.sounds)
    english = next(iter(sorted((asterisk.program.share / "sounds").glob("en*"))), None)
    if english is not None:
        _lay_beside(places.sounds / "en", english)


def _lay_beside(folder: Path, english: Path) -> None:
    """Link Asterisk's own English sounds one by one into the folder where our English prompts are too."""
    if folder.is_symlink():  # as an older installation had it, before anybody was served in English
        folder.unlink()
    folder.mkdir(exist_ok=True)
    for sound in english.iterdir():
        _link(folder / sound.name, sound)


def _link(place: Path, target: Path) -> None:
    """Point `place` at `target`, replacing an older link in one step."""
    if place.is_symlink() and place.readlink() == target:
        return
    fresh = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
    fresh.symlink_to(target)
    fresh.replace(place)


def _write_last_resort(places: Places) -> None:
    """Write what Asterisk itself starts when no server answers: our Python, our package, our spool."""
    code = Path(__file__).resolve().parents[2]
    words = [sys.executable, "-m", "ivr.last_resort", str(places.callbacks)]
    text = f"#!/bin/sh\nPYTHONPATH={shlex.quote(str(code))} exec {shlex.join(words)}\n"
    script = places.home / "agi-bin" / "last_resort"
    write_private(script, text)
    script.chmod(0o700)
