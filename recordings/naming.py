"""Names of recording files: a call's id and nothing a caller could have sent."""

import re
from datetime import UTC, datetime
from pathlib import Path

RAW, WAV, TEXT = ".raw", ".wav", ".jsonl"
RUNNING, SEALED = "running", "sealed"
PART = ".part"  # of a sealed file that is being made: `<call>.part`, in clear, renamed when it is whole
TINK = ".tink"  # behind the name of what was encrypted: `<call>.wav.tink`
STORED = "stored"  # the first part of a path that lies in an object store, and in no folder
# Asterisk's UNIQUEID with a system name: <system>-<unix seconds>.<count>.
_CALL = re.compile(r"[A-Za-z0-9_-]{1,40}-?[0-9]{9,11}\.[0-9]{1,9}")
# A conversation in writing says so before the time: <system>-text-<unix seconds>.<count>.
_IN_WRITING = re.compile(r"[A-Za-z0-9_]{1,30}-text-[0-9]{9,11}\.[0-9]{1,9}")
# What MixMonitor's own syntax, its escapes and the dialplan's variables would read as something else.
_UNSAFE = re.compile(r"[,\"'\\$&^{}|`;<>\x00-\x1f\x7f]|\.\./")
_LONGEST = 250  # characters; the AGI door's own rule for MixMonitor


def is_in_writing(call: str) -> bool:
    """Say whether a call's record is of letters, not of sound."""
    return _IN_WRITING.fullmatch(call) is not None


def raw_path(call: str) -> Path:
    """Say where Asterisk writes, or the line in writing, relative to the vault. ValueError for no call id."""
    return Path(RUNNING) / f"{_checked(call)}{TEXT if is_in_writing(call) else RAW}"


def wav_path(call: str, begun_at: float) -> Path:
    """Say where the sealed recording stands, relative to the vault: a folder for each day (UTC)."""
    day = datetime.fromtimestamp(begun_at, UTC).strftime("%Y/%m/%d")
    return Path(SEALED, day, f"{_checked(call)}{TEXT if is_in_writing(call) else WAV}")


def encrypted_path(sealed: Path, *, stored: bool) -> Path:
    """Say where a sealed file stands once it is encrypted: beside itself, or in an object store by the same name."""
    beside = sealed.with_name(sealed.name + TINK)
    return Path(STORED, *beside.parts[1:]) if stored else beside


def call_of(path: Path) -> str | None:
    """Say which call a file in the vault belongs to by its name; None if its name is none of ours."""
    plain = path.with_suffix("") if path.suffix == TINK else path
    return plain.stem if plain.suffix in {RAW, WAV, TEXT} and _CALL.fullmatch(plain.stem) else None


def half_made_of(path: Path) -> str | None:
    """Say whose sealed file a half-made one is to become, by its name; None for any other file."""
    inside = path.parts[:1] == (SEALED,) and path.suffix == PART
    return call_of(path.with_suffix(WAV)) if inside else None


def is_of_the_vault(path: Path) -> bool:
    """Say whether a path is one that the vault may have a recording at: the reconciler finds files nowhere else."""
    inside = path.parts[:1] in {(RUNNING,), (SEALED,)} and ".." not in path.parts
    return inside and path.suffix in {RAW, WAV, TEXT, TINK}


def is_of_call(path: Path, call: str) -> bool:
    """Say whether a path that a row names is one that the recording of its call may have: no other may be deleted."""
    place = Path(SEALED, *path.parts[1:]) if path.parts[:1] == (STORED,) else path
    return is_of_the_vault(place) and call_of(path) == call


def mixmonitor_arguments(path: Path) -> str:
    """Give the argument of `EXEC MixMonitor` that records both sides into `path` (absolute, `.raw`).

    Option D (Asterisk 20.9, 21.4, 22 and newer) writes two interleaved channels without a header: left what
    the channel sends (the caller), right what it hears. A file without a header stays readable to the last
    sample when Asterisk dies. Raises ValueError for a path that MixMonitor would read as something else.
    """
    if not path.is_absolute() or path.suffix != RAW or _UNSAFE.search(str(path)) or len(str(path)) > _LONGEST:
        raise ValueError("the recordings' folder must be an absolute path without comma, quote or $: move it")
    return f"{path},D"


def _checked(call: str) -> str:
    if not _CALL.fullmatch(call):
        raise ValueError("not a call's id: a recording's name is made of nothing else")
    return call
