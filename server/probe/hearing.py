"""Which prompts were played, found from the sound alone.

`recognise` explains a whole recording; a `Listener` does the same while the sound arrives. Both look for the
anchors of the catalogue (see `catalogue`), follow each candidate along the prompt for as long as the two
agree, and keep the explanation of every stretch that accounts for most of its power.

A prompt counts as heard when its first 0.8 s came through (a caller's key may cut the rest), or most of it if
it is shorter. Gain does not matter: everything is normalised.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from server.probe.catalogue import LONGEST_ANCHOR, RATE, WINDOW, Anchors, Catalogue, emphasise

HOP = WINDOW - LONGEST_ANCHOR  # samples by which the window moves on: 0.524 s
ANCHOR_AGREES = 0.6  # least correlation of an anchor that makes a candidate
BLOCK = 400  # a candidate is followed in steps of 50 ms
BLOCK_AGREES = 0.5  # least correlation of a step that goes on agreeing
BLOCKS_FORGIVEN = 3  # steps in a row that may disagree (a lost packet) before the prompt counts as cut
FAINT = 0.02  # steps below this share of the prompt's mean power say nothing either way
PROVEN_SECONDS = 0.8  # so much of a long prompt proves it
PROVEN_SHARE = 0.75  # so much of a short one's speaking steps does
SCORE_AGREES = 0.7  # least correlation of the whole stretch
CROWDED = 0.3  # an explanation may share this much of its stretch with a better one
WHOLE_IS_WORTH = 1.1  # a whole prompt is likelier than a longer one cut off at its end
SAME_PLACE = 40  # samples; farther apart (a period of the voice is enough) one of the two may be wrong
SAME_UTTERANCE = (
    0.4 * RATE
)  # what remains of both is one prompt, with some sound lost or doubled in its middle
SILENT_POWER = 1e-9  # mean square below which a window holds nothing (full scale is 1)
PEAKS = 3  # times one short anchor may be found within a window


@dataclass(frozen=True, slots=True)
class Heard:
    """One prompt that was heard; times in seconds from the first sample, `score` a correlation up to 1."""

    key: str
    language: str
    start_s: float
    end_s: float
    score: float
    whole: bool = True  # False: cut short, or still being heard
    also: tuple[str, ...] = ()  # keys with the very same sound

    def is_one_of(self, keys: Iterable[str]) -> bool:
        """Tell whether any of `keys` sounds like this."""
        return bool({self.key, *self.also} & set(keys))


@dataclass(slots=True)
class _Candidate:
    prompt: int
    start: int  # sample where the prompt's first sample stands; negative if its head was lost
    begun: int = 0
    matched: int = 0  # samples agreed, from `begun`
    score: float = 0.0
    share: float = 0.0  # of the prompt's speaking steps that arrived and agreed
    explained: float = 0.0  # received power that the prompt accounts for
    open: bool = True  # more sound may still extend it
    whole: bool = False

    @property
    def end(self) -> int:
        return self.begun + self.matched


@dataclass(slots=True)
class Listener:
    """Hears while the sound arrives: `feed` it, ask `heard`. About 1.1 s behind what was fed."""

    catalogue: Catalogue
    _sound: NDArray[np.float32] = field(default_factory=lambda: np.zeros(4 * RATE, dtype=np.float32))
    _filled: int = 0
    _last: float = 0.0
    _searched: int = 0  # every prompt that starts before this sample is a candidate already
    _candidates: list[_Candidate] = field(default_factory=list)
    _settled: list[_Candidate] = field(default_factory=list)

    def feed(self, samples: NDArray[np.float32]) -> None:
        """More sound: float samples at 8 kHz, full scale ±1."""
        if samples.size == 0:
            return
        self._append(samples)
        while self._searched + WINDOW <= self._filled:
            self._search()
        self._follow()

    def finish(self) -> None:
        """No more sound will come: look at what is left."""
        self._append(np.zeros(WINDOW + HOP, dtype=np.float32))
        while self._searched + WINDOW <= self._filled:
            self._search()
        self._follow()

    def heard(self) -> tuple[Heard, ...]:
        """All prompts recognised until now, by time; the last may still be going on (`whole` False)."""
        chosen = [*self._settled, *_explain(self._candidates)]
        return tuple(self._told(first, last) for first, last in _utterances(chosen))

    def _append(self, samples: NDArray[np.float32]) -> None:
        end = self._filled + samples.size
        if end > self._sound.size:
            self._sound = np.concatenate(
                (self._sound, np.zeros(max(end, self._sound.size), dtype=np.float32))
            )
        self._sound[self._filled : end] = emphasise(samples, self._last)
        self._last = float(samples[-1])
        self._filled = end

    def _search(self) -> None:
        window = self._sound[self._searched : self._searched + WINDOW]
        for prompt, start in find_anchors(self.catalogue.anchors, window):
            self._propose(prompt, self._searched + start)
        self._searched += HOP

    def _propose(self, prompt: int, start: int) -> None:
        if start <= -self.catalogue.sounds[prompt].size:
            return
        known = (*self._candidates, *self._settled)
        if not any(c.prompt == prompt and abs(c.start - start) < SAME_PLACE for c in known):
            self._candidates.append(_Candidate(prompt, start))

    def _follow(self) -> None:
        for candidate in self._candidates:
            if candidate.open:
                follow(candidate, self.catalogue.sounds[candidate.prompt], self._sound[: self._filled])
        self._settle()

    def _settle(self) -> None:
        """Close the books on every stretch that nothing still to come can explain better."""
        oldest_open = min((c.start for c in self._candidates if c.open), default=self._filled)
        horizon = min(oldest_open, self._searched)
        ripe = [c for c in self._candidates if not c.open and c.end <= horizon]
        if not ripe or any(c.begun < max(r.end for r in ripe) for c in self._candidates if c not in ripe):
            return
        self._settled.extend(_explain(ripe))
        self._candidates = [c for c in self._candidates if c not in ripe]

    def _told(self, first: _Candidate, last: _Candidate) -> Heard:
        prompt = self.catalogue.prompts[first.prompt]
        return Heard(
            prompt.key,
            prompt.language,
            round(first.begun / RATE, 3),
            round(last.end / RATE, 3),
            round(first.score, 3),
            first.whole or last.whole,
            prompt.also,
        )


def recognise(samples: NDArray[np.float32], catalogue: Catalogue) -> tuple[Heard, ...]:
    """Name the prompts in a whole recording (float samples at 8 kHz), by time."""
    listener = Listener(catalogue)
    listener.feed(samples)
    listener.finish()
    return listener.heard()


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


def follow(candidate: _Candidate, sound: NDArray[np.float32], received: NDArray[np.float32]) -> None:
    """Compare the prompt with what was received, as far as both go, and note how long they agree."""
    skip = max(0, -candidate.start)
    at = candidate.start + skip
    size = min(sound.size - skip, received.size - at)
    blocks = max(0, size) // BLOCK
    if blocks == 0:
        return
    ours = sound[skip : skip + blocks * BLOCK].reshape(blocks, BLOCK)
    theirs = received[at : at + blocks * BLOCK].reshape(blocks, BLOCK)
    products, powers, received_powers = _power(ours, theirs), _power(ours, ours), _power(theirs, theirs)
    agrees = (products > 0.0) & (products >= BLOCK_AGREES * np.sqrt(powers * received_powers))
    speaks = powers >= FAINT * float(np.mean(np.square(sound, dtype=np.float64))) * BLOCK
    first, last = _longest_run(agrees & speaks, speaks)
    run = slice(first, last)
    candidate.begun = at + first * BLOCK
    candidate.matched = (last - first) * BLOCK
    lacking, arrived = int(speaks[last:].sum()), sound.size - skip <= size
    candidate.open = not arrived and lacking <= BLOCKS_FORGIVEN
    candidate.whole = arrived and lacking + int(speaks[:first].sum()) <= BLOCKS_FORGIVEN
    both = np.sqrt(powers[run].sum() * received_powers[run].sum()) + 1e-12
    candidate.score = float(products[run].sum() / both)
    candidate.share = float(speaks[run].sum() / max(1, speaks.sum())) if arrived else 0.0
    candidate.explained = float((products[run] ** 2 / (powers[run] + 1e-12)).sum())


def _power(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float64]:
    """Sum up the products of each row."""
    sums: NDArray[np.float64] = np.einsum("ij,ij->i", one, other, dtype=np.float64)
    return sums


def _longest_run(agrees: NDArray[np.bool_], speaks: NDArray[np.bool_]) -> tuple[int, int]:
    """Find first block and one past the last of the longest stretch that agrees.

    Blocks that do not speak are passed over; a few speaking ones in a row may disagree (a lost packet).
    """
    best, first, missed = (0, 0), -1, 0
    for number in np.flatnonzero(speaks):
        if agrees[number]:
            first = int(number) if first < 0 else first
            best = max(best, (first, int(number) + 1), key=lambda run: run[1] - run[0])
            missed = 0
            continue
        missed += 1
        if missed > BLOCKS_FORGIVEN:
            first = -1
    return best


def _utterances(chosen: Iterable[_Candidate]) -> Iterator[tuple[_Candidate, _Candidate]]:
    """First and last piece of each prompt, by time: a prompt in pieces (sound was lost) is one utterance."""
    pieces: list[_Candidate] = []
    for candidate in sorted(chosen, key=lambda c: c.begun):
        goes_on = pieces and candidate.prompt == pieces[0].prompt
        if goes_on and abs(candidate.start - pieces[0].start) < SAME_UTTERANCE:
            pieces.append(candidate)
            continue
        if pieces:
            yield pieces[0], pieces[-1]
        pieces = [candidate]
    if pieces:
        yield pieces[0], pieces[-1]


def _proven(candidate: _Candidate) -> bool:
    enough = candidate.share >= PROVEN_SHARE or candidate.matched >= PROVEN_SECONDS * RATE
    return candidate.score >= SCORE_AGREES and enough


def _explains(candidate: _Candidate) -> float:
    """Weigh a candidate: received power explained, and a little more if the prompt is whole."""
    return candidate.explained * (WHOLE_IS_WORTH if candidate.whole else 1.0)


def _explain(candidates: Iterable[_Candidate]) -> list[_Candidate]:
    """Choose the proven candidates that explain most, none on top of another."""
    proven = [c for c in candidates if _proven(c)]
    chosen: list[_Candidate] = []
    for candidate in sorted(proven, key=_explains, reverse=True):
        shared = sum(max(0, min(c.end, candidate.end) - max(c.begun, candidate.begun)) for c in chosen)
        if shared <= CROWDED * candidate.matched:
            chosen.append(candidate)
    return chosen
