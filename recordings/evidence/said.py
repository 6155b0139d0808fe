"""What a signed vCon says, read out of somebody else's file: nothing in it need be as it should."""

from collections.abc import Iterator
from typing import Any

from recordings.evidence.jws import BadSignature, Signed


def dialog(signed: Signed | str) -> dict[str, Any] | None:
    """Give the vCon's one dialog; None of what is no vCon of ours."""
    if isinstance(signed, str):
        return None
    try:
        (one,) = signed.vcon["dialog"]
    except (BadSignature, LookupError, TypeError, ValueError):
        return None
    return one if isinstance(one, dict) else None


def attached(signed: Signed | str) -> Iterator[tuple[object, dict[str, Any]]]:
    """Give the vCon's attachments: the purpose of each and its body; of what is no vCon, none."""
    if isinstance(signed, str):
        return
    try:
        attachments = signed.vcon.get("attachments")
    except BadSignature:
        return
    for one in attachments if isinstance(attachments, list) else ():
        if isinstance(one, dict) and isinstance(one.get("body"), dict):
            yield one.get("purpose"), one["body"]


def shown(said: object) -> str:
    """Give a word of a stranger's so that it can be printed."""
    return str(said).encode("ascii", "backslashreplace").decode()[:80].replace("\x1b", "?")
