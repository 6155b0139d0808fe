"""The folder between the last resort, which writes callbacks, and the server, which imports them.

The last resort runs when the server does not, so a file is all they share: written whole under another name,
then renamed; read by whoever starts next; removed only after it is in the database.
"""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from ivr.callbacks import LARGEST_FILE, Callback, CallbackBroken, decode, encode


@dataclass(frozen=True, slots=True)
class Spooled:
    """One callback and the file it stands in; `forget` it once it is stored."""

    file: Path
    callback: Callback

    def forget(self) -> None:
        """Remove the file; harmless when it is gone."""
        self.file.unlink(missing_ok=True)


def write_spool(folder: Path, callback: Callback) -> Path:
    """Keep a callback safe from a power cut: file and folder are synced, mode 0600."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    mark = secrets.token_hex(8)
    fresh, final = folder / f".{mark}", folder / f"{mark}.json"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(encode(callback))
        out.flush()
        os.fsync(descriptor)
    fresh.rename(final)
    _sync_folder(folder)
    return final


def read_spool(folder: Path) -> list[Spooled]:
    """Every callback left, oldest first; a broken file is moved to `broken/` with its reason, never lost."""
    found = [one for file in sorted(folder.glob("*.json")) if (one := _read(file)) is not None]
    return sorted(found, key=lambda one: one.callback.at)


def _read(file: Path) -> Spooled | None:
    try:
        return Spooled(file, decode(_text(file)))
    except CallbackBroken as broken:
        _set_aside(file, str(broken))
    except FileNotFoundError:
        pass  # another importer was quicker
    return None


def _text(file: Path) -> str:
    if file.is_symlink() or file.stat().st_size > LARGEST_FILE:
        raise CallbackBroken("not a small plain file")
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as broken:
        raise CallbackBroken("not text") from broken


def _set_aside(file: Path, reason: str) -> None:
    aside = file.parent / "broken"
    aside.mkdir(exist_ok=True, mode=0o700)
    file.rename(aside / file.name)
    (aside / f"{file.name}.reason").write_text(f"{reason}\n", encoding="utf-8")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
