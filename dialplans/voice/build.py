"""Speak every prompt whose text or voice has changed, and write it as committed audio.

Opus at 16 kHz is small enough to live in the repository; `install` turns it into what Asterisk plays.
"""

import os
from collections.abc import Callable, Container, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import soundfile

from dialplans.voice import catalogue, kokoro, manifest
from dialplans.voice.catalogue import Prompt, Voice
from dialplans.voice.manifest import Recording, fingerprint, recording_file
from dialplans.voice.sound import STORED_RATE, Sound, levelled, resampled, trimmed

Progress = Callable[[int, int, str], None]
"""Told after each prompt: how many are done, how many there are, and the key."""

PAUSE_SECONDS = 0.25
_FRAGMENT_ENDS = (0.01, 0.03)
"""Fragments follow one another within a word group: hardly any silence, or numbers sound like a list."""

_PROMPT_ENDS = (0.05, 0.2)
"""A sentence needs a breath after it; one that leads on does not."""

_LEADING_TAIL = 0.02

_COMPRESSION = 0.93
"""What libsndfile makes about 25 kbit/s of for one channel: transparent for a voice."""

_NICE = 10
_SPEAKERS = 2
"""Prompts spoken at a time; each takes one processor, and the machine is somebody's desk."""


def build(institution: Path, languages: Sequence[str], progress: Progress, *, cache: Path) -> int:
    """Speak what is missing or has changed; return how many prompts were spoken. Needs the group `voice`.

    `cache` keeps the downloaded model (about 110 MB). Raises CatalogueError or VoiceError with the remedy.
    """
    os.nice(_NICE)
    return sum(_build_language(institution, language, progress, cache) for language in languages)


def _build_language(institution: Path, language: str, progress: Progress, cache: Path) -> int:
    folder = catalogue.audio_folder(institution, language)
    folder.mkdir(parents=True, exist_ok=True)
    voice = catalogue.voice(institution, language)
    prompts = catalogue.prompts(institution, language)
    recordings = {key: made for key, made in manifest.read(folder).items() if key in prompts}
    wanted = {key: catalogue.made_from(prompt, voice) for key, prompt in prompts.items()}
    changed = [
        prompt
        for key, prompt in prompts.items()
        if key not in recordings
        or recordings[key].made_from != wanted[key]
        or not is_kept(recording_file(folder, key), recordings[key])
    ]
    try:
        for done, (prompt, sound) in enumerate(_spoken(changed, cache, language, voice), start=1):
            file = recording_file(folder, prompt.key)
            write_audio(file, sound)
            seconds = round(len(sound) / STORED_RATE, 2)
            recordings[prompt.key] = Recording(wanted[prompt.key], seconds, sound=fingerprint(file))
            progress(done, len(changed), f"{language} {prompt.key}")
    finally:  # what was spoken before an interruption need not be spoken again
        _remove_orphans(folder, set(prompts))
        manifest.write(folder, recordings)
    return len(changed)


def is_kept(file: Path, recording: Recording) -> bool:
    """Whether a prompt's file is still the one that was spoken; over a studio's nobody speaks until it is gone."""
    there = file.exists() and file.stat().st_size > 0
    return there and (recording.adopted or recording.sound == fingerprint(file))


def _spoken(
    prompts: Sequence[Prompt], cache: Path, language: str, voice: Voice
) -> Iterator[tuple[Prompt, Sound]]:
    """Yield each prompt with its recording, in order, some being spoken ahead."""
    if not prompts:
        return
    say = kokoro.speaker(cache, language, voice)
    pool = ThreadPoolExecutor(_SPEAKERS)
    try:
        sounds = pool.map(lambda prompt: finished(prompt, None if prompt.silent else say(prompt)), prompts)
        yield from zip(prompts, sounds, strict=True)
    finally:
        pool.shutdown(cancel_futures=True)


def finished(prompt: Prompt, spoken: Sound | None) -> Sound:
    """Return the recording as it is kept: trimmed, at one level, 16 kHz; a pause is silence."""
    if spoken is None:
        return np.zeros(int(PAUSE_SECONDS * STORED_RATE), dtype=np.float32)
    lead, tail = _FRAGMENT_ENDS if prompt.fragment else _PROMPT_ENDS
    tail = _LEADING_TAIL if prompt.leads else tail
    padded = np.pad(spoken, (int(lead * kokoro.RATE), int(tail * kokoro.RATE)))
    cut = trimmed(padded, kokoro.RATE, lead, tail)
    return levelled(resampled(cut, kokoro.RATE, STORED_RATE), STORED_RATE)


def write_audio(file: Path, sound: Sound) -> None:
    """Write a recording as Ogg Opus, complete or not at all."""
    new = file.with_suffix(".new")
    with new.open("wb") as stream:
        soundfile.write(
            stream, sound, STORED_RATE, format="OGG", subtype="OPUS", compression_level=_COMPRESSION
        )
    new.replace(file)


def _remove_orphans(folder: Path, keys: Container[str]) -> None:
    for file in folder.glob("*.opus"):
        if file.name.removesuffix(".opus") not in keys:
            file.unlink()
