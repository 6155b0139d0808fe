"""Encrypts a file, and reads it again. Blocking: another process's work, or a thread's (ports.Aside)."""

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from recordings.adapters.stereo import reason_of
from recordings.naming import WAV
from recordings.ports import NoAudio
from recordings.vault.envelope import DataKey
from recordings.vault.streaming import HEADER_BYTES, Cipher, Layout, NotAuthentic, encrypted
from recordings.vault.waveform import Waveform

PIECE = 1 << 17  # bytes in one go: so short that who waits for the interpreter waits for milliseconds


class NotEncrypted(Exception):  # noqa: N818 - it says what the recording still is
    """A recording could not be encrypted; its plain file is untouched. `reason`: a word or two."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def write_encrypted(source: Path, target: Path, key: DataKey, header: bytes, sha512: str) -> bytes | None:
    """Encrypt a file whose hash must be this into another, made durable; give its waveform. Raises NotEncrypted."""
    digest = hashlib.sha512()
    try:
        waveform = Waveform(source.stat().st_size) if source.suffix == WAV else None
        target.parent.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with source.open("rb") as opened, os.fdopen(descriptor, "wb") as out:
            pieces = _hashed(iter(lambda: opened.read(PIECE), b""), digest.update)
            heard = waveform.passing(pieces) if waveform else pieces
            cipher = Cipher(key.key, header, key.recording)
            out.writelines(encrypted(heard, cipher, header, key.segment))
            out.flush()
            os.fsync(out.fileno())
    except OSError as fault:
        raise NotEncrypted(reason_of(fault)) from fault
    if digest.hexdigest() != sha512:
        raise NotEncrypted("not what was sealed")
    return waveform.peaks() if waveform else None


def sha512_of(file: Path, key: DataKey, plain: int) -> str:
    """Decrypt a file of `plain` bytes of plaintext, and give its hash. Raises NoAudio."""
    digest, layout = hashlib.sha512(), Layout(plain, key.segment)
    try:
        with file.open("rb") as opened:
            if os.fstat(opened.fileno()).st_size != layout.ciphertext_bytes:
                raise NoAudio("damaged")
            cipher = Cipher(key.key, opened.read(HEADER_BYTES), key.recording)
            for segment in layout.all():
                digest.update(cipher.open(segment, opened.read(segment.end - segment.start)))
    except NotAuthentic as wrong:
        raise NoAudio("damaged") from wrong
    except OSError as fault:
        raise NoAudio("gone") from fault
    return digest.hexdigest()


def _hashed(pieces: Iterator[bytes], hear: Callable[[bytes], object]) -> Iterator[bytes]:
    for piece in pieces:
        hear(piece)
        yield piece
