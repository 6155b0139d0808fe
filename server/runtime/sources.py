"""Which Debian mirror and keyring this host already uses: its apt sources, read without changing them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from server.runtime.trouble import RuntimeTrouble

KEYRINGS = tuple(
    Path("/usr/share/keyrings") / name
    for name in ("debian-archive-keyring.gpg", "debian-archive-keyring.pgp")
)
_DEBIAN = re.compile(r"^https?://\S*/debian/?$")
_ONE_LINE = re.compile(r"^deb\s+(?:\[[^]]*\]\s+)?(\S+)\s+\S+")


@dataclass(frozen=True, slots=True)
class Source:
    """Where the packages come from and whose signature they must carry."""

    mirror: str
    keyring: Path

    def line(self, suite: str) -> str:
        """One line of sources.list. A lagging mirror's Release file has expired; its signature counts."""
        return f"deb [signed-by={self.keyring} check-valid-until=no] {self.mirror} {suite} main\n"


def mirrors_in(name: str, text: str) -> Iterator[str]:
    """Every URI a sources file names, in its order; `name` tells deb822 (`*.sources`) from one-line files."""
    for line in text.splitlines():
        if name.endswith(".sources"):
            if line.lower().startswith("uris:"):
                yield from line.split(":", 1)[1].split()
        elif found := _ONE_LINE.match(line):
            yield found.group(1)


def choose_mirror(uris: Iterable[str]) -> str:
    """Take the first that is a Debian archive, not a security or vendor one. Raises RuntimeTrouble."""
    for uri in uris:
        if _DEBIAN.match(uri):
            return uri.rstrip("/")
    raise RuntimeTrouble(
        "This host's apt knows no Debian mirror: set VENTANILLA_DEBIAN_MIRROR to the address of one."
    )


def host_mirror(apt: Path = Path("/etc/apt")) -> str:
    """Read the mirror this host uses from its apt sources."""
    files = [*sorted((apt / "sources.list.d").glob("*.sources")), apt / "sources.list"]
    files += sorted((apt / "sources.list.d").glob("*.list"))
    return choose_mirror(
        uri for file in files if file.is_file() for uri in mirrors_in(file.name, _read(file))
    )


def host_keyring() -> Path | None:
    """Debian's archive keyring on this host, None when there is none."""
    return next((keyring for keyring in KEYRINGS if keyring.is_file()), None)


def host_suite(release: Path = Path("/etc/os-release")) -> str:
    """Debian's code name of this host (`bookworm`); only Debian itself has packages that fit its C library."""
    words = dict(line.split("=", 1) for line in _read(release).splitlines() if "=" in line)
    if words.get("ID", "").strip('"') != "debian" or not words.get("VERSION_CODENAME"):
        raise RuntimeTrouble("A private browser exists for Debian only: install the package chromium.")
    return words["VERSION_CODENAME"].strip('"')


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace")
