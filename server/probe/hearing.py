"""Which prompts were played, found from the sound alone.

`recognise` explains a whole recording; a `Listener` does the same while the sound arrives. Both look for the
anchors of the catalogue (see `catalogue`), follow each candidate along the prompt for as long as the two
agree, and keep the explanation of every stretch that accounts for most of its power.

A prompt counts as heard when its first 0.8 s came through (a caller's key may cut the rest), or most of it if
it is shorter. Gain does not matter: everything is normalised.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from server.probe.anchors import HOP, SEEK_LEAST, SEEK_PIECE, SEEK_REACH, find_anchors, seek
from server.probe.catalogue import RATE, WINDOW, Catalogue, emphasise

BLOCK = 400  # a candidate is followed in steps of 50 ms
BLOCK_AGREES = 0.5  # least correlation of a step that goes on agreeing
BLOCKS_FORGIVEN = 3  # steps in a row that may disagree (a lost packet) before the prompt counts as cut
FAINT = 0.02  # steps below this share of the prompt's mean power say nothing either way
PROVEN_SECONDS = 0.8  # so much of a long prompt proves it
PROVEN_SHARE = 0.65  # so much of a short one's speaking steps does
SCORE_AGREES = 0.8  # least correlation of the whole stretch
CROWDED = 0.3  # an explanation may share this much of its stretch with a better one
WHOLE_IS_WORTH = 1.1  # a whole prompt is likelier than a longer one cut off at its end
SAME_PLACE = 40  # samples; farther apart (a period of the voice is enough) one of the two may be wrong
SAME_UTTERANCE = 0.2 * RATE  # pieces of one prompt lie no farther apart than this from where they should


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
    sought: bool = False  # its lost ends have been looked for

    @property
    def end(self) -> int:
        return self.begun + self.matched

    @property
    def believable(self) -> bool:
        return self.score >= SCORE_AGREES and self.matched >= SEEK_LEAST

    def goes_on_in(self, other: _Candidate) -> bool:
        """Tell whether `other` is a later piece of the same utterance: sound was lost or doubled between them."""
        near = self.prompt == other.prompt and abs(self.start - other.start) < SAME_UTTERANCE
        later = other.begun - other.start >= self.end - self.start - BLOCK
        return near and later and other.begun >= self.end - BLOCK


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
        self._listen()

    def finish(self) -> None:
        """No more sound will come: look at what is left."""
        self._append(np.zeros(WINDOW + HOP, dtype=np.float32))
        self._listen()

    def heard(self) -> tuple[Heard, ...]:
        """All prompts recognised until now, by time; the last may still be going on (`whole` False)."""
        chosen = [*self._settled, *_explain(self._candidates)]
        utterances = list(_utterances(chosen))
        prompts = [self.catalogue.prompts[first.prompt] for first, _ in utterances]
        languages = spoken_languages([prompt.languages for prompt in prompts])
        named = zip(utterances, prompts, languages, strict=True)
        return tuple(_told(ends, prompt.keys_in(language), language) for ends, prompt, language in named)

    def _listen(self) -> None:
        self._follow()
        while self._searched + WINDOW <= self._filled:
            if not self._known():
                self._search()
                self._follow()
            self._searched += HOP

    def _known(self) -> bool:
        """Tell whether a prompt goes on through all places where one could begin: to look for others is dear."""
        begin, end = self._searched, self._searched + HOP
        return any(c.believable and c.begun <= begin and c.end >= end for c in self._candidates)

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

    def _propose(self, prompt: int, start: int) -> None:
        if start <= -self.catalogue.sounds[prompt].size:
            return
        known = (*self._candidates, *self._settled)
        if not any(c.prompt == prompt and abs(c.start - start) < SAME_PLACE for c in known):
            self._candidates.append(_Candidate(prompt, start))

    def _follow(self) -> None:
        received = self._sound[: self._filled]
        for candidate in self._candidates:  # grows on the way: the ends that are found are followed as well
            sound = self.catalogue.sounds[candidate.prompt]
            if candidate.open:
                follow(candidate, sound, received)
            if not candidate.open and not candidate.sought:
                self._seek_ends(candidate, sound, received)
        self._settle()

    def _seek_ends(
        self, candidate: _Candidate, sound: NDArray[np.float32], received: NDArray[np.float32]
    ) -> None:
        """Where a prompt breaks off, look whether it goes on a little earlier or later than it should."""
        if candidate.believable and not candidate.whole:
            if candidate.end + SEEK_REACH + SEEK_PIECE > received.size:
                return  # not enough sound yet to look at
            for prompt_from in (
                candidate.end - candidate.start,
                candidate.begun - candidate.start - SEEK_PIECE,
            ):
                start = seek(sound, received, candidate.start, prompt_from)
                if start is not None:
                    self._propose(candidate.prompt, start)
        candidate.sought = True

    def _settle(self) -> None:
        """Close the books on every stretch that nothing still to come can explain better."""
        oldest_open = min((c.start for c in self._candidates if not c.sought), default=self._filled)
        horizon = min(oldest_open, self._searched)
        ripe = [c for c in self._candidates if c.sought and c.end <= horizon]
        if not ripe or any(c.begun < max(r.end for r in ripe) for c in self._candidates if c not in ripe):
            return
        self._settled.extend(_explain(ripe))
        self._candidates = [c for c in self._candidates if c not in ripe]


def _told(ends: tuple[_Candidate, _Candidate], keys: tuple[str, ...], language: str) -> Heard:
    first, last = ends
    return Heard(
        keys[0],
        language,
        round(first.begun / RATE, 3),
        round(last.end / RATE, 3),
        round(first.score, 3),
        first.whole or last.whole,
        keys[1:],
    )


def spoken_languages(possible: Sequence[tuple[str, ...]]) -> list[str]:
    """Choose a language for each: what may be several is in that of the last certain one before it, else after."""
    certain = [languages[0] if len(languages) == 1 else None for languages in possible]
    chosen = []
    for place, languages in enumerate(possible):
        around = [*reversed(certain[: place + 1]), *certain[place + 1 :]]
        chosen.append(next((language for language in around if language in languages), languages[0]))
    return chosen


def recognise(samples: NDArray[np.float32], catalogue: Catalogue) -> tuple[Heard, ...]:
    """Name the prompts in a whole recording (float samples at 8 kHz), by time."""
    listener = Listener(catalogue)
    listener.feed(samples)
    listener.finish()
    return listener.heard()


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


def _are_pieces(one: _Candidate, other: _Candidate) -> bool:
    return one.goes_on_in(other) or other.goes_on_in(one)


def _utterances(chosen: Iterable[_Candidate]) -> Iterator[tuple[_Candidate, _Candidate]]:
    """First and last piece of each prompt, by time: a prompt in pieces (sound was lost) is one utterance."""
    pieces: list[_Candidate] = []
    for candidate in sorted(chosen, key=lambda c: c.begun):
        if pieces and pieces[-1].goes_on_in(candidate):
            pieces.append(candidate)
            continue
        if pieces:
            yield pieces[0], pieces[-1]
        pieces = [candidate]
    if pieces:
        yield pieces[0], pieces[-1]


def _proven(candidate: _Candidate, all_of_them: Iterable[_Candidate]) -> bool:
    """Tell whether enough was heard, counting the other pieces of the same utterance."""
    if not candidate.believable:
        return False
    pieces = [candidate, *(c for c in all_of_them if c.believable and _are_pieces(c, candidate))]
    long_enough = sum(piece.matched for piece in pieces) >= PROVEN_SECONDS * RATE
    return long_enough or sum(piece.share for piece in pieces) >= PROVEN_SHARE


def _explains(candidate: _Candidate) -> float:
    """Weigh a candidate: received power explained, and a little more if the prompt is whole."""
    return candidate.explained * (WHOLE_IS_WORTH if candidate.whole else 1.0)


def _explain(candidates: Iterable[_Candidate]) -> list[_Candidate]:
    """Choose the proven candidates that explain most, none on top of another."""
    known = list(candidates)
    proven = [c for c in known if _proven(c, known)]
    chosen: list[_Candidate] = []
    for candidate in sorted(proven, key=_explains, reverse=True):
        shared = sum(max(0, min(c.end, candidate.end) - max(c.begun, candidate.begun)) for c in chosen)
        if shared <= CROWDED * candidate.matched:
            chosen.append(candidate)
    return chosen
