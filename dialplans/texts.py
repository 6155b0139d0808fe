"""What an institution says, as its folder holds it: `languages/<language>/<topic>.toml`, key = text.

The topic is the service or the part of the conversation a text belongs to; callers never notice it, authors
do. Dotted keys and tables are the same: `"menu.main" = "…"` or `[menu]` with `main = "…"`.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from dialplans.faults import Fault, from_toml

KEY = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")
"""A prompt key is also a file name and an Asterisk argument: nothing in it may need quoting."""

LANGUAGE = r"[a-z]{2,3}"
"""A language's code as callers' channels, pages and folders know it: of two letters (ISO 639-1) or three (639-3)."""

LONGEST_FILE = 262_144
"""Bytes; a file of texts has a few kilobytes."""

AUDIO = "audio"
"""The folder beside the languages that holds what was spoken of them."""

Texts = dict[str, str]


def languages(institution: Path) -> tuple[str, ...]:
    """Return the codes of the languages that have a folder of texts, in alphabetical order."""
    folders = (file.parent.name for file in (institution / "languages").glob("*/*.toml"))
    return tuple(sorted(set(folders) - {AUDIO}))


def read(institution: Path, language: str) -> tuple[Texts, list[Fault]]:
    """Return the texts of a language by key, of all its files, and every fault found in them."""
    texts: Texts = {}
    first: dict[str, str] = {}
    faults: list[Fault] = []
    for path in sorted((institution / "languages" / language).glob("*.toml")):
        name = f"languages/{language}/{path.name}"
        for key, text in _file(path, name, faults).items():
            if key in first:
                faults.append(_twice(key, first[key], name))
            first.setdefault(key, name)
            texts.setdefault(key, text)
    if not texts and not faults:
        remedy = "Write languages/<language>/general.toml, or drop the language"
        faults.append(Fault(f"languages/{language}", "", "", "the language has no texts", remedy))
    return texts, faults


def _twice(key: str, first: str, second: str) -> Fault:
    return Fault(second, "", key, f"{key} has a text in {first} already", "Keep one of the two")


def _file(path: Path, name: str, faults: list[Fault]) -> Texts:
    try:
        with path.open("rb") as file:
            table = tomllib.loads(file.read(LONGEST_FILE).decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as unreadable:
        faults.append(from_toml(name, unreadable))
    except OSError:
        faults.append(Fault(name, "", "", "the file cannot be read", "Give read permission"))
    else:
        return dict(_flat(table, "", name, faults))
    return {}


def _flat(
    table: Mapping[str, object], before: str, name: str, faults: list[Fault]
) -> Iterator[tuple[str, str]]:
    for part, value in table.items():
        key = f"{before}{part}"
        match value:
            case dict():
                yield from _flat(value, f"{key}.", name, faults)
            case str() if KEY.fullmatch(key) and value.strip():
                yield key, value.strip()
            case _:
                what = f"{key} must be lower case, digits, _ and dots, and its text not empty"
                faults.append(Fault(name, "", key, what, "Correct the key or the text"))
