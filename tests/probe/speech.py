"""Made-up prompts that behave like speech: voiced, bursting, each of its own, cut into 0.3 to 3 s pieces."""

from __future__ import annotations

from functools import cache
from random import Random

import numpy as np
from numpy.typing import NDArray

from server.probe.catalogue import RATE, Catalogue, Prompt, build

A = 87.6  # the A of A-law (ITU-T G.711)
FULL = 1 + np.log(A)


def utterance(seed: int, seconds: float) -> NDArray[np.float32]:
    """Syllables of one voice: a wandering pitch with harmonics, shaped by wandering formants; peak 0.4."""
    rng = np.random.default_rng(seed)
    size = int(seconds * RATE)
    syllables = max(2, int(seconds * 5)) + 1
    moments = np.linspace(0, syllables - 1, size)

    def wander(low: float, high: float) -> NDArray[np.float64]:
        return np.interp(moments, np.arange(syllables), rng.uniform(low, high, syllables))

    phase = 2 * np.pi * np.cumsum(wander(170, 240)) / RATE
    first, second, loud = wander(300, 800), wander(900, 2300), wander(0.2, 1.0)
    sound = np.zeros(size)
    for harmonic in range(1, 16):
        pitch = harmonic * 200.0
        sound += np.sin(harmonic * phase) * (
            np.exp(-(((pitch - first) / 180) ** 2)) + 0.5 * np.exp(-(((pitch - second) / 250) ** 2)) + 0.02
        )
    sound = sound * loud + 0.02 * rng.normal(size=size)
    return np.asarray(0.4 * sound / np.max(np.abs(sound)), dtype=np.float32)


@cache
def made_up_catalogue() -> Catalogue:
    """60 number-like pieces of 0.3 to 0.8 s and 30 announcements of 1.5 to 4 s, in each of two languages."""
    prompts = []
    for number, language in enumerate(("es", "ca")):
        chance = Random(number)  # noqa: S311 - a test's dice
        for piece in range(60):
            seconds = chance.uniform(0.3, 0.8)
            prompts.append(Prompt(f"n.{piece}", language, utterance(1000 * number + piece, seconds)))
        for piece in range(30):
            seconds = chance.uniform(1.5, 4.0)
            prompts.append(Prompt(f"long.{piece}", language, utterance(1000 * number + 500 + piece, seconds)))
    return build(prompts)


def through_a_law(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """What is left of it after eight-bit A-law (ITU-T G.711), by its continuous curve."""
    size = np.minimum(np.abs(samples.astype(np.float64)), 1.0)
    curved = np.where(size < 1 / A, A * size / FULL, (1 + np.log(np.maximum(A * size, 1e-9))) / FULL)
    steps = np.round(curved * 127) / 127
    straight = np.where(steps < 1 / FULL, steps * FULL / A, np.exp(steps * FULL - 1) / A)
    return np.asarray(np.sign(samples) * straight, dtype=np.float32)


def spoken(
    catalogue: Catalogue, seed: int, language: str, gain: float
) -> tuple[NDArray[np.float32], list[str]]:
    """A random sequence as a telephone brings it: gaps, cuts, gain, noise at -40 dB, A-law; and its keys."""
    chance, rng = Random(seed), np.random.default_rng(seed)  # noqa: S311 - a test's dice
    pool = [prompt for prompt in catalogue.prompts if language in prompt.languages]
    pieces = [prompt for prompt in pool if prompt.samples.size < RATE]
    parts, keys = [np.zeros(chance.randrange(1, RATE), dtype=np.float32)], []
    for _ in range(chance.randrange(4, 12)):
        prompt = chance.choice(pieces if chance.random() < 0.6 else pool)
        sound = prompt.samples
        if sound.size > 2 * RATE and chance.random() < 0.3:  # a key cut it short
            sound = sound[: chance.randrange(int(1.1 * RATE), sound.size)]
        keys.append(prompt.keys_in(language)[0])
        parts.append(sound)
        if chance.random() < 0.3:
            parts.append(np.zeros(chance.randrange(RATE), dtype=np.float32))
    sound = np.concatenate(parts) * np.float32(gain)
    noise = rng.normal(size=sound.size).astype(np.float32) * np.float32(0.01)
    return through_a_law(sound + noise), keys
