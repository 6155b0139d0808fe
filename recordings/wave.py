"""The header of a WAV file: RIFF, PCM, 8 kHz, 16 bits, two channels (Microsoft and IBM, 1991)."""

import struct

from recordings.recording import BYTES_PER_FRAME, CHANNELS, SAMPLES_PER_S

HEADER_BYTES = 44
_PCM = 1
_FMT_BYTES = 16
_BITS = 16
MOST_FRAMES = (2**32 - 1 - HEADER_BYTES) // BYTES_PER_FRAME  # 37 hours: a RIFF size is 32 bits


def header(frames: int) -> bytes:
    """Give the 44 bytes before the audio. Raises ValueError for more than a WAV file can hold (37 hours)."""
    if not 0 <= frames <= MOST_FRAMES:
        raise ValueError("a WAV file holds at most 37 hours of this audio")
    audio = frames * BYTES_PER_FRAME
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        HEADER_BYTES - 8 + audio,
        b"WAVE",
        b"fmt ",
        _FMT_BYTES,
        _PCM,
        CHANNELS,
        SAMPLES_PER_S,
        SAMPLES_PER_S * BYTES_PER_FRAME,
        BYTES_PER_FRAME,
        _BITS,
        b"data",
        audio,
    )


def played_ms(first: bytes, size: int) -> int | None:
    """Say how long a file of `size` bytes plays, in milliseconds; None when it does not begin with its header.

    `first`: at least its first 44 bytes.
    """
    frames, odd = divmod(size - HEADER_BYTES, BYTES_PER_FRAME)
    if odd or not 0 <= frames <= MOST_FRAMES or first[:HEADER_BYTES] != header(frames):
        return None
    return frames * 1000 // SAMPLES_PER_S
