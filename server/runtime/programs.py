"""Which Asterisk, Mosquitto and SIPp this machine runs: its own where it serves, else the private ones."""

import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from server.runtime.debian import BROWSER, TELEPHONY, TEST_TOOLS, Root, prepare_set
from server.runtime.progress import Progress, silent
from server.runtime.render import templates

Version = tuple[int, int, int]
OLDEST: Version = (20, 0, 0)
# Security Release 2026-2 of 25 June 2026: what is older has holes that are public.
SECURE: dict[int, Version] = {20: (20, 20, 1), 22: (22, 10, 1), 23: (23, 4, 1)}
SYSTEM_PLACES = ("/usr/sbin", "/usr/local/sbin", "/sbin")
MODULE_FOLDERS = ("/usr/lib/*/asterisk/modules", "/usr/lib/asterisk/modules", "/usr/lib64/asterisk/modules")
SHARE_FOLDERS = ("/usr/share/asterisk", "/var/lib/asterisk")


@dataclass(frozen=True, slots=True)
class AsteriskProgram:
    """How to start it, where its modules and shared files are, its version, whether it is the host's own."""

    command: tuple[str, ...]
    modules: Path
    share: Path
    version: Version
    of_host: bool


@dataclass(frozen=True, slots=True)
class Programs:
    """All that `make run` starts beside our own server; `warning` is a sentence or empty."""

    asterisk: AsteriskProgram
    mosquitto: tuple[str, ...]
    warning: str


@dataclass(frozen=True, slots=True)
class Sipp:
    """SIPp and the folder of its recorded keys (`dtmf_2833_1.pcap`)."""

    command: tuple[str, ...]
    keys: Path


def prepare(runtime_dir: Path, progress: Progress = silent) -> Programs:
    """Find or fetch the programs; milliseconds when they are there. Raises RuntimeTrouble with a remedy."""
    own_asterisk, own_broker = host_asterisk(), _on_host("mosquitto")
    if own_asterisk and own_broker:
        return Programs(own_asterisk, (own_broker,), age_warning(own_asterisk.version))
    root = prepare_set(runtime_dir, TELEPHONY, progress)
    asterisk = own_asterisk or private_asterisk(root)
    warning = age_warning(asterisk.version, None if asterisk.of_host else root.path)
    return Programs(asterisk, root.command("usr/sbin/mosquitto"), warning)


def prepare_sipp(runtime_dir: Path, progress: Progress = silent) -> Sipp:
    """SIPp for load and hostile calls; always the private one, since what it plays comes with it."""
    root = prepare_set(runtime_dir, TEST_TOOLS, progress)
    return Sipp(root.command("usr/bin/sipp"), root.path / "usr/share/sip-tester")


def prepare_browser(runtime_dir: Path, progress: Progress = silent) -> Path:
    """Path of a Chromium: the host's, else a private one behind a small script."""
    if own := _on_host("chromium") or _on_host("chromium-browser") or _on_host("google-chrome"):
        return Path(own)
    root = prepare_set(runtime_dir, BROWSER, progress)
    return _browser_script(root)


def private_asterisk(root: Root) -> AsteriskProgram:
    """Describe the Asterisk of an unpacked set."""
    command = root.command("usr/sbin/asterisk")
    share = root.path / "usr/share/asterisk"
    return AsteriskProgram(
        command, root.libraries / "asterisk/modules", share, asterisk_version(command), of_host=False
    )


def host_asterisk() -> AsteriskProgram | None:
    """Describe the host's own Asterisk if it is 20 or newer and has every module we load."""
    if not (program := _on_host("asterisk")):
        return None
    version = asterisk_version((program,))
    modules = next((place for place in _existing(MODULE_FOLDERS) if _has_our_modules(place)), None)
    share = next((place for place in _existing(SHARE_FOLDERS) if (place / "documentation").is_dir()), None)
    if version < OLDEST or modules is None or share is None:
        return None
    return AsteriskProgram((program,), modules, share, version, of_host=True)


def asterisk_version(command: tuple[str, ...]) -> Version:
    """Ask the program itself (`asterisk -V`); (0, 0, 0) when it does not say."""
    said = subprocess.run([*command, "-V"], capture_output=True, text=True, check=False, timeout=30)
    return parse_version(said.stdout)


def parse_version(said: str) -> Version:
    """`Asterisk 22.10.1+dfsg…` → (22, 10, 1)."""
    found = re.search(r"\b(\d+)\.(\d+)(?:\.(\d+))?", said)
    return (int(found[1]), int(found[2]), int(found[3] or 0)) if found else (0, 0, 0)


def age_warning(version: Version, private: Path | None = None) -> str:
    """One sentence when this Asterisk lacks known security fixes, else nothing; `private` is the set it is in."""
    newest = max(SECURE)
    enough = SECURE.get(version[0], SECURE[newest])
    if version >= enough:
        return ""
    has, wants = (".".join(map(str, numbers)) for numbers in (version, enough))
    remedy = f"delete {private} and run again, to fetch" if private else "update it to"
    return f"Asterisk {has} lacks published security fixes: {remedy} {wants} or newer."


def wanted_modules() -> tuple[str, ...]:
    """Every module that modules.conf loads, in its order."""
    return tuple(re.findall(r"^(?:pre)?load = (\S+)", templates()["modules.conf"], re.MULTILINE))


def _has_our_modules(folder: Path) -> bool:
    return all((folder / name).is_file() for name in wanted_modules())


def _existing(patterns: tuple[str, ...]) -> list[Path]:
    return [place for pattern in patterns for place in sorted(Path("/").glob(pattern.lstrip("/")))]


def _on_host(name: str) -> str | None:
    return shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", ""), *SYSTEM_PLACES)))


def _browser_script(root: Root) -> Path:
    script = root.path / "chromium.sh"
    program = shlex.quote(str(root.path / "usr/lib/chromium/chromium"))
    around = {"LD_LIBRARY_PATH": root.library_path(), "FONTCONFIG_SYSROOT": str(root.path)}
    settings = " ".join(f"{name}={shlex.quote(value)}" for name, value in around.items())
    script.write_text(f'#!/bin/sh\n{settings} exec {program} "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    return script
