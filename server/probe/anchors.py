"""Where the anchors of the catalogue are found in a window of received sound. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from server.probe.catalogue import LONGEST_ANCHOR, WINDOW, Anchors

HOP = WINDOW - LONGEST_ANCHOR  # samples by which the window moves on: 0.524 s
ANCHOR_AGREES = 0.6  # least correlation of an anchor that makes a candidate
SILENT_POWER = 1e-9  # mean square below which a window holds nothing (full scale is 1)
PEAKS = 3  # times one short anchor may be found within a window


def find_anchors(groups: tuple[Anchors, ...], window: NDArray[np.float32]) -> Iterator[tuple[int, int]]:
    """Give (prompt, start) of every anchor that begins in the first HOP samples of an emphasised window."""
    power = np.concatenate(([0.0], np.cumsum(np.square(window, dtype=np.float64))))
    if power[-1] < SILENT_POWER * WINDOW:
        return
    spectrum = np.fft.rfft(window).astype(np.complex64)
    for group in groups:
        energy = power[group.length : group.length + HOP] - power[:HOP]
        gain = np.where(energy > SILENT_POWER * group.length, 1.0 / np.sqrt(np.maximum(energy, 1e-12)), 0.0)
        yield from _places(group, spectrum, gain.astype(np.float32))


def _places(
    group: Anchors, spectrum: NDArray[np.complex64], gain: NDArray[np.float32]
) -> Iterator[tuple[int, int]]:
    for first in range(0, len(group.prompts), 32):  # 32 rows at a time stay in the processor's cache
        rows = group.spectra[first : first + 32] * spectrum
        agreement = np.fft.irfft(rows, WINDOW, axis=1)[:, :HOP] * gain
        for row in np.flatnonzero(agreement.max(axis=1) >= ANCHOR_AGREES):
            for place in _peaks(agreement[row], group.length // 2):
                yield int(group.prompts[first + row]), place - int(group.offsets[first + row])


def _peaks(agreement: NDArray[np.float32], apart: int) -> Iterator[int]:
    for _ in range(PEAKS):
        place = int(agreement.argmax())
        if agreement[place] < ANCHOR_AGREES:
            return
        yield place
        agreement[max(0, place - apart) : place + apart] = 0.0
