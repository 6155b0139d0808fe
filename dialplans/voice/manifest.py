"""What each committed recording was made from, so that only what changed is spoken again."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class Recording:
    """One committed file: the fingerprint of text and voice it was made from, and its length in seconds."""

    made_from: str
    seconds: float


def read(folder: Path) -> dict[str, Recording]:
    """Return the recordings by key; empty when nothing was ever recorded, or the file makes no sense."""
    try:
        entries: dict[str, dict[str, Any]] = json.loads((folder / NAME).read_text("utf-8"))
        return {key: Recording(str(e["made_from"]), float(e["seconds"])) for key, e in entries.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def write(folder: Path, recordings: Mapping[str, Recording]) -> None:
    """Write the manifest, sorted so that a change of one prompt is a change of one line."""
    lines = (f"  {json.dumps(key)}: {json.dumps(asdict(recordings[key]))}" for key in sorted(recordings))
    whole = folder / f"{NAME}.new"
    whole.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
    whole.replace(folder / NAME)
