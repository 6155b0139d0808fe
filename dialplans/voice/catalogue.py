"""Which prompts there are: every key of every language with its text, its voice and where its audio lies."""

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dialplans import texts
from dialplans.grammar import GRAMMARS
from dialplans.grammar.cardinals import leads
from dialplans.grammar.signs import PAUSE

_RECIPE = 1
"""Raised when the treatment of the sound changes, so that everything is spoken again."""

_CUT = 2
"""As _RECIPE, for what is cut off before its carrier word."""


class CatalogueError(Exception):
    """A file of texts or voices cannot be read; the message names the file, the key and what to do."""


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
    """Return the codes of the languages an institution has texts of, in alphabetical order."""
    return texts.languages(institution)


def served(institution: Path) -> tuple[str, ...]:
    """Return the languages callers can choose, as `institution.toml` lists them; without that file, all.

    A language may have texts, and even a voice, long before it is complete enough to be offered.
    """
    written = languages(institution)
    file = institution / "institution.toml"
    if not file.exists():
        return written
    listed = _toml(file).get("languages", written)
    return tuple(code for code in written if code in listed)


def audio_folder(institution: Path, language: str) -> Path:
    """Return where a language's committed audio lies."""
    return institution / "languages" / texts.AUDIO / language


def prompts(institution: Path, language: str) -> dict[str, Prompt]:
    """Return every prompt of a language by key: its texts first, then its grammar's fragments."""
    if language not in GRAMMARS:
        raise CatalogueError(
            f"languages/{language}: there is no grammar for {language}; add dialplans/grammar/{language}.py"
        )
    fragments = GRAMMARS[language].FRAGMENTS
    said, faults = texts.read(institution, language)
    if faults:
        raise CatalogueError(str(faults[0]))
    if both := sorted(said.keys() & fragments.keys()):
        raise CatalogueError(
            f"languages/{language}: {both[0]} is a fragment of the grammar already; choose another key"
        )
    return {
        **{key: Prompt(key, text, fragment=False) for key, text in said.items()},
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
            say=_words(entry, "say"),
            fragments=_words(entry, "fragments"),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        what = f"{type(error).__name__}: {error}"
        raise CatalogueError(
            f"{file}: [{language}] must give name, phonemes, pace, carrier ({what})"
        ) from error


def _words(entry: Mapping[str, Any], table: str) -> dict[str, str]:
    """Read a table of spellings. Raises TypeError for one that is no text."""
    words: Mapping[str, object] = entry.get(table, {})
    for key, said in words.items():
        if not isinstance(said, str):
            raise TypeError(f"{table}.{key} is no text: {said!r}")
    return {key: str(said) for key, said in words.items()}


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
