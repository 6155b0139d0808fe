"""A package as it was read, and what every check of it needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha512

from cryptography.x509 import Certificate

from recordings.evidence import stamps
from recordings.evidence.certificates import pems
from recordings.evidence.fingerprints import printed
from recordings.evidence.names import CHECKPOINT, HEAD_STAMP, STAMP, VCON
from recordings.evidence.said import shown
from recordings.evidence.stamps import BadStamp, Stamp, UnknownAuthority
from recordings.evidence.trust import Trust

AHEAD_S = 60.0
"""How far our clock may be ahead of the authority's, or behind: more, and our times are not to be believed."""
STAMPED = ((VCON, STAMP), (CHECKPOINT, HEAD_STAMP))
"""What is stamped in a package, and the file of its stamp."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package as it was read: its small files whole, of every file its SHA-512, and the recording's name.

    audio_ms: how long the recording plays, by its own bytes; None when it is no WAV file of ours.
    """

    files: Mapping[str, bytes]
    digests: Mapping[str, bytes]
    recording: str | None
    audio_ms: int | None = None


def certificates_in(package: Package) -> list[Certificate]:
    """Give the certificates that a package brings along; whether anybody believes them is another question."""
    return [
        one
        for name, written in package.files.items()
        if name.startswith("certs/") and name.endswith(".pem")
        for one in pems(written)
    ]


def stamp_of(reply: bytes, stamped: bytes, trust: Trust, package: Package) -> Stamp:
    """Check a stamp in a package, and that its authority's key was not given up before.

    Raises BadStamp, UnknownAuthority.
    """
    try:
        stamp = stamps.check(reply, stamped, trust.stamp_roots, certificates_in(package))
    except UnknownAuthority as strange:
        _not_retired(strange.stamp, trust)
        raise
    _not_retired(stamp, trust)
    return stamp


def _not_retired(stamp: Stamp, trust: Trust) -> None:
    for name, whose in ((stamp.thumbprint, "the authority's key"), (stamp.root, "its root")):
        retired = trust.retired.get(name)
        if retired is not None and after(stamp.at, retired):
            raise BadStamp(f"{whose} was retired on {moment_of(retired)}, before it")


def shown_times(package: Package, trust: Trust) -> dict[str, float]:
    """Give the times of the first stamps that hold and are of somebody known, by their files."""
    found = {}
    for over, name in STAMPED:
        try:
            found[name] = stamp_of(package.files[name], package.files[over], trust, package).at
        except (KeyError, BadStamp):
            continue
    return found


def unknown(stamp: Stamp) -> str:
    """Say what a stamp is worth to somebody who does not know its authority, and how that is mended."""
    return (
        f"of an authority that you do not know, {shown(stamp.authority)}, and says {moment_of(stamp.at)}: to you it "
        "shows no time. Whoever it is, if you believe them, put their root into authority-root.pem "
        f"(their certificate's SHA-256 is {printed(stamp.thumbprint)})"
    )


def after(stamped: float, retired: float) -> bool:
    """Say whether a stamp, by its authority's clock, is later than a retirement by ours."""
    return stamped > retired + AHEAD_S


def moment_of(at: float) -> str:
    """Write a moment for people to read, in UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def digest(content: bytes) -> bytes:
    """Give the SHA-512 that the manifest has of a file."""
    return sha512(content).digest()
