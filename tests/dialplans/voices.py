"""A small institution with real audio, for the tests of the voice: two languages, tones in place of speech."""

import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from dialplans.voice import catalogue, manifest
from dialplans.voice.build import write_audio
from dialplans.voice.manifest import Recording
from dialplans.voice.sound import STORED_RATE, Sound, levelled

TEXTS = {"es": '"hello" = "Buenos días, dígame."\n', "ca": '"hello" = "Bon dia, digui\'m."\n'}
VOICES = """
[es]
name = "somebody"
phonemes = "es"
pace = 1.0
carrier = "cosas"
[ca]
name = "somebody"
phonemes = "ca"
pace = 1.0
carrier = "coses"
"""


def tone(seconds: float, *, lead: float = 0.02, tail: float = 0.02, rate: int = STORED_RATE) -> Sound:
    """Return a vowel-like buzz at the level of a prompt, with silence at both ends."""
    times = np.arange(int(seconds * rate)) / rate
    buzz = sum(np.sin(2 * np.pi * 200 * harmonic * times) / harmonic for harmonic in range(1, 8))
    padded = np.pad(np.asarray(buzz, dtype=np.float32), (int(lead * rate), int(tail * rate)))
    return levelled(padded, rate)


def found_institution(folder: Path, languages: Iterable[str] = ("es", "ca")) -> Path:
    """Write an institution whose every prompt and fragment has audio of a plausible length."""
    (folder / "languages").mkdir(parents=True)
    (folder / "languages" / "voices.toml").write_text(VOICES, "utf-8")
    for language in languages:
        write_texts(folder, language, TEXTS[language])
        speak_all(folder, language)
    return folder


def write_texts(folder: Path, language: str, content: str, topic: str = "general") -> None:
    """Write one file of a language's texts."""
    file = folder / "languages" / language / f"{topic}.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content, "utf-8")


def speak_all(folder: Path, language: str) -> None:
    """Give every prompt of a language its audio, and write the manifest; one file for each length of text."""
    audio = catalogue.audio_folder(folder, language)
    audio.mkdir(parents=True, exist_ok=True)
    voice = catalogue.voice(folder, language)
    prompts = catalogue.prompts(folder, language)
    spoken: dict[int, Path] = {}
    for key, prompt in prompts.items():
        file = audio / f"{key}.opus"
        if len(prompt.text) in spoken:
            shutil.copyfile(spoken[len(prompt.text)], file)
        else:
            write_audio(file, tone(0.2 + len(prompt.text) / 15))
            spoken[len(prompt.text)] = file
    made = {
        key: Recording(
            catalogue.made_from(prompt, voice), 1.0, sound=manifest.fingerprint(audio / f"{key}.opus")
        )
        for key, prompt in prompts.items()
    }
    manifest.write(audio, made)
