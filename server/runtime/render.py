"""`asterisk-conf/*.conf` with its `@NAME@` values filled in. Pure but for reading the templates."""

import re
from collections.abc import Mapping
from pathlib import Path

from server.runtime.credentials import Secrets
from server.runtime.numbering import forms
from server.runtime.site import OUTSIDE, AgentLine, Site
from server.runtime.trouble import RuntimeTrouble

_VALUE = re.compile(r"@([A-Z][A-Z_]*)@")
_COMMENT = re.compile(r"^\s*;.*$", re.MULTILINE)
# A telephone that put us on hold may send nothing at all, for as long as an agent asks a colleague.
HELD_TIMES = 10
HOLD_SECONDS = 900  # nobody leaves a caller on hold for longer; then the caller goes on
RING_SECONDS = 20  # a colleague who is asked answers within this, as with our own router
AWAIT_SECONDS = 180  # an agent rung first waits no longer for the citizen (Limits.await_s is longer)
KEY_SECONDS = 4  # who answers outside presses the key within this after the words
KEY_TIMES = 2  # and is asked so often: a telephone is at the ear when the first words are over


def templates() -> dict[str, str]:
    """File name → text, from the checkout (`asterisk-conf/`) or from the installed package beside us."""
    here = Path(__file__).resolve().parents[1]
    folder = next(
        (place for place in (here.parent / "asterisk-conf", here / "asterisk-conf") if place.is_dir()), None
    )
    if folder is None:
        raise RuntimeTrouble("The folder asterisk-conf is missing from this installation: install it again.")
    return {file.name: file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.conf"))}


def fill(name: str, text: str, values: Mapping[str, str]) -> str:
    """Replace every `@NAME@` outside comment lines; a value that nobody sets is refused."""

    def value(found: re.Match[str]) -> str:
        key = found.group(1)
        if key not in values:
            raise RuntimeTrouble(f"asterisk-conf/{name} asks for @{key}@, which nobody sets.")
        return values[key]

    kept = [line if _COMMENT.match(line) else _VALUE.sub(value, line) for line in text.splitlines()]
    return "\n".join(kept) + "\n"


def site_values(
    site: Site, secrets: Secrets, folders: Mapping[str, Path], open_files: int = 1024
) -> dict[str, str]:
    """Every value the templates may ask for; `folders` maps names (ETC, HOME, …) to absolute paths.

    `open_files` is what this machine allows one process: a call takes about ten.
    """
    site.check()
    return {
        **{name: _safe_folder(path) for name, path in folders.items()},
        **{name: str(number) for name, number in _numbers(site, open_files).items()},
        "SIP_ADDRESS": site.sip_address,
        "HTTP_ADDRESS": site.websocket_address,
        "TRACE": ",verbose(3)" if site.trace else "",
        "VERBOSE": "3" if site.trace else "0",
        "AGI_SECRET": secrets.agi,
        "AMI_SECRET": secrets.ami,
        "BROWSER_SECRET": secrets.browser,
        "TRUNK_MATCHES": "\n".join(f"match = {match}" for match in site.trunk_matches),
        "NUMBERS": number_lines(site.numbers, site.country),
        "MEDIA": media_lines(site.sip_address),
        "AGENTS": "\n".join(
            outside_section(line) if line.role == OUTSIDE else agent_sections(line, secrets.agents[line.name])
            for line in site.agents
        ),
    }


def _numbers(site: Site, open_files: int) -> dict[str, int]:
    return {
        "SIP_PORT": site.ports.sip,
        "HTTP_PORT": site.ports.sip_websocket,
        "AMI_PORT": site.ports.ami,
        "AGI_PORT": site.ports.agi,
        "RTP_START": site.ports.rtp_start,
        "RTP_END": site.ports.rtp_end,
        "LOST_ATTEMPTS": site.lost_attempts,
        "LOST_PAUSE": site.lost_pause,
        "LOST_RESET": site.lost_reset,
        "NET_SECONDS": site.net_seconds,
        "SILENT_SECONDS": site.silent_seconds,
        "HELD_SECONDS": site.silent_seconds * HELD_TIMES,
        "OPEN_FILES": open_files,
        "HOLD_SECONDS": HOLD_SECONDS,
        "RING_SECONDS": RING_SECONDS,
        "AWAIT_SECONDS": AWAIT_SECONDS,
        "KEY_SECONDS": KEY_SECONDS,
        "KEY_TIMES": KEY_TIMES,
    }


def number_lines(numbers: tuple[str, ...], country: str) -> str:
    """Write the exact list: every form of every number. The door is told ours, never what the caller sent."""
    ours = {number: number for number in numbers}
    for number in numbers:
        ours = dict.fromkeys(forms(number, country), number) | ours
    return "\n".join(
        f"exten => {form},1,Set(__VT_NUMBER={number})\n same => n,Goto(reception,s,1)"
        for form, number in sorted(ours.items())
    )


def media_lines(address: str) -> str:
    """Keep sound on the address that SIP listens on; 0.0.0.0 leaves the choice to the routing table."""
    if address == "0.0.0.0":  # noqa: S104 compared with, not bound to
        return "; media on every address"
    return f"media_address = {address}\nbind_rtp_to_media_address = yes"


def agent_sections(line: AgentLine, secret: str) -> str:
    """Endpoint, credentials and place of one agent's telephone."""
    name, kind = line.endpoint, f"{line.role}-{'browser' if line.browser else 'telephone'}"
    contact = f"\ncontact = {line.contact}" if line.contact else ""
    return (
        f"[{name}]({kind})\nauth = {name}\naors = {name}\ncallerid = {line.name} <{name}>\n\n"
        f"[{name}](agent-auth)\nusername = {name}\npassword = {secret}\n\n"
        f"[{name}](agent-place){contact}\n"
    )


def outside_section(line: AgentLine) -> str:
    """Endpoint of one agent's number outside: no credentials and no place, for nobody registers there."""
    return f"[{line.endpoint}](agent-outside)\ncallerid = {line.name} <{line.endpoint}>\n"


def _safe_folder(path: Path) -> str:
    text = str(path)
    if re.search(r"[;\n\r,\[\]()|&]", text):
        raise RuntimeTrouble(f"{text} holds a character Asterisk cannot read in a path: move the folder.")
    return text
