"""Sound files: the prompts of an institution, what the telephone says, and what it heard.

soundfile is untyped; `Any` stops here.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
import soundfile
from numpy.typing import NDArray

from dialplans.voice.catalogue import CatalogueError, prompts
from server.probe.catalogue import RATE, Catalogue, Prompt, build

SUFFIXES = (".opus", ".ogg", ".flac", ".wav")


class SoundUnreadable(Exception):  # noqa: N818 - named for what is wrong
    """A sound file or folder that cannot be used; the message says which and what to do."""


def load_catalogue(institution: Path, languages: Collection[str] | None = None) -> Catalogue:
    """Load the prompts of `dialplans/<institution>`: `languages/audio/<language>/<key>.opus` and their texts.

    `languages`: those that may be heard, all if not said; each costs seconds to learn and power to listen for.
    Raises SoundUnreadable when there is not one prompt, or a language has none.
    """
    for language in languages or ():
        if not (institution / "languages" / "audio" / language).is_dir():
            raise SoundUnreadable(f"{institution} holds no prompts in {language!r}: name another --language.")
    catalogue = build(_prompts(institution, languages))
    if not catalogue.prompts:
        raise SoundUnreadable(f"{institution} holds no prompts: run `make prompts` first.")
    return catalogue


def _prompts(institution: Path, languages: Collection[str] | None) -> Iterator[Prompt]:
    for folder in sorted((institution / "languages" / "audio").glob("*/")):
        if languages is not None and folder.name not in languages:
            continue
        texts = _texts(institution, folder.name)
        for file in sorted(folder.iterdir()):
            if file.suffix in SUFFIXES:
                yield Prompt(file.stem, folder.name, read_sound(file), texts.get(file.stem, ""))


def _texts(institution: Path, language: str) -> Mapping[str, str]:
    """Read the texts of a language; the ears do without them when the language's file is broken."""
    try:
        return {key: prompt.text for key, prompt in prompts(institution, language).items()}
    except CatalogueError:
        return {}


def read_sound(file: Path) -> NDArray[np.float32]:
    """Read mono float samples at 8 kHz, full scale ±1, of any sound file. Raises SoundUnreadable."""
    try:
        samples, rate = cast("tuple[Any, int]", soundfile.read(str(file), dtype="float32", always_2d=True))
    except (soundfile.SoundFileError, OSError) as error:
        raise SoundUnreadable(f"{file} is not a sound file that can be read ({error}).") from error
    return resample(np.asarray(samples.mean(axis=1), dtype=np.float32), rate)


def resample(samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """Change from `rate` to 8 kHz, by leaving out the part of the spectrum a telephone does not carry."""
    if rate == RATE or samples.size == 0:
        return samples
    size = -(-samples.size * RATE // rate)
    common = math.gcd(rate, RATE)
    steps = _smooth(-(-samples.size * common // rate))
    spectrum = np.fft.rfft(samples, steps * (rate // common))
    kept = np.zeros(steps * (RATE // common) // 2 + 1, dtype=spectrum.dtype)
    shared = min(kept.size, spectrum.size)
    kept[:shared] = spectrum[:shared]
    whole = np.fft.irfft(kept, steps * (RATE // common)) * (RATE / rate)
    return whole[:size].astype(np.float32)


def _smooth(count: int) -> int:
    """Round up to a number with small factors but for five bits at most: its transforms are quick."""
    step = 1 << max(0, count.bit_length() - 5)
    return -(-count // step) * step


def pcm_of(samples: NDArray[np.float32]) -> bytes:
    """Turn float samples into signed 16-bit ones."""
    return (samples * 32767).clip(-32768, 32767).astype("<i2").tobytes()


def write_sound(file: Path, pcm: bytes) -> None:
    """Write signed 16-bit mono at 8 kHz as a WAV file; its folder is made."""
    file.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(str(file), np.frombuffer(pcm, dtype="<i2"), RATE, subtype="PCM_16", format="WAV")
