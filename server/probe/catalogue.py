"""What may be heard: every prompt's sound, made ready for being looked for.

Theory. A prompt reaches the caller as the very samples of its file, after A-law and at some gain. So the
question "which prompt is this?" needs no speech recognition: a piece of the prompt (its *anchor*, at most
half a second) slid along what was received correlates above 0.9 where the prompt is, and below about 0.6
everywhere else. One Fourier transform of the received window serves all anchors, whose spectra are kept here.

Anchors of equal length share one pass, so lengths are cut down to whole steps of `ANCHOR_STEP`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

RATE = 8000  # samples a second: what a telephone line carries
WINDOW = 8192  # samples looked at in one go (1.024 s)
LONGEST_ANCHOR = 4000  # 0.5 s: specific enough, and leaves half a window of places to look at
ANCHOR_STEP = 400  # anchor lengths are multiples of 50 ms
SHORTEST_ANCHOR = 800  # 0.1 s: shorter sounds match by chance
LONG = 9600  # prompts over 1.2 s get a second anchor, for when their head was lost
SHORTEST_HALF = 1200  # shorter ones one for each half, unless that is under 0.15 s
SILENT_PEAK = 0.002  # a prompt that never gets louder is a pause, which no ear recognises
QUIET = 0.02  # a prompt begins and ends where it exceeds this share of its peak
EMPHASIS = 0.4  # share of the previous sample taken away: evens out speech, whose bass all voices share


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt as it sounds: `samples` float at 8 kHz, any scale, silence at the ends allowed."""

    key: str
    language: str
    samples: NDArray[np.float32]
    text: str = ""
    twins: tuple[tuple[str, str], ...] = ()  # (language, key) of others with the very same sound

    def keys_in(self, language: str) -> tuple[str, ...]:
        """Give the keys that sound like this in a language; none if it does not occur there."""
        names = ((self.language, self.key), *self.twins)
        return tuple(key for spoken, key in names if spoken == language)

    @property
    def languages(self) -> tuple[str, ...]:
        """Give the languages that this may be: one voice says some letters alike in two."""
        return tuple(dict.fromkeys((self.language, *(language for language, _ in self.twins))))


@dataclass(frozen=True, slots=True)
class Anchors:
    """The anchors of one length: spectra (n, WINDOW/2+1), of which prompt, and where in it (samples)."""

    length: int
    spectra: NDArray[np.complex64]
    prompts: NDArray[np.int32]
    offsets: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All prompts, trimmed and emphasised, with their anchors; shared by any number of listeners."""

    prompts: tuple[Prompt, ...]
    sounds: tuple[NDArray[np.float32], ...]  # prompts' emphasised samples without the silence at the ends
    anchors: tuple[Anchors, ...]
    keys: frozenset[str] = field(default_factory=frozenset)


def emphasise(samples: NDArray[np.float32], before: float = 0.0) -> NDArray[np.float32]:
    """Even out the spectrum; the same length. `before` is the sample that came just before the first."""
    shifted = np.concatenate((np.array([before], dtype=np.float32), samples[:-1]))
    return samples - np.float32(EMPHASIS) * shifted


def trim(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cut off the silence before and after; empty when all is silence."""
    peak = float(np.max(np.abs(samples), initial=0.0))
    loud = np.flatnonzero(np.abs(samples) > QUIET * peak) if peak > SILENT_PEAK else np.array([], dtype=int)
    if loud.size == 0:
        return samples[:0]
    return samples[loud[0] : loud[-1] + 1]


def build(prompts: Iterable[Prompt]) -> Catalogue:
    """Make ready to listen for `prompts`; twins become one, those under 0.1 s are left out."""
    told_apart = _merge_twins(prompts)
    sounds = tuple(emphasise(trim(prompt.samples)) for prompt in told_apart)
    keys = frozenset(key for prompt in told_apart for key in (prompt.key, *(key for _, key in prompt.twins)))
    return Catalogue(told_apart, sounds, tuple(_anchors(sounds)), keys)


def _merge_twins(prompts: Iterable[Prompt]) -> tuple[Prompt, ...]:
    by_sound: dict[bytes, Prompt] = {}
    for prompt in prompts:
        sound = trim(prompt.samples)
        if sound.size < SHORTEST_ANCHOR:
            continue
        twin = by_sound.get(sound.tobytes())
        by_sound[sound.tobytes()] = prompt if twin is None else _with_twin(twin, prompt)
    return tuple(by_sound.values())


def _with_twin(prompt: Prompt, twin: Prompt) -> Prompt:
    return replace(prompt, twins=(*prompt.twins, (twin.language, twin.key)))


def _anchors(sounds: tuple[NDArray[np.float32], ...]) -> Iterator[Anchors]:
    places: dict[int, list[tuple[int, int]]] = {}
    for number, sound in enumerate(sounds):
        for length, offset in anchor_places(sound.size):
            places.setdefault(length, []).append((number, offset))
    for length, wanted in sorted(places.items()):
        pieces = np.stack([_unit(sounds[number][offset : offset + length]) for number, offset in wanted])
        yield Anchors(
            length,
            np.conj(np.fft.rfft(pieces, WINDOW, axis=1)).astype(np.complex64),
            np.array([number for number, _ in wanted], dtype=np.int32),
            np.array([offset for _, offset in wanted], dtype=np.int32),
        )


def anchor_places(size: int) -> Iterator[tuple[int, int]]:
    """Give (length, offset) of the anchors of a prompt: its head, and two pieces in case a packet is lost in it."""
    yield min(LONGEST_ANCHOR, size // ANCHOR_STEP * ANCHOR_STEP), 0
    half = min(LONGEST_ANCHOR, size // 2 // ANCHOR_STEP * ANCHOR_STEP)
    if size >= LONG:
        yield LONGEST_ANCHOR, LONGEST_ANCHOR
    elif half >= SHORTEST_HALF:
        yield half, 0
        yield half, size - half


def _unit(piece: NDArray[np.float32]) -> NDArray[np.float32]:
    size = float(np.sqrt(np.sum(np.square(piece, dtype=np.float64))))
    return (piece / np.float32(size or 1.0)).astype(np.float32)
