"""Put the committed recordings where Asterisk plays them from, in the formats it plays with least work.

Two files for each prompt, `<target>/<language>/vt/<key>`:

* `.alaw`, 8 kHz: trunks in Spain speak A-law, so Asterisk sends these bytes as they are, without transcoding;
* `.sln16`, 16 kHz: for browsers and desks on G.722 or Opus, and decoded already for anything else.

Asterisk picks the cheaper by the channel's format. Unchanged files are left alone, told by size and time
of the committed ones, so that a second start only looks at names.
"""

import contextlib
import json
import os
from collections.abc import Callable, Container
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import soundfile

from dialplans.voice import catalogue
from dialplans.voice.sound import Sound, halved, resampled

Progress = Callable[[int, int, str], None]
"""Told after each prompt: how many are done, how many there are, and language and key."""

SUBFOLDER = "vt"
"""Prompts lie apart from Asterisk's own sounds: the name to play is `vt/<key>`."""

_NARROW_RATE, _WIDE_RATE = 8_000, 16_000
_WORKERS = os.cpu_count() or 2
"""Decoding and filtering leave Python's lock, so threads use all processors: six languages in some seconds."""

INSTALLED = ".installed.json"
"""The list of what is decoded, and from which files."""


class BrokenAudioError(Exception):
    """Committed audio that cannot be decoded; the message names every such file and what to do."""


def install(institution: Path, target: Path, progress: Progress) -> int:
    """Decode what is new or changed into `target`, drop what is no more; return how many were decoded.

    Raises BrokenAudioError after installing all that can be, CatalogueError when a language file is wrong.
    """
    jobs = [
        (language, key, file)
        for language in catalogue.served(institution)
        for key, file in _recorded(institution, language).items()
    ]
    wanted = {f"{language}/{key}": _mark(file) for language, key, file in jobs}
    stamp = _read_stamp(target)
    changed = [job for job in jobs if not _is_installed(target, job, stamp, wanted)]
    broken = _decode_all(changed, target, progress)
    _remove_strangers(target, wanted.keys())
    if changed or stamp.keys() != wanted.keys():
        good = {name: mark for name, mark in wanted.items() if name not in broken}
        target.mkdir(parents=True, exist_ok=True)
        (target / INSTALLED).write_text(json.dumps(good), "utf-8")
    if broken:
        remedy = "run: git checkout -- on them, or: make prompts"
        raise BrokenAudioError(f"cannot decode {', '.join(sorted(broken.values()))}; {remedy}")
    return len(changed)


def _recorded(institution: Path, language: str) -> dict[str, Path]:
    folder = catalogue.audio_folder(institution, language)
    files = {key: folder / f"{key}.opus" for key in catalogue.prompts(institution, language)}
    return {key: file for key, file in files.items() if file.exists()}


def _mark(file: Path) -> list[int]:
    state = file.stat()
    return [state.st_size, state.st_mtime_ns]


def _is_installed(
    target: Path, job: tuple[str, str, Path], stamp: dict[str, list[int]], wanted: dict[str, list[int]]
) -> bool:
    language, key, _ = job
    name = f"{language}/{key}"
    base = target / language / SUBFOLDER
    return stamp.get(name) == wanted[name] and all(
        (base / f"{key}.{ending}").exists() for ending in ("alaw", "sln16")
    )


def _decode_all(jobs: list[tuple[str, str, Path]], target: Path, progress: Progress) -> dict[str, str]:
    """Decode each job; return name to file of those that could not be."""
    for language in {language for language, _, _ in jobs}:
        (target / language / SUBFOLDER).mkdir(parents=True, exist_ok=True)
    broken = {}
    with ThreadPoolExecutor(_WORKERS) as pool:
        outcomes = pool.map(lambda job: _decode(job, target), jobs)
        for done, ((language, key, file), good) in enumerate(zip(jobs, outcomes, strict=True), start=1):
            if not good:
                broken[f"{language}/{key}"] = str(file)
            progress(done, len(jobs), f"{language} {key}")
    return broken


def _decode(job: tuple[str, str, Path], target: Path) -> bool:
    language, key, file = job
    try:
        with file.open("rb") as stream:
            sound, rate = soundfile.read(stream, dtype="float32")
    except (soundfile.SoundFileError, OSError):
        return False
    if sound.ndim != 1 or not len(sound):
        return False
    base = target / language / SUBFOLDER
    wide = resampled(sound, rate, _WIDE_RATE)
    _write(base / f"{key}.sln16", wide, _WIDE_RATE, "PCM_16")
    _write(base / f"{key}.alaw", halved(wide), _NARROW_RATE, "ALAW")
    return True


def _write(file: Path, sound: Sound, rate: int, subtype: str) -> None:
    """Write bare samples, complete or not at all: Asterisk may be playing the old ones."""
    new = file.with_name(f"{file.name}.new")
    soundfile.write(new, sound, rate, format="RAW", subtype=subtype, endian="LITTLE")
    new.replace(file)


def _read_stamp(target: Path) -> dict[str, list[int]]:
    with contextlib.suppress(OSError, ValueError):
        read: object = json.loads((target / INSTALLED).read_text("utf-8"))
        if isinstance(read, dict):
            return read
    return {}


def _remove_strangers(target: Path, names: Container[str]) -> None:
    for file in target.glob(f"*/{SUBFOLDER}/*"):
        language, key = file.parent.parent.name, file.name.rpartition(".")[0]
        if f"{language}/{key}" not in names:
            file.unlink()
