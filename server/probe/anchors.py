"""Where the anchors of the catalogue are found in a window of received sound. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from server.probe.catalogue import LONGEST_ANCHOR, WINDOW, Anchors

EDGE = 40  # places that two windows share: next to the edge of one a slope is taken for the peak
HOP = WINDOW - LONGEST_ANCHOR - EDGE  # samples by which the window moves on: 0.519 s
ANCHOR_AGREES = 0.6  # least correlation of an anchor that makes a candidate
SILENT_POWER = 1e-9  # mean square below which a window holds nothing (full scale is 1)
PEAKS = 3  # times one short anchor may be found within a window
SEEK_PIECE = 1600  # where a prompt breaks off, 0.2 s of the rest is looked for,
SEEK_REACH = 1200  # up to 0.15 s earlier or later than it should come,
SEEK_LEAST = 800  # if there are 0.1 s at least,
SEEK_AGREES = 0.8  # and believed from this correlation on


def find_anchors(groups: tuple[Anchors, ...], window: NDArray[np.float32]) -> Iterator[tuple[int, int]]:
    """Give (prompt, start) of every anchor that begins in the first HOP samples of an emphasised window."""
    power = np.concatenate(([0.0], np.cumsum(np.square(window, dtype=np.float64))))
    if power[-1] < SILENT_POWER * WINDOW:
        return
    spectrum = np.fft.rfft(window).astype(np.complex64)
    for group in groups:
        energy = power[group.length : group.length + HOP + EDGE] - power[: HOP + EDGE]
        gain = np.where(energy > SILENT_POWER * group.length, 1.0 / np.sqrt(np.maximum(energy, 1e-12)), 0.0)
        yield from _places(group, spectrum, gain.astype(np.float32))


def _places(
    group: Anchors, spectrum: NDArray[np.complex64], gain: NDArray[np.float32]
) -> Iterator[tuple[int, int]]:
    for first in range(0, len(group.prompts), 32):  # 32 rows at a time stay in the processor's cache
        rows = group.spectra[first : first + 32] * spectrum
        agreement = np.fft.irfft(rows, WINDOW, axis=1)[:, : HOP + EDGE] * gain
        for row in np.flatnonzero(agreement.max(axis=1) >= ANCHOR_AGREES):
            for place in _peaks(agreement[row], group.length // 2):
                if place >= HOP:
                    continue  # the next window sees what is beyond it
                yield int(group.prompts[first + row]), place - int(group.offsets[first + row])


def _peaks(agreement: NDArray[np.float32], apart: int) -> Iterator[int]:
    for _ in range(PEAKS):
        place = int(agreement.argmax())
        if agreement[place] < ANCHOR_AGREES:
            return
        yield place
        agreement[max(0, place - apart) : place + apart] = 0.0


def seek(
    sound: NDArray[np.float32], received: NDArray[np.float32], start: int, prompt_from: int
) -> int | None:
    """Find where the prompt's piece from `prompt_from` was received, near where it should be; the new start.

    Packets that come late or twice move the rest of a prompt by some tens of milliseconds.
    """
    piece = sound[max(0, prompt_from) : max(0, prompt_from + SEEK_PIECE)]
    first = max(0, start + max(0, prompt_from) - SEEK_REACH)
    window = received[first : start + max(0, prompt_from) + piece.size + SEEK_REACH]
    if piece.size < SEEK_LEAST or window.size <= piece.size:
        return None
    power = np.concatenate(([0.0], np.cumsum(np.square(window, dtype=np.float64))))
    energy = (power[piece.size :] - power[: -piece.size]) * float(np.sum(np.square(piece, dtype=np.float64)))
    agreement = np.correlate(window, piece, "valid") / np.sqrt(energy + 1e-9)
    place = int(agreement.argmax())
    return first + place - max(0, prompt_from) if agreement[place] >= SEEK_AGREES else None
