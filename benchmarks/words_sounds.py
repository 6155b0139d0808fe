"""The first word of a prompt, as the very packet that carries it.

Asterisk sends an A-law file on an A-law call as it lies there, 160 bytes (20 ms) in a packet. So the packet in which a
prompt's first word begins is known beforehand, byte by byte, and what is left of the prompt before it, still on its
way when a key cuts it short, is never taken for it.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

FRAME: int = 160
"""Bytes of one packet: 20 ms of A-law."""
RATE = 8000
"""Bytes of a second."""
SPEECH_RMS = 0.01
"""-40 dB of full scale: above any room or coding noise, below the softest beginning of a word."""


@dataclass(frozen=True, slots=True)
class Word:
    """The first word of a prompt: its packet's payload, the file's seconds of silence before it, and all from it on."""

    key: str
    frame: bytes
    silence_s: float
    rest_s: float


def first_words(folder: Path, keys: tuple[str, ...]) -> dict[str, Word]:
    """Find the first words of these prompts in `folder` (`<key>.alaw`); no two may begin with the same packet."""
    words = {key: _first(key, (folder / f"{key}.alaw").read_bytes()) for key in keys}
    if len({word.frame for word in words.values()}) < len(words):
        raise ValueError("two prompts begin alike: they cannot be told apart by their first word")
    return words


def _first(key: str, sound: bytes) -> Word:
    for start in range(0, len(sound) - FRAME + 1, FRAME):
        frame = sound[start : start + FRAME]
        if float(np.sqrt(np.mean(np.square(_LINEAR[np.frombuffer(frame, np.uint8)])))) >= SPEECH_RMS:
            return Word(key, frame, start / RATE, (len(sound) - start) / RATE)
    raise ValueError(f"{key} is silent")


def _linear(code: int) -> float:
    """Decode one A-law byte (ITU-T G.711), full scale 1."""
    code ^= 0x55
    exponent, mantissa = (code >> 4) & 7, code & 15
    size = (mantissa << 4) + 8 if exponent == 0 else ((mantissa << 4) + 0x108) << (exponent - 1)
    return (size if code & 0x80 else -size) / 32768


_LINEAR = np.array([_linear(code) for code in range(256)])
