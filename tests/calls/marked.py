"""Sound that says of every sample which one it is, and what of it is in a recording.

What somebody says is a tone, for the ear, and below it a noise that is known to the sample. So a recording can be laid
beside what was said: a stretch that came late stands later and is all there, a stretch that is lost is missing,
however busy the machine was. A tone alone, or a clock, cannot tell the two apart.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from tests.calls.steering import RATE, TONES, tone

SAID_S = 240
BAND_HZ = (400, 2_800)
"""Of the noise: what every codec lets through, and half a sample's shift does not spoil."""
NOISE = 1_500.0
NARROW = 10.0
WINDOW, HOP = RATE // 10, RATE // 20
LIKE = 0.35
"""How much of a window must be that noise: two voices at once leave 0.7, chance a tenth."""
NEAR_S = 1.0
"""How much may be missing or added before the sound is looked for everywhere."""
SMOOTH = RATE // 100
SAME = 3
"""Samples by which two places may differ and be the same one."""
Sound = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stretch:
    """From and to in samples of the recording, all of it there; it stands `late` samples later than it was said."""

    begin: int
    end: int
    late: int

    @property
    def said(self) -> tuple[int, int]:
        """From and to in samples of what was said."""
        return self.begin - self.late, self.end - self.late


def marked(name: str) -> bytes:
    """What somebody says: their tone and their noise, signed 16-bit at 8 kHz."""
    heard = np.frombuffer(tone(name, SAID_S), "<i2").astype(float) + _noise(name)
    return bytes(heard.astype("<i2").tobytes())


def lost_ms(stretches: Sequence[Stretch]) -> list[tuple[float, float]]:
    """Where (seconds of the recording) something that was said is missing, and how many milliseconds of it."""
    return [
        (before.end / RATE, (after.said[0] - before.said[1]) * 1000 / RATE)
        for before, after in pairwise(stretches)
    ]


def unwritten_ms(side: NDArray[np.int16], clock: Sequence[Stretch]) -> list[tuple[float, float]]:
    """Where (seconds) not a sample was written, for silence of a line is never exactly 0, and for how long.

    `clock`: who spoke all the time on the other side; a time in which they came late too has not passed.
    """
    edges = np.flatnonzero(np.diff(np.r_[0, (side == 0).astype(int), 0]))
    return [
        (begin / RATE, sum(max(0, min(end, one.end) - max(begin, one.begin)) for one in clock) * 1000 / RATE)
        for begin, end in zip(edges[::2], edges[1::2], strict=True)
    ]


def turns(stretches: Sequence[Stretch], apart_s: float) -> list[list[Stretch]]:
    """The stretches in turns: between two of them somebody spoke for so long without being recorded."""
    found: list[list[Stretch]] = []
    for one in stretches:
        if found and one.said[0] - found[-1][-1].said[1] < apart_s * RATE:
            found[-1].append(one)
        else:
            found.append([one])
    return found


def stretches_of(side: NDArray[np.int16], name: str, others: Sequence[str] = ()) -> list[Stretch]:
    """Where on one side of a recording somebody is heard; `others`: who else may be."""
    heard, said = side.astype(float), _noise(name)
    for other in (name, *others):
        heard, said = (_without(TONES[other], one) for one in (heard, said))
    rough = [Stretch(*one) for one in _coarse(heard, said)]
    limits = [*(one.begin + WINDOW for one in rough[1:]), len(heard)]
    found: list[Stretch] = []
    for one, limit in zip(rough, limits[: len(rough)], strict=True):
        for piece in _there(heard, said, one, found[-1].end if found else 0, limit):
            goes_on = found and (found[-1].end, found[-1].late) == (piece.begin, piece.late)
            found.append(Stretch(found.pop().begin, piece.end, piece.late) if goes_on else piece)
    return found


@cache
def _noise(name: str) -> Sound:
    white = np.random.default_rng(crc32(name.encode())).standard_normal(SAID_S * RATE)
    shaped = signal.sosfiltfilt(signal.butter(4, BAND_HZ, "bandpass", fs=RATE, output="sos"), white)
    return np.asarray(shaped / shaped.std() * NOISE)


def _without(hertz: int, sound: Sound) -> Sound:
    return np.asarray(signal.filtfilt(*signal.iirnotch(hertz, NARROW, RATE), sound))


def _coarse(heard: Sound, said: Sound) -> Iterator[tuple[int, int, int]]:
    """Stretches of windows that stand equally late."""
    begin, late, last = 0, 0, -1
    look_again = 0
    for at in range(0, len(heard) - WINDOW, HOP):
        found: int | None = late if last >= 0 and _is_like(heard, said, at, late, WINDOW) else None
        near = last >= 0 and at - last < NEAR_S * RATE
        if found is None and (near or at >= look_again):
            look_again = look_again if near else at + RATE
            found = _searched(heard, said, at, late if near else None)
        if found is None:
            continue
        if last >= 0 and (abs(found - late) > SAME or at - last > 2 * HOP):
            yield begin, last + WINDOW, late
            begin = at
        elif last < 0:
            begin = at
        late, last = found, at
    if last >= 0:
        yield begin, last + WINDOW, late


def _searched(heard: Sound, said: Sound, at: int, near: int | None) -> int | None:
    """How late the window at a place stands; `near`: look only around there. None when it is not that noise."""
    window = heard[at : at + WINDOW]
    if window.std() < NOISE / 10:
        return None
    reach = round(NEAR_S * RATE)
    first = 0 if near is None else max(0, at - near - reach)
    last = len(said) if near is None else min(len(said), at - near + WINDOW + reach)
    if last - first <= WINDOW:
        return None
    alike = np.abs(signal.correlate(said[first:last], window, mode="valid", method="fft"))
    late = at - (first + int(alike.argmax()))
    return late if _is_like(heard, said, at, late, WINDOW) else None


def _is_like(heard: Sound, said: Sound, at: int, late: int, size: int) -> bool:
    if at - late < 0 or at - late + size > len(said) or at < 0 or at + size > len(heard):
        return False
    window, noise = heard[at : at + size], said[at - late : at - late + size]
    strength = float(np.linalg.norm(window) * np.linalg.norm(noise))
    return strength > 0 and abs(float(window @ noise)) > LIKE * strength


def _there(heard: Sound, said: Sound, rough: Stretch, begin: int, end: int) -> Iterator[Stretch]:
    """Find what of a stretch is there, from `begin` to `end` at most, to some milliseconds."""
    begin, end = max(begin, rough.late, 0), min(end, len(heard), len(said) + rough.late)
    inner, noise = said[rough.said[0] : rough.said[1]], said[begin - rough.late : end - rough.late]
    noise = noise * (float(heard[rough.begin : rough.end] @ inner) / float(inner @ inner))
    # Above nothing where it is likelier that this noise is there than that it is not.
    likelier = signal.convolve(2 * heard[begin:end] * noise - noise**2, np.ones(SMOOTH), mode="same") > 0
    edges = np.flatnonzero(np.diff(np.r_[0, likelier.astype(int), 0]))
    runs = [(int(first), int(last)) for first, last in zip(edges[::2], edges[1::2], strict=True)]
    joined: list[tuple[int, int]] = []
    for first, last in runs:
        if joined and first - joined[-1][1] < SMOOTH:
            joined[-1] = joined[-1][0], last
        else:
            joined.append((first, last))
    for first, last in joined:
        if last - first >= WINDOW // 2:
            yield Stretch(begin + first, begin + last, rough.late)
