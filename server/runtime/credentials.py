"""The secrets of one installation: made once, kept in `<runtime>/secrets.json` (0600), never shown."""

import json
import os
import secrets
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from server.runtime.trouble import RuntimeTrouble

ENTROPY = 24  # bytes, written as hex: no character that any configuration file could misread


@dataclass(frozen=True, slots=True)
class Secrets:
    """Hex strings; `agents` maps the agent's line name (`ana`) to its SIP password.

    `register` keys what is kept of identities: answers, attempts, codes. Who loses it loses the answers on file.
    """

    agi: str = field(repr=False)
    ami: str = field(repr=False)
    browser: str = field(repr=False)
    mqtt_server: str = field(repr=False)
    mqtt_reader: str = field(repr=False)
    agents: dict[str, str] = field(default_factory=dict, repr=False)
    register: str = field(default="", repr=False)


def load_secrets(runtime_dir: Path, agents: tuple[str, ...] = ()) -> Secrets:
    """Read the installation's secrets and make those that are missing; what exists stays as it is."""
    file = runtime_dir / "secrets.json"
    known = _read(file)
    whole = replace(
        known, agents={**{name: _fresh() for name in agents if name not in known.agents}, **known.agents}
    )
    text = json.dumps(asdict(whole), indent=1)
    if not file.exists() or file.read_text(encoding="utf-8") != text:  # a newer version may know more secrets
        write_private(file, text)
    file.chmod(0o600)
    return whole


def write_private(file: Path, text: str) -> None:
    """Write atomically with mode 0600 from the first byte on."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(text)
    fresh.replace(file)


def _read(file: Path) -> Secrets:
    kept = {}
    if file.exists():
        try:
            kept = json.loads(file.read_text(encoding="utf-8"))
        except ValueError as broken:
            raise RuntimeTrouble(
                f"{file} is damaged: delete it, new secrets are made at the next start."
            ) from broken
    names = ("agi", "ami", "browser", "mqtt_server", "mqtt_reader", "register")
    return Secrets(**{name: kept.get(name) or _fresh() for name in names}, agents=kept.get("agents", {}))


def _fresh() -> str:
    return secrets.token_hex(ENTROPY)
