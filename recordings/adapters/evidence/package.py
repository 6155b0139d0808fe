"""Packages as files: ASiC-E containers written whole or not at all, and read as what they are, somebody else's file."""

import errno
import hashlib
import os
import time
import zipfile
import zlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from secrets import token_hex
from typing import IO

from recordings.evidence import cades, checking, names
from recordings.evidence.findings import Check, Finding, good, wrong
from recordings.evidence.manifest import manifest
from recordings.evidence.packaged import Package, digest
from recordings.evidence.trust import Trust
from recordings.wave import HEADER_BYTES, played_ms

PIECE = 1 << 20
MOST_FILES = 64
SMALL = 4_000_000
"""Bytes of any file but the recording: certificates, stamps and the vCon are some kilobytes."""
LARGE = 5 * 1024**3
"""Bytes of a recording: a WAV file has four gigabytes at most, 37 hours."""
RATIO = 200
"""How much larger than its packed form a file may be; speech packs to half, and a bomb to a thousandth."""
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every file inside: a ZIP has no time zone, and the times that count are signed."""

Sealing = Callable[[bytes], bytes]
"""Gives the CAdES signature over a manifest."""


class BadPackage(Exception):  # noqa: N818 - the trade's word
    """A file is no evidence package; the sentence says why."""


class Altered(Exception):  # noqa: N818 - named for what happened
    """The recording's bytes are not those that were sealed: there is no package of it."""


class Writer:
    """A package being written beside its place: `finish` puts it there, `abandon` leaves nothing behind.

    Blocking: its methods run in a thread.
    """

    def __init__(self, target: Path) -> None:
        self._target, self._part = target, target.with_name(f".{target.name}.{token_hex(8)}.part")
        # The recording is in it in clear: nobody else reads it, and nothing that lay there before is written into.
        descriptor = os.open(self._part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        self._file = os.fdopen(descriptor, "w+b")
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_STORED)
        self._digests: dict[str, bytes] = {}
        self._recording: IO[bytes] | None = None
        self._hash = hashlib.sha512()
        self._name = ""
        self._put(names.MIMETYPE, names.TYPE.encode())

    def begin(self, recording: str) -> None:
        """Begin with the recording's bytes."""
        self._name = recording
        self._recording = self._zip.open(zipfile.ZipInfo(recording, EPOCH), "w", force_zip64=True)

    def add(self, piece: bytes) -> None:
        """Add some of the recording's bytes."""
        if self._recording is not None:
            self._hash.update(piece)
            self._recording.write(piece)

    def finish(self, sha512: str, files: Mapping[str, bytes], sealing: Sealing) -> None:
        """Write the rest, seal the manifest, and put the package in its place; `sha512`: of the recording, if begun.

        Raises Altered.
        """
        if self._recording is not None:
            self._recording.close()
            if self._hash.hexdigest() != sha512:
                raise Altered(self._name)
            self._digests[self._name] = self._hash.digest()
        for name, content in sorted(files.items()):
            self._digests[name] = digest(content)
            self._put(name, content)
        written = manifest(names.SEAL, self._digests)
        self._put(names.MANIFEST, written)
        self._put(names.SEAL, sealing(written))
        self._zip.close()
        self._file.close()
        self._part.replace(self._target)

    def abandon(self) -> None:
        """Leave nothing behind."""
        if self._recording is not None and not self._recording.closed:
            self._recording.close()
        self._zip.close()
        self._file.close()
        self._part.unlink(missing_ok=True)

    def _put(self, name: str, content: bytes) -> None:
        self._zip.writestr(zipfile.ZipInfo(name, EPOCH), content)


async def bytes_of(pieces: AsyncIterator[bytes], most: int = PIECE) -> AsyncIterator[bytes]:
    """Gather small pieces into larger ones: each costs a turn of a thread."""
    gathered: list[bytes] = []
    size = 0
    async for piece in pieces:
        gathered.append(piece)
        size += len(piece)
        if size >= most:
            yield b"".join(gathered)
            gathered, size = [], 0
    if gathered:
        yield b"".join(gathered)


def verify(file: Path, trust: Trust, now: float | None = None) -> tuple[Finding, ...]:
    """Check a package in every way; what cannot be read is a finding, never an exception. Blocking.

    now: what time it is (unix seconds), the clock's when not said.
    """
    try:
        package = read(file)
    except BadPackage as fault:
        return (wrong(Check.CONTAINER, f"This is no evidence package: {fault}."),)
    try:
        found = checking.check(package, trust, cades.check, time.time() if now is None else now)
    except Exception as fault:  # noqa: BLE001 - a door: a stranger's file, read by other people's parsers
        why = f"It holds something that cannot be read ({type(fault).__name__}): nothing of it is to be believed."
        return (wrong(Check.CONTAINER, why),)
    container = good(Check.CONTAINER, f"It is an ASiC-E container with {len(package.digests)} files.")
    return container, *found


def read(file: Path) -> Package:
    """Read a package: small files whole, of the recording its hash; nothing is unpacked. Raises BadPackage."""
    try:
        with zipfile.ZipFile(file) as opened:
            return _read(opened, file.stat().st_size)
    except (
        OSError,
        zipfile.BadZipFile,
        EOFError,
        RuntimeError,
        ValueError,
        zlib.error,
    ) as fault:
        raise BadPackage(_why(fault)) from fault


def _read(opened: zipfile.ZipFile, size: int) -> Package:
    inside = opened.infolist()
    fault = next(_faults(inside, size), None)
    if fault:
        raise BadPackage(fault)
    files: dict[str, bytes] = {}
    digests: dict[str, bytes] = {}
    recording = audio_ms = None
    for one in inside:
        if one.filename in names.RECORDINGS:
            recording = one.filename
            digests[recording], audio_ms = _recording(opened, one)
        else:
            files[one.filename] = _small(opened, one)
            digests[one.filename] = digest(files[one.filename])
    if files.get(names.MIMETYPE) != names.TYPE.encode():
        raise BadPackage("its mimetype is not that of ASiC-E")
    return Package(files, digests, recording, audio_ms)


def _faults(inside: list[zipfile.ZipInfo], size: int) -> Iterator[str]:
    """Say what speaks against a container before anything in it is read."""
    if not inside or inside[0].filename != names.MIMETYPE:
        yield "it does not begin with a mimetype"
    if len(inside) > MOST_FILES:
        yield f"it has more than {MOST_FILES} files"
    named = [one.filename for one in inside]
    if len(set(named)) != len(named):
        yield "it has a file twice"
    if len([name for name in named if name in names.RECORDINGS]) > 1:
        yield "it has two recordings"
    if sum(one.compress_size for one in inside) > size:
        yield "its files lie one above the other"
    for one in inside:
        yield from _fault_of(one)


def _fault_of(one: zipfile.ZipInfo) -> Iterator[str]:
    shown = one.filename.encode("ascii", "backslashreplace").decode()[:80]
    if not names.known(one.filename):
        yield f"it has a file that is none of a package's, {shown}"
    if one.flag_bits & 1:
        yield f"{shown} is encrypted"
    if one.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        yield f"{shown} is packed in a way that packages are not"
    if one.file_size > (LARGE if one.filename in names.RECORDINGS else SMALL):
        yield f"{shown} is too large"
    if one.file_size > RATIO * max(one.compress_size, 1) and one.file_size > PIECE:
        yield f"{shown} would grow to more than {RATIO} times its size"


def _small(opened: zipfile.ZipFile, one: zipfile.ZipInfo) -> bytes:
    with opened.open(one) as content:
        read_ = content.read(SMALL + 1)
    if len(read_) > SMALL:
        raise BadPackage(f"{one.filename} is larger than it says")
    return read_


def _recording(opened: zipfile.ZipFile, one: zipfile.ZipInfo) -> tuple[bytes, int | None]:
    """Hash a recording piece by piece, and give its length in milliseconds; of what is no WAV file of ours, None.

    What is larger than it says ends with the container's own checksum.
    """
    hashed, size, first = hashlib.sha512(), 0, b""
    with opened.open(one) as content:
        while piece := content.read(PIECE):
            first, size = first or piece[:HEADER_BYTES], size + len(piece)
            if size > one.file_size:
                raise BadPackage(f"{one.filename} is larger than it says")
            hashed.update(piece)
    return hashed.digest(), played_ms(first, size)


def _why(fault: Exception) -> str:
    match fault:
        case OSError(strerror=str(why), errno=number) if number != errno.EINVAL:
            return f"it cannot be read ({why})"
        case (
            zipfile.BadZipFile() | EOFError() | OSError() | zlib.error()
        ):  # EINVAL: its directory points before its beginning
            return "it is damaged, cut short, or no ZIP at all"
        case _:
            return f"it cannot be read ({type(fault).__name__})"
