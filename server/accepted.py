"""What was accepted last: a copy of an institution's folder, for a server that nobody is there to judge for.

`run`, `reload` and `restart` judge a folder before a caller hears it (`flows.load_whole`), and lay its prompts where
Asterisk plays them. What they accept is kept here, and it is what a server begins with: one that crashes in the night
finds neither an editor's half save, nor a prompt that nobody has spoken, nor one that Asterisk does not have yet. `run`
itself begins with it when the folder is refused: after a reboot somebody must answer.

`accepted/<name>/` below the runtime folder holds the files, without audio (Asterisk has it), `accepted/marker.json`
which of the copies counts, of which folder it is, and its fingerprint. A copy is made beside the last one and counts
when the marker says so.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from dialplans.faults import FlowError
from dialplans.institution import Institution
from dialplans.texts import AUDIO
from dialplans.voice.catalogue import CatalogueError
from messages.texts import Unwritten, Wording
from server.flows import Flows, load_whole
from server.languages import written_in
from server.runtime.credentials import write_private
from server.runtime.trouble import RuntimeTrouble

log = logging.getLogger("ventanilla.flows")

SUFFIX = ".toml"
NAMED = 3
"""So many files that differ are named in the log."""

Files = Mapping[str, bytes]
"""What an institution's folder says: path below it, and content."""


def read(folder: Path) -> Files:
    """Read every file that flows, texts and rules are read from; one that cannot be read is left out."""
    return dict(_read(folder))


def _read(folder: Path) -> Iterator[tuple[str, bytes]]:
    for place, folders, names in os.walk(folder, followlinks=True):  # as the loaders do
        folders[:] = sorted({*folders} - {AUDIO})
        for name in sorted(names):
            file = Path(place, name)
            if file.suffix == SUFFIX:
                with suppress(OSError):
                    yield file.relative_to(folder).as_posix(), file.read_bytes()


class Beginning(NamedTuple):
    """What `run` begins with; `refused`: the faults for which that is what was accepted last, not the folder."""

    institution: Institution
    refused: tuple[str, ...] = ()


def beginning(runtime: Path, folder: Path, judged: Files) -> Beginning:
    """Judge a folder, of which `judged` was read, before anything is started.

    Raises what it is refused for when nothing was accepted before.
    """
    try:
        institution = load_whole(folder)
        demand_unchanged(folder, judged)
        return Beginning(institution)
    except Exception as refused:  # a door: whatever a folder does to who reads it, somebody must answer
        copy = _kept(runtime, folder)
        if copy is None:
            raise
        try:
            institution = _begun(folder, copy)[0].current()
        except (FlowError, Unwritten, OSError):  # newer code: the folder is what can be mended
            raise refused from None
        return Beginning(institution, _why(refused))


def _why(refused: Exception) -> tuple[str, ...]:
    """Say why a folder was refused, also where nobody thought of it."""
    said = str(refused)
    expected = isinstance(refused, FlowError | CatalogueError | RuntimeTrouble)
    return tuple((said if expected else f"{type(refused).__name__}: {said}").splitlines())


def demand_unchanged(folder: Path, judged: Files) -> None:
    """Refuse a folder that changed since `judged` was read of it: what stands there now was judged by nobody.

    Asked before its prompts are laid out, so that what is refused is heard by nobody. Raises RuntimeTrouble.
    """
    if read(folder) != judged:
        raise RuntimeTrouble(
            f"{folder} was changed while it was read: its flows are not taken. Run the same command again."
        )


def keep(runtime: Path, folder: Path, judged: Files) -> None:
    """Keep what was just accepted; `judged` was read before it was judged.

    Raises RuntimeTrouble when the folder changed meanwhile. A disk that is full stops nobody: it is said, and the next
    server begins with the folder as it stands.
    """
    demand_unchanged(folder, judged)
    if (copy := _kept(runtime, folder)) is not None and read(copy) == judged:
        return  # a disk that is full by now takes nothing away
    place = runtime / "accepted"
    try:
        _keep(place, folder, judged)
    except OSError as refused:
        with suppress(OSError):
            _marker(runtime).unlink(missing_ok=True)  # an older copy would not go with these prompts
        log.warning(
            "What was accepted could not be kept in %s (%s): after a crash the server reads %s as it then stands.",
            place,
            refused.strerror,
            folder,
        )


def _keep(place: Path, folder: Path, judged: Files) -> None:
    before, name = _noted(place / "marker.json").get("copy"), secrets.token_hex(8)
    try:
        for path, content in judged.items():
            (place / name / path).parent.mkdir(parents=True, exist_ok=True)
            (place / name / path).write_bytes(content)
        note = {"copy": name, "folder": str(folder), "fingerprint": _fingerprint(judged)}
        write_private(place / "marker.json", json.dumps(note))
    except OSError:
        shutil.rmtree(place / name, ignore_errors=True)
        raise
    for old in place.iterdir():  # the last one stays: a server may be reading it just now
        if old.is_dir() and old.name not in {name, before}:
            shutil.rmtree(old, ignore_errors=True)


def served(runtime: Path, folder: Path) -> Path:
    """Say where what was accepted last of this folder lies: its copy, or itself where nothing was."""
    return _kept(runtime, folder) or folder


def begin(runtime: Path, folder: Path) -> tuple[Flows, Wording]:
    """Give what a server begins with: what was accepted last of this folder, and as it stands if that is nothing.

    Says which in the log where it is not the same. Raises FlowError, Unwritten.
    """
    copy = _kept(runtime, folder)
    if copy is None:
        return _begun(folder, folder)
    try:
        begun = _begun(folder, copy)
    except (FlowError, Unwritten, OSError) as refused:
        log.warning(
            "This code refuses what was accepted last, so %s is read as it stands:\n%s", folder, refused
        )
        return _begun(folder, folder)
    if said := _instead(copy, folder):
        log.warning(said)
    return begun


def instead(runtime: Path, folder: Path) -> str:
    """Say that what was accepted last is served and not the folder as it stands; nothing if they are the same."""
    copy = _kept(runtime, folder)
    return _instead(copy, folder) if copy else ""


def _instead(copy: Path, folder: Path) -> str:
    changed = _differing(read(copy), read(folder))
    return changed and (
        f"{folder} was changed and not accepted since ({changed}): what was accepted last is served. "
        "Run: ventanilla reload"
    )


def _begun(folder: Path, source: Path) -> tuple[Flows, Wording]:
    flows = Flows(folder, begin_in=source)
    return flows, written_in(source, flows.current())


def _kept(runtime: Path, folder: Path) -> Path | None:
    """Find the copy of this folder, if it is whole: a power cut may have left a marker and no files."""
    match _noted(_marker(runtime)):
        case {"copy": str(name), "folder": str(of), "fingerprint": str(known)} if of == str(folder):
            copy = runtime / "accepted" / name
            if _fingerprint(read(copy)) == known:
                return copy
            log.warning("What was accepted last is damaged in %s: %s is read as it stands.", copy, folder)
    return None


def _differing(accepted: Files, now: Files) -> str:
    """Name what is not the same; nothing if all is."""
    names = [name for name in sorted({*accepted, *now}) if accepted.get(name) != now.get(name)]
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


def _fingerprint(files: Files) -> str:
    listed = [(name, hashlib.sha256(content).hexdigest()) for name, content in sorted(files.items())]
    return hashlib.sha256(json.dumps(listed).encode()).hexdigest()


def _noted(marker: Path) -> dict[str, object]:
    try:
        noted = json.loads(marker.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return noted if isinstance(noted, dict) else {}


def _marker(runtime: Path) -> Path:
    return runtime / "accepted" / "marker.json"
