"""What is done to a recording, and what is measured of it. Pure: arrays of float32 between -1 and 1, mono.

Levels are in dB of full scale. The level of speech is the RMS of the frames in which somebody speaks, in the
spirit of ITU-T P.56: a pause in a sentence does not make the voice louder.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Sound = NDArray[np.float32]

STORED_RATE = 16_000
"""Wideband telephony (G.722, Opus) asks for 16 kHz; narrow band is made from it."""

LEVEL_DB = -22.0
"""A little above the -26 dBov that networks expect of a talker: a menu is heard in the street."""

PEAK_DB = -3.0
"""Left free so that neither Opus nor a resampler clips what was not clipped."""

_FRAME_SECONDS = 0.01
_SILENT_BELOW_LOUDEST_DB = 40.0
_SPOKEN_BELOW_LOUDEST_DB = 30.0
_STOP_BELOW_LOUDEST_DB = 24.0
_LAST_WORD_SECONDS = (0.75, 0.3)
"""A word of two syllables is shorter than the one and longer than the other."""

_BEFORE_STOP_SECONDS, _STOP_FADE_SECONDS = 0.01, 0.03
"""The mouth closes for the stop before it is silent; left in, "entre" is heard as "entrek"."""

_FADE_SECONDS = 0.005
_LOOK_SECONDS = 0.004
_NOTHING_DB = -120.0


@dataclass(frozen=True, slots=True)
class Measures:
    """What an ear would complain about: seconds, levels in dB full scale, silence at both ends in seconds."""

    seconds: float
    level: float
    peak: float
    lead: float
    tail: float


def decibels(amplitude: float) -> float:
    """Return an amplitude between 0 and 1 in dB full scale."""
    return 20 * float(np.log10(amplitude)) if amplitude > 0 else _NOTHING_DB


def measure(sound: Sound, rate: int) -> Measures:
    """Measure a recording; silence measures -120 dB."""
    loudness = _frames(sound, rate)
    first, last = _spoken(loudness, _SILENT_BELOW_LOUDEST_DB)
    return Measures(
        seconds=len(sound) / rate,
        level=_level(loudness),
        peak=decibels(float(np.max(np.abs(sound), initial=0.0))),
        lead=first * _FRAME_SECONDS,
        tail=max(0.0, len(sound) / rate - last * _FRAME_SECONDS),
    )


def trimmed(sound: Sound, rate: int, lead: float, tail: float) -> Sound:
    """Cut the silence at both ends down to `lead` and `tail` seconds, with short fades against clicks."""
    first, last = _spoken(_frames(sound, rate), _SILENT_BELOW_LOUDEST_DB)
    start = int((first * _FRAME_SECONDS - lead) * rate)
    end = int((last * _FRAME_SECONDS + tail) * rate)
    return _faded(sound[max(0, start) : end].copy(), int(_FADE_SECONDS * rate))


def cut_in_stop(sound: Sound, rate: int) -> Sound:
    """Cut off the last word of a recording that ends with the voice; that word begins with a stop.

    The cut is in the longest silence where the word can begin. ValueError when there is none.
    """
    loudness = _frames(sound, rate)
    quiet = loudness < loudness.max(initial=0.0) * 10 ** (-_STOP_BELOW_LOUDEST_DB / 20)
    end = len(quiet)
    earliest, latest = (max(0, end - int(seconds / _FRAME_SECONDS)) for seconds in _LAST_WORD_SECONDS)
    runs = _runs(quiet, earliest, latest)
    if not runs:
        raise ValueError("there is no silence before the last word; choose another carrier")
    start, _ = max(runs, key=lambda run: run[1] - run[0])
    cut = int((start * _FRAME_SECONDS - _BEFORE_STOP_SECONDS) * rate)
    return _faded_out(sound[: max(0, cut)].copy(), int(_STOP_FADE_SECONDS * rate))


def _runs(flags: NDArray[np.bool_], first: int, last: int) -> list[tuple[int, int]]:
    """Return (start, end) of each stretch of at least two true flags that starts within first and last."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    pairs = edges.reshape(-1, 2)
    return [(int(a), int(b)) for a, b in pairs if first <= a <= last and b - a > 1]


def levelled(sound: Sound, rate: int) -> Sound:
    """Bring the speech to LEVEL_DB, and hold the few peaks that would pass PEAK_DB down to it."""
    gain = LEVEL_DB - measure(sound, rate).level
    return _limited(np.asarray(sound * 10 ** (gain / 20), dtype=np.float32), int(_LOOK_SECONDS * rate))


def resampled(sound: Sound, rate: int, wanted: int) -> Sound:
    """Change the sample rate by cutting the spectrum, after padding so that the ends do not meet."""
    if rate == wanted:
        return sound
    step = int(rate / np.gcd(rate, wanted))
    padded = np.pad(sound, (0, step * 64 + -len(sound) % step))
    length = len(padded) * wanted // rate
    spectrum = np.fft.rfft(padded)[: length // 2 + 1]
    wave = np.fft.irfft(spectrum, length) * (wanted / rate)
    return wave[: round(len(sound) * wanted / rate)].astype(np.float32)


def halved(sound: Sound) -> Sound:
    """Halve the sample rate with a half-band filter in its two phases: five times as quick as `resampled`.

    From 16 kHz it keeps all below 3.6 kHz and takes 60 dB and more of all above 4.6 kHz.
    """
    padded = np.pad(sound, len(_HALF_BAND) // 2)
    length = (len(sound) + 1) // 2
    even = np.convolve(padded[0::2], _HALF_BAND[0::2], "valid")[:length]
    odd = np.convolve(padded[1::2], _HALF_BAND[1::2], "valid")[:length]
    return np.asarray(even + odd, dtype=np.float32)


def _half_band() -> Sound:
    """Return a windowed sinc at half the band (Oppenheim and Schafer, Discrete-Time Signal Processing, § 7.5)."""
    reach = np.arange(-31, 32)
    taps = np.sinc(reach / 2) * np.kaiser(len(reach), 6.0)
    return np.asarray(taps / taps.sum(), dtype=np.float32)


_HALF_BAND = _half_band()


def _frames(sound: Sound, rate: int) -> NDArray[np.float64]:
    """Return the RMS of each hundredth of a second."""
    size = int(rate * _FRAME_SECONDS)
    whole = np.pad(sound.astype(np.float64), (0, -len(sound) % size)).reshape(-1, size)
    return np.asarray(np.sqrt(np.mean(whole**2, axis=1)))


def _spoken(loudness: NDArray[np.float64], below: float) -> tuple[int, int]:
    """Return the first spoken frame and the one after the last; (0, 0) when nobody speaks."""
    loudest = float(loudness.max(initial=0.0))
    if loudest <= 0:
        return 0, 0
    spoken = np.flatnonzero(loudness >= loudest * 10 ** (-below / 20))
    return int(spoken[0]), int(spoken[-1]) + 1


def _level(loudness: NDArray[np.float64]) -> float:
    loudest = float(loudness.max(initial=0.0))
    if loudest <= 0:
        return _NOTHING_DB
    spoken = loudness[loudness >= loudest * 10 ** (-_SPOKEN_BELOW_LOUDEST_DB / 20)]
    return decibels(float(np.sqrt(np.mean(spoken**2))))


def _limited(sound: Sound, look: int) -> Sound:
    """Turn down around each peak, `look` samples before and after, without a corner in the gain."""
    ceiling = 10 ** (PEAK_DB / 20)
    needed = np.minimum(1.0, ceiling / np.maximum(np.abs(sound), ceiling))
    held = sliding_window_view(np.pad(needed, 2 * look, constant_values=1.0), 2 * look + 1).min(axis=1)
    smooth = np.convolve(held, np.full(2 * look + 1, 1 / (2 * look + 1)), mode="valid")
    return np.asarray(sound * smooth, dtype=np.float32)


def _faded(sound: Sound, length: int) -> Sound:
    length = min(length, len(sound) // 2)
    ramp = np.linspace(0, 1, length, dtype=np.float32)
    sound[:length] *= ramp
    return _faded_out(sound, length)


def _faded_out(sound: Sound, length: int) -> Sound:
    length = min(length, len(sound))
    sound[len(sound) - length :] *= np.linspace(1, 0, length, dtype=np.float32)
    return sound
