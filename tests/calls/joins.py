"""Where a tone is missing on one side of a recording, and for how long; and whether a sample was lost or doubled."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATE = 8_000
WINDOW = 80
"""Samples of one look: ten milliseconds, so a gap is seen to a few milliseconds."""
PRESENT = 0.25
"""Of a tone's usual strength; less is a gap."""


@dataclass(frozen=True, slots=True)
class Gap:
    """From and to, in seconds of the recording, in which a tone is missing."""

    begin: float
    end: float

    @property
    def ms(self) -> float:
        return (self.end - self.begin) * 1000


def strength(side: NDArray[np.int16], hertz: int) -> NDArray[np.float64]:
    """How strong a tone is at every sample, over the WINDOW around it."""
    turned = side.astype(float) * np.exp(-2j * np.pi * hertz * np.arange(side.size) / RATE)
    return np.abs(np.convolve(turned, np.ones(WINDOW) / WINDOW, mode="same")) * 2


def gaps(side: NDArray[np.int16], hertz: int, longest_ms: float = 0.0) -> list[Gap]:
    """The gaps between the first and the last time that a tone is there, longer than this."""
    heard = strength(side, hertz)
    there = heard > PRESENT * np.median(heard[heard > heard.max() / 4])
    places = np.flatnonzero(there)
    jumps = np.flatnonzero(np.diff(places) > 1)
    found = (Gap(places[at] / RATE, places[at + 1] / RATE) for at in jumps)
    return [gap for gap in found if gap.ms > longest_ms]


def stretches(side: NDArray[np.int16], hertz: int, least_s: float) -> list[Gap]:
    """Where a tone is there for so long without a break."""
    heard = strength(side, hertz)
    there = (heard > PRESENT * np.median(heard[heard > heard.max() / 4])).astype(int)
    edges = np.flatnonzero(np.diff(np.r_[0, there, 0]))
    found = (Gap(begin / RATE, end / RATE) for begin, end in zip(edges[::2], edges[1::2], strict=True))
    return [one for one in found if one.end - one.begin >= least_s]


def turned(side: NDArray[np.int16], hertz: int) -> float:
    """By how many degrees a tone that lasts is out of step at most, within 10 ms and over all.

    One sample more or less is 360 x hertz / 8000 degrees, so a continuous tone proves that none is missing.
    """
    still = side.astype(float) * np.exp(-2j * np.pi * hertz * np.arange(side.size) / RATE)
    phase = np.unwrap(np.angle(np.convolve(still, np.ones(WINDOW) / WINDOW, mode="valid")))
    return float(np.degrees(max(np.abs(phase[WINDOW:] - phase[:-WINDOW]).max(), np.ptp(phase))))


def nothing_arrived(side: NDArray[np.int16]) -> float:
    """The longest time, in milliseconds, in which not a sample was written: silence of a line is never exactly 0."""
    nought = (side == 0).astype(int)
    edges = np.flatnonzero(np.diff(np.r_[0, nought, 0]))
    return float((edges[1::2] - edges[::2]).max(initial=0)) * 1000 / RATE
