"""Which prompts there are: every key of every language with its text, its voice and where its audio lies."""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dialplans.grammar import GRAMMARS
from dialplans.grammar.cardinals import leads
from dialplans.grammar.signs import PAUSE

KEY = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")
"""A prompt key is also a file name and an Asterisk argument: nothing in it may need quoting."""

_RECIPE = 1
"""Raised when the treatment of the sound changes, so that everything is spoken again."""

_CUT = 2
"""As _RECIPE, for what is cut off before its carrier word."""


class CatalogueError(Exception):
    """A language file cannot be read; the message names the file, the key and what to do."""


@dataclass(frozen=True, slots=True)
class Voice:
    """Who speaks a language: the synthesiser's voice, the phonemes it is given, the pace, and odd words.

    `carrier` is a word that begins with a stop: what leads on is spoken before it and cut off in the silence
    of the stop. `say` holds what is read for a word in a sentence, `fragments` what is read for a fragment,
    by key, where the synthesiser would mispronounce the text.
    """

    name: str
    phonemes: str
    pace: float
    carrier: str
    say: Mapping[str, str]
    fragments: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Prompt:
    """One thing that can be played. A fragment is part of a number, date or amount."""

    key: str
    text: str
    fragment: bool

    @property
    def leads(self) -> bool:
        """Whether it is spoken as the beginning of something longer: "Está así desde el día"."""
        return leads(self.key) if self.fragment else not self.text.endswith((".", "?", "!", ":"))

    @property
    def silent(self) -> bool:
        """Whether it is only a pause."""
        return self.key == PAUSE


def languages(institution: Path) -> tuple[str, ...]:
    """Return the codes of the languages an institution speaks, in the order of their files' names."""
    found = sorted(path.stem for path in (institution / "languages").glob("*.toml"))
    return tuple(code for code in found if code != "voices")


def audio_folder(institution: Path, language: str) -> Path:
    """Return where a language's committed audio lies."""
    return institution / "languages" / "audio" / language


def prompts(institution: Path, language: str) -> dict[str, Prompt]:
    """Return every prompt of a language by key: its texts first, then its grammar's fragments."""
    file = institution / "languages" / f"{language}.toml"
    if language not in GRAMMARS:
        raise CatalogueError(
            f"{file}: there is no grammar for {language}; add dialplans/grammar/{language}.py"
        )
    fragments = GRAMMARS[language].FRAGMENTS
    texts = dict(_flat(file, "", _toml(file)))
    if both := sorted(texts.keys() & fragments.keys()):
        raise CatalogueError(f"{file}: {both[0]} is a fragment of the grammar already; choose another key")
    return {
        **{key: Prompt(key, text, fragment=False) for key, text in texts.items()},
        **{key: Prompt(key, text, fragment=True) for key, text in fragments.items()},
    }


def voice(institution: Path, language: str) -> Voice:
    """Return who speaks a language, from `languages/voices.toml`."""
    file = institution / "languages" / "voices.toml"
    try:
        entry = _toml(file)[language]
        return Voice(
            name=str(entry["name"]),
            phonemes=str(entry["phonemes"]),
            pace=float(entry["pace"]),
            carrier=str(entry["carrier"]),
            say=dict(entry.get("say", {})),
            fragments=dict(entry.get("fragments", {})),
        )
    except (KeyError, TypeError, ValueError) as error:
        what = f"{type(error).__name__}: {error}"
        raise CatalogueError(
            f"{file}: [{language}] must give name, phonemes, pace, carrier ({what})"
        ) from error


def made_from(prompt: Prompt, speaker: Voice) -> str:
    """Return the fingerprint of all that decides how a prompt sounds, as the manifest keeps it."""
    said = spoken_as(prompt, speaker)
    parts = [_RECIPE, said, prompt.fragment, speaker.name, speaker.phonemes, speaker.pace]
    if prompt.leads:
        parts += [speaker.carrier, _CUT]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def spoken_as(prompt: Prompt, speaker: Voice) -> str:
    """Return what the synthesiser reads: the text, or the spelling that makes it say the text rightly."""
    if prompt.fragment:
        return speaker.fragments.get(prompt.key, prompt.text)
    return re.sub(r"\w+", lambda word: speaker.say.get(word.group(), word.group()), prompt.text)


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise CatalogueError(f"{file}: cannot be read ({error})") from error


def _flat(file: Path, prefix: str, table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        key = f"{prefix}{name}"
        match value:
            case dict():
                yield from _flat(file, f"{key}.", value)
            case str() if KEY.fullmatch(key) and value.strip():
                yield key, value.strip()
            case _:
                raise CatalogueError(
                    f"{file}: {key} must be lower case, digits, _ and dots, and its text not empty"
                )
