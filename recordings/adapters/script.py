"""From what a line in writing kept to the sealed file: the same JSON lines, whole, made durable and hashed.

Blocking: runs in a thread, never on the event loop.
"""

import hashlib
import json
import os
from pathlib import Path

from recordings.adapters.stereo import SealingFailed, make_durable, reason_of
from recordings.naming import PART
from recordings.recording import MILLISECONDS, Sealed


def seal_script(running: Path, sealed: Path) -> Sealed:
    """Make `sealed` from the lines in `running`, a half-written last one cut; say what it is.

    The file appears whole or not at all. Raises SealingFailed and leaves `running` as it is.
    """
    part = sealed.with_suffix(PART)
    try:
        sealed.parent.mkdir(parents=True, exist_ok=True)
        raw = running.read_bytes()
        whole = raw[: raw.rfind(b"\n") + 1]
        with part.open("wb") as target:
            target.write(whole)
            target.flush()
            os.fsync(target.fileno())
        _refuse_growth(running, len(raw))
        part.replace(sealed)
        make_durable(sealed.parent)
    except (SealingFailed, OSError, ValueError) as fault:
        part.unlink(missing_ok=True)
        raise SealingFailed(reason_of(fault)) from fault
    return _sealed(whole, len(raw) - len(whole))


def script_sealed_before(sealed: Path) -> Sealed:
    """Say what a sealed file is whose original is gone. Raises SealingFailed."""
    try:
        return _sealed(sealed.read_bytes(), 0)
    except OSError as fault:
        raise SealingFailed(reason_of(fault)) from fault


def _sealed(whole: bytes, cut: int) -> Sealed:
    return Sealed(len(whole), _lasted_ms(whole), hashlib.sha512(whole).hexdigest(), cut, MILLISECONDS)


def _refuse_growth(running: Path, read: int) -> None:
    """Refuse an original that grew meanwhile: its call is not over."""
    if running.stat().st_size != read:
        raise SealingFailed("still growing")


def _lasted_ms(whole: bytes) -> int:
    """Give the milliseconds from the first line to the last, at least one if there is any."""
    times = [at for line in whole.splitlines() if (at := _at(line)) is not None]
    return max(1, round((times[-1] - times[0]) * 1000)) if times else 0


def _at(line: bytes) -> float | None:
    """Give a line's time; None for one that a killed server left half written."""
    try:
        return float(json.loads(line)["at"])
    except (ValueError, KeyError, TypeError):
        return None
