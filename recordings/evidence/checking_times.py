"""The checks of what a vCon says of its times: against its stamp, and its two lengths against one another.

A call has a length by the clock (`call_ms`) and one by its audio (`duration`). When it ended is counted by the clock,
as the recorder did: a disk that is full, or a citizen who writes nothing more, makes the other one shorter. Who says
that a call was longer than what can be heard of it could say so to have it begin earlier: that is a reservation.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from math import isfinite

from recordings.evidence.findings import Check, Finding, good, remark, wrong
from recordings.evidence.jws import BadSignature, Signed
from recordings.evidence.packaged import AHEAD_S
from recordings.evidence.said import attached
from recordings.recording import may_lack_s

LATE_AFTER_S = 600.0
"""A time stamp comes within seconds of the end of a call; one so much later proves its own time, not the call's."""
STRANGE = "the vCon's own stamp is of an authority that you do not know"
_UNREADABLE = (BadSignature, LookupError, TypeError, ValueError, OverflowError)


@dataclass(frozen=True, slots=True)
class _Told:
    """When a call began and ended by the clock, how long its content is (seconds), and when the vCon was made."""

    began: float
    ended: float
    content_s: float
    made: float
    in_writing: bool
    has_content: bool


def claimed(signed: Signed) -> float:
    """Give the time at which a vCon says it was made, for want of a better one; the epoch when it says none."""
    try:
        return _unix(signed.vcon["created_at"])
    except _UNREADABLE:
        return 0.0


def times(signed: Signed, at: float | None, *, why_late: str | None) -> Iterator[Finding]:
    """Compare what the vCon says of its times with the stamp's (`at`), and with one another.

    at: None when nobody whom one knows shows a time. why_late: why the stamp may be late; None when nobody says why.
    """
    try:
        told = _told(signed)
    except _UNREADABLE:
        yield wrong(Check.TIME, "The vCon does not say when the recording was made.")
        return
    yield _unshown() if at is None else _against_stamp(told, at, why_late)
    yield from _unheard(told)


def _told(signed: Signed) -> _Told:
    vcon = signed.vcon
    one = vcon["dialog"][0]
    began, content_s, made = _unix(one["start"]), float(one["duration"]), _unix(vcon["created_at"])
    by_clock = [body["call_ms"] for purpose, body in attached(signed) if purpose == "recording"]
    lasted = float(by_clock[0]) / 1000 if by_clock else content_s
    if not isfinite(lasted + content_s) or min(lasted, content_s) < 0:
        raise ValueError("a length that is none")
    ended = began + lasted
    return _Told(began, ended, content_s, made, one.get("type") == "text", "content_hash" in one)


def _unshown() -> Finding:
    return remark(Check.TIME, f"When the recording was there nobody shows whom you know: {STRANGE}.")


def _against_stamp(told: _Told, at: float, why_late: str | None) -> Finding:
    latest = max(told.ended, told.made)
    if latest > at + AHEAD_S:
        return wrong(Check.TIME, f"The vCon speaks of times {latest - at:.0f} s after its own time stamp.")
    late_s = at - told.ended
    if late_s <= LATE_AFTER_S:
        return good(Check.TIME, f"The time stamp was made {max(late_s, 0.0):.0f} s after the call's end.")
    sentence = f"The time stamp was made {late_s:.0f} s after the end that the vCon gives"
    if why_late is not None:
        return remark(Check.TIME, f"{sentence}, and {why_late}: it proves no time before its own.")
    return wrong(Check.TIME, f"{sentence}, and nobody says why: the recording need not be as old as it says.")


def _unheard(told: _Told) -> Iterator[Finding]:
    """Say when a call was longer by the clock than what there is of it: that much of its time is only said.

    A conversation in writing may be silent for as long as a stamp may be late: then its times prove no less.
    """
    lasted = told.ended - told.began
    more = lasted - told.content_s
    allowed = LATE_AFTER_S if told.in_writing else may_lack_s(lasted)
    if told.has_content and more > allowed:
        yield remark(
            Check.TIME,
            f"By the clock the call lasted {lasted:.0f} s, and there are {told.content_s:.0f} s of it: that it did not "
            f"begin up to {more:.0f} s later than it says, nothing in the recording shows.",
        )


def _unix(written: str) -> float:
    return datetime.fromisoformat(written).timestamp()
