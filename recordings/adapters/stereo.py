"""From what MixMonitor wrote to the sealed WAV file. Blocking: runs in a thread, never on the event loop."""

import errno
import hashlib
import logging
import os
from pathlib import Path
from typing import BinaryIO

from recordings.chain import Check
from recordings.naming import PART
from recordings.recording import BYTES_PER_FRAME, Sealed
from recordings.wave import HEADER_BYTES, header

log = logging.getLogger("ventanilla.recordings")

CHUNK = 1 << 20
_NO_SPACE = {errno.ENOSPC, errno.EDQUOT}


class SealingFailed(Exception):  # noqa: N818 (named for what happened)
    """The WAV file could not be made; the original is untouched. `reason`: no space, unreadable, still growing."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def seal(raw: Path, wav: Path, check: Check) -> Sealed:
    """Make `wav` (8 kHz, 16 bits, caller left) from MixMonitor's interleaved `raw`; say what it is.

    The file appears whole or not at all (written beside, made durable, renamed); the hash is of all its
    bytes. A frame that Asterisk left half written when it died is cut. `check` sees every byte of `raw` pass.
    Raises SealingFailed and leaves `raw` as it is.
    """
    part = wav.with_suffix(PART)
    try:
        wav.parent.mkdir(parents=True, exist_ok=True)
        with raw.open("rb") as source, part.open("wb") as target:
            sealed = _copy(source, target, check)
            target.flush()
            os.fsync(target.fileno())
            _refuse_growth(source, sealed)
        part.replace(wav)
        make_durable(wav.parent)
    except (SealingFailed, OSError, ValueError) as fault:
        part.unlink(missing_ok=True)
        raise SealingFailed(reason_of(fault)) from fault
    return sealed


def sealed_before(wav: Path, check: Check) -> Sealed:
    """Say what a sealed file is whose original is gone; what was cut at its end is not known any more.

    Raises SealingFailed for what is no file of ours.
    """
    digest, read = hashlib.sha512(), 0
    try:
        with wav.open("rb") as source:
            frames, odd = divmod(os.fstat(source.fileno()).st_size - HEADER_BYTES, BYTES_PER_FRAME)
            piece = source.read(HEADER_BYTES)
            if odd or piece != header(frames):
                raise SealingFailed("unreadable")
            while piece:
                digest.update(piece)
                read += len(piece)
                piece = source.read(CHUNK)
                check.feed(piece)
    except (OSError, ValueError) as fault:
        raise SealingFailed(reason_of(fault)) from fault
    return Sealed(read, frames, digest.hexdigest(), cut=0)


def _refuse_growth(source: BinaryIO, sealed: Sealed) -> None:
    """Refuse an original that grew meanwhile: its call is not over."""
    if os.fstat(source.fileno()).st_size != sealed.frames * BYTES_PER_FRAME + sealed.cut:
        raise SealingFailed("still growing")


def reason_of(fault: Exception) -> str:
    """Say in a word why a recording could not be sealed."""
    match fault:
        case SealingFailed(reason=reason):
            return reason
        case OSError(errno=number) if number in _NO_SPACE:
            return "no space"
        case _:
            return "unreadable"


def remove(path: Path) -> bool:
    """Delete what is no longer needed; False, and a line in the log, when that is not allowed. Never raises."""
    try:
        path.unlink(missing_ok=True)
    except OSError as fault:
        log.warning("%s cannot be deleted: %s", path.name, type(fault).__name__)
        return False
    return True


def _copy(source: BinaryIO, target: BinaryIO, check: Check) -> Sealed:
    """Copy the whole frames that are there now, behind a header that says how many."""
    size = os.fstat(source.fileno()).st_size
    frames, cut = divmod(size, BYTES_PER_FRAME)
    digest = hashlib.sha512()
    left = frames * BYTES_PER_FRAME
    piece = header(frames)
    written = 0
    while piece:
        digest.update(piece)
        written += target.write(piece)
        piece = source.read(min(CHUNK, left))
        check.feed(piece)
        left -= len(piece)
    if left:
        raise OSError(errno.EIO, "the original became shorter while it was read")
    check.feed(source.read(cut))
    return Sealed(written, frames, digest.hexdigest(), cut)


def make_durable(folder: Path) -> None:
    """Make the rename in a folder as durable as the file."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
