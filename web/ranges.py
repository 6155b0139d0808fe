"""The header Range (RFC 9110, section 14): which bytes somebody wants. Pure."""

import re
from dataclasses import dataclass

_ONE = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Bytes:
    """From a byte up to and without another; `whole`: all of it, since no range was asked for that we serve."""

    start: int
    end: int
    whole: bool = False


def wanted(header: str | None, length: int) -> Bytes | None:
    """Say which bytes of so many are wanted; None when a range lies beyond the end (416).

    What is no range of bytes, is malformed or names several is ignored, as the RFC lets us: then all are given.
    """
    everything = Bytes(0, length, whole=True)
    found = _ONE.fullmatch(header or "")
    if found is None or found.groups() == ("", ""):
        return everything
    first, last = found.groups()
    if not first:  # the last so many bytes
        count = min(int(last), length)
        return Bytes(length - count, length) if count else None
    if last and int(last) < int(first):
        return everything
    if int(first) >= length:
        return None
    return Bytes(int(first), min(int(last) + 1, length) if last else length)
