"""Whom somebody who checks a package believes: roots, the log's key, and which keys were given up, and when.

None of it may come out of the package itself: who forges a package forges its certificates too.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.x509 import Certificate

from recordings.evidence.fingerprints import printed, thumbprint_of
from recordings.evidence.notes import BadNote, Key, key_of

SEALS = "seal.names"
"""The file that names the institution's own certificates."""
_LAST = 253_402_300_800
"""Unix seconds at the end of the year 9999."""


class BadTrust(ValueError):  # noqa: N818 - it says what the folder is
    """What outsiders are given of whom to believe cannot be read; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Roots of the seal's and of the authority's certificates, the log's keys, witnesses.

    retired: since when (unix seconds) a key signs no more: a certificate's by its `x5t#S256`, a log's as it is written.
    seals: names of the institution's own certificates (whose.py); with none everybody below the roots is believed.
    """

    seal_roots: tuple[Certificate, ...]
    stamp_roots: tuple[Certificate, ...]
    logs: tuple[Key, ...]
    witnesses: tuple[Key, ...] = ()
    retired: Mapping[str, float] = field(default_factory=dict)
    seals: tuple[str, ...] = ()


def log_keys(written: str) -> tuple[Key, ...]:
    """Read verifier keys, one in each line; lines that are none are passed over."""
    found = []
    for line in written.splitlines():
        try:
            found.append(key_of(line))
        except BadNote:
            continue
    return tuple(found)


def retired_keys(written: str) -> Mapping[str, float]:
    """Read since when keys are retired, from JSON: a certificate's by its fingerprint, or by its thumbprint.

    Raises BadTrust: who cannot read it must not take all for valid.
    """
    try:
        read = json.loads(written)
    except (ValueError, RecursionError) as wrong:
        raise BadTrust("it is no JSON") from wrong
    if not isinstance(read, dict):
        raise BadTrust("it is no JSON object of keys and the times of their retirements")
    found: dict[str, float] = {}
    for name, at in read.items():
        key, since = thumbprint_of(name), _time(name, at)
        found[key] = min(since, found.get(key, since))  # named in two writings: the earlier counts
    return found


def written_retirements(retired: Mapping[str, float]) -> str:
    """Write since when keys are retired, certificates by the fingerprints that openssl prints: strangers compare."""
    return json.dumps({printed(name): at for name, at in retired.items()}, indent=0, ensure_ascii=False)


def _time(name: str, at: object) -> float:
    if isinstance(at, bool) or not isinstance(at, int | float) or not 0 <= at < _LAST:
        shown = name.encode("ascii", "backslashreplace").decode()[:80]
        raise BadTrust(f"the time of {shown} is no number of unix seconds")
    return float(at)
