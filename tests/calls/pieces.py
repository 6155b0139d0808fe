"""Where a prompt stands in a recording, piece by piece: on a machine that starves Asterisk adds silence in between.

The probe looks for a prompt whole, by the ear's own step, as a telephone hears it. A recording to which 20 ms were
added in the middle of a word has every piece of that prompt, and the whole of it nowhere.
"""

import numpy as np
from numpy.typing import NDArray

from tests.calls.steering import RATE

PIECE = RATE // 4
LOUD = 0.01
"""Of full scale: a piece that is never so loud is a pause, and stands in many places."""
ALIKE = 0.9
WHOLE = 0.8
"""The share of a prompt's pieces that must be there: one in which silence was added is not alike any more."""
ADDED_S = 0.5


def stands_at(side: NDArray[np.int16], prompt: NDArray[np.float32]) -> float:
    """Say where a prompt begins on one side of a recording, in milliseconds. AssertionError when it is not there.

    `prompt`: samples at 8 kHz, full scale 1. Its pieces must stand there in their order, hardly apart.
    """
    loud = [n for n in range(0, prompt.size - PIECE, PIECE) if np.abs(prompt[n : n + PIECE]).max() > LOUD]
    found = [(n, *_likest(side, prompt[n : n + PIECE])) for n in loud]
    begins = [(at - n) / RATE for n, at, likeness in found if likeness > ALIKE]
    assert len(begins) >= WHOLE * len(loud), f"{len(begins)} of {len(loud)} pieces are there"
    assert begins == sorted(begins), f"the pieces stand in another order: {begins}"
    assert begins[-1] - begins[0] < ADDED_S, f"torn apart: {begins}"
    return 1000 * begins[0]


def _likest(side: NDArray[np.int16], piece: NDArray[np.float32]) -> tuple[int, float]:
    """Give where a piece is likest to the side, and how alike they are there: 1 is the same but for its loudness."""
    sound = side.astype(float)
    size = 1 << (sound.size + piece.size).bit_length()
    product = np.fft.irfft(np.fft.rfft(sound, size) * np.conj(np.fft.rfft(piece, size)), size)
    energy = np.cumsum(np.r_[0.0, sound**2])
    there = sound.size - piece.size + 1
    likeness = product[:there] / np.sqrt(
        np.maximum(energy[piece.size :] - energy[: -piece.size], 1.0) * np.sum(piece.astype(float) ** 2)
    )
    best = int(likeness.argmax())
    return best, float(likeness[best])
