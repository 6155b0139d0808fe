"""What forgers do with a package: files exchanged, and the manifest sealed anew where they have a key for it."""

import asyncio
import json
import zipfile
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from recordings.adapters.evidence.development import stamped
from recordings.adapters.evidence.keys import Identity, Role
from recordings.evidence import cades, jws, names, stamps
from recordings.evidence.findings import Check, Verdict
from recordings.evidence.manifest import manifest
from recordings.evidence.packaged import digest
from tests.recordings.evidence.house import House


def files_of(package: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(package) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def packed(files: Mapping[str, bytes], target: Path) -> Path:
    with zipfile.ZipFile(target, "w") as made:
        for name in (names.MIMETYPE, *sorted(files.keys() - {names.MIMETYPE})):
            made.writestr(name, files[name])
    return target


def resealed(files: dict[str, bytes], seal: Identity) -> dict[str, bytes]:
    """The manifest made and sealed anew: what the forger could not get past must then be something else."""
    kept = {name: content for name, content in files.items() if name not in names.UNSIGNED}
    written = manifest(names.SEAL, {name: digest(content) for name, content in kept.items()})
    signature = cades.sign(written, seal.private, seal.chain)
    return {**files, names.MANIFEST: written, names.SEAL: signature}


async def forged(house: House, package: Path, change: Callable[[dict[str, bytes]], None]) -> set[Check]:
    """Change a package as somebody would who even has the seal for its manifest; what is found to be wrong."""
    files = files_of(package)
    change(files)
    # In a thread, as the export does it: pyHanko wants an event loop of its own.
    files = await asyncio.to_thread(resealed, files, house.keys.identity(Role.SEAL))
    return wrongs(house, packed(files, house.folder / "forged.asice"))


def wrongs(house: House, package: Path) -> set[Check]:
    found = house.checked(package)
    return {
        Check(check)
        for check, findings in found.items()
        if any(one.verdict is Verdict.WRONG for one in findings)
    }


def signed_again(files: dict[str, bytes], seal: Identity, change: Callable[[dict[str, Any]], None]) -> None:
    vcon = payload(files[names.VCON])
    change(vcon)
    files[names.VCON] = jws.sign(vcon, seal.private, seal.chain)


def stamped_again(house: House, files: dict[str, bytes], at: float) -> None:
    request = stamps.request(files[names.VCON])
    files[names.STAMP] = stamped(request, house.keys.identity(Role.AUTHORITY), at)


def payload(written: bytes) -> dict[str, Any]:
    text = json.loads(written)["payload"]
    read: dict[str, Any] = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return read
