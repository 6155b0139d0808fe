"""All that was recorded of one person, as a zip for that person: sound, lines, and a list in plain words."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from recordings.adapters.vault.searching import Found, Searching
from recordings.listening import Person
from recordings.naming import TEXT, WAV, is_in_writing
from recordings.ports import Audio, NoAudio
from server.listening import Listening
from server.runtime.trouble import RuntimeTrouble
from web.ports import NotNow

INDEX = "index.json"


@dataclass(frozen=True, slots=True)
class Copied:
    """Which calls are in the zip, and which are not, and why."""

    calls: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]


async def copy_all(
    listening: Listening,
    searching: Searching,
    audio: Audio,
    terms: tuple[Person, str, str | None],
    calls: Iterable[str],
    to: Path,
) -> Copied:
    """Copy what may be copied; each recording is written down as given out before its first byte is.

    terms: who copies, why, and who agreed. The file is complete or not there. Raises RuntimeTrouble.
    """
    who, reason, second = terms
    part = to.with_name(f".{to.name}.part")
    copied, left_out = list[Found](), list[tuple[str, str]]()
    try:
        with _private(part) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as whole:
            for call in sorted(calls):
                found = await searching.one(call)
                try:
                    await _demand_whole(audio, call, found)
                    await listening.export(who, call, reason, second)
                    await _copy(audio, call, whole)
                except (NotNow, NoAudio) as why:
                    left_out.append((call, why.reason))
                else:
                    copied += [found] if found else []
            whole.writestr(INDEX, json.dumps([_said(one) for one in copied], indent=1, ensure_ascii=False))
        part.replace(to)
    except OSError as fault:
        raise RuntimeTrouble(f"{to} cannot be written ({fault.strerror}); nothing is left of it.") from fault
    finally:
        part.unlink(missing_ok=True)
    return Copied(tuple(one.call for one in copied), tuple(left_out))


async def _demand_whole(audio: Audio, call: str, found: Found | None) -> None:
    """Read all of it before any of it is written: half a recording is none. Raises NoAudio."""
    digest = hashlib.sha512()
    async for piece in audio.read(call):
        await asyncio.to_thread(digest.update, piece)
    if found is not None and digest.hexdigest() != found.sha512:
        raise NoAudio("damaged")


async def _copy(audio: Audio, call: str, whole: zipfile.ZipFile) -> None:
    with whole.open(_name(call), "w", force_zip64=True) as target:
        async for piece in audio.read(call):
            await asyncio.to_thread(target.write, piece)


def _private(file: Path) -> BinaryIO:
    """Open a file that was not there, for nobody else: what somebody laid there before is neither followed nor kept."""
    file.unlink(missing_ok=True)
    fresh = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    return os.fdopen(os.open(file, fresh, 0o600), "wb")


def _name(call: str) -> str:
    return f"{call}{TEXT if is_in_writing(call) else WAV}"


def _said(one: Found) -> dict[str, object]:
    """Give a recording as the list has it; the hash is the one that its evidence has."""
    return {
        "file": _name(one.call),
        "began": datetime.fromtimestamp(one.at, UTC).isoformat(),
        "seconds": None if one.duration_ms is None else one.duration_ms / 1000,
        "language": one.language,
        "agreed": [{"act": act, "outcome": outcome} for act, outcome in one.acts],
        "sha512": one.sha512,
    }
