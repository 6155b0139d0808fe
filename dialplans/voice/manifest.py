"""What each committed recording was made from, so that only what changed is spoken again."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class Recording:
    """One committed file: the fingerprint of text and voice it was made from, and its length in seconds.

    `adopted`: a studio's recording, not the synthetic voice's. `sound`: the file's own fingerprint, so that another
    prompt's file in its place is noticed.
    """

    made_from: str
    seconds: float
    adopted: bool = False
    sound: str = ""


def recording_file(folder: Path, key: str) -> Path:
    """Give the place of a prompt's recording."""
    return folder / f"{key}.opus"


def fingerprint(file: Path) -> str:
    """Return the fingerprint of a file of sound."""
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]


def read(folder: Path) -> dict[str, Recording]:
    """Return the recordings by key; empty when nothing was ever recorded, or the file makes no sense."""
    try:
        entries: dict[str, dict[str, Any]] = json.loads((folder / NAME).read_text("utf-8"))
        return {key: _recording(entry) for key, entry in entries.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _recording(entry: Mapping[str, Any]) -> Recording:
    return Recording(
        str(entry["made_from"]),
        float(entry["seconds"]),
        bool(entry.get("adopted", False)),
        str(entry.get("sound", "")),
    )


def _entry(recording: Recording) -> dict[str, Any]:
    """Leave out what is usual: thousands of lines that say nothing."""
    return {name: value for name, value in asdict(recording).items() if value not in (False, "")}


def write(folder: Path, recordings: Mapping[str, Recording]) -> None:
    """Write the manifest, sorted so that a change of one prompt is a change of one line."""
    lines = (f"  {json.dumps(key)}: {json.dumps(_entry(recordings[key]))}" for key in sorted(recordings))
    whole = folder / f"{NAME}.new"
    whole.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
    whole.replace(folder / NAME)
