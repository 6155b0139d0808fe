"""Seals whichever kind of record it is. Blocking: another process's work, or a thread's (ports.Aside)."""

from collections.abc import Sequence
from pathlib import Path

from recordings.adapters.script import script_sealed_before, seal_script
from recordings.adapters.stereo import seal, sealed_before
from recordings.chain import Chunk, checking
from recordings.naming import TEXT
from recordings.recording import Sealed


def sealed_file(source: Path, place: Path, call: str, chunks: Sequence[Chunk]) -> tuple[Sealed, int | None]:
    """Seal what was written, or read again what was sealed before (then `source` is `place`).

    Gives what it is, and the first byte that does not fit its chain: None when all do. Raises SealingFailed.
    """
    check = checking(call, chunks)
    if source == place:
        sealed = script_sealed_before(place) if place.suffix == TEXT else sealed_before(place, check)
    else:
        sealed = seal_script(source, place) if source.suffix == TEXT else seal(source, place, check)
    return sealed, check.close()
