"""The checks of a vCon's time stamps: each over all that came before it, whose they are, and what they show.

A stamp of an authority that one does not know shows no time, to this one who checks. It is no fault either: then the
earliest time counts that somebody known shows, of a renewal or of the log's head, and the package has a reservation.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from recordings.evidence import jws
from recordings.evidence.certificates import chain_fault
from recordings.evidence.checking_seal import CANNOT_BE_SAID, foreign
from recordings.evidence.checking_times import STRANGE, claimed, times
from recordings.evidence.findings import Check, Finding, good, remark, wrong
from recordings.evidence.jws import Signed
from recordings.evidence.names import HEAD_STAMP, LATE, STAMP, VCON, renewal
from recordings.evidence.packaged import (
    Package,
    after,
    certificates_in,
    moment_of,
    shown_times,
    stamp_of,
    unknown,
)
from recordings.evidence.stamps import DEVELOPMENT, BadStamp, Stamp, UnknownAuthority
from recordings.evidence.trust import Trust

_QUALIFIED = {
    True: "it says of itself that it is a qualified stamp (the EU's trusted lists say whether it is)",
    False: "it does not say that it is a qualified stamp",
}


@dataclass(frozen=True, slots=True)
class _Stamped:
    """A stamp of a package, the name of its file, and whether one knows its authority."""

    name: str
    stamp: Stamp
    known: bool


@dataclass(frozen=True, slots=True)
class _When:
    """When a vCon was there, as somebody shows whom one knows (`at`); None when nobody does.

    known: its first stamp shows it. strange: its first stamp is of somebody whom one does not know.
    """

    at: float | None
    known: bool = False
    strange: bool = False


def stamped(package: Package, signed: Signed | str, trust: Trust, now: float) -> Iterator[Finding]:
    """Check the time stamps over the vCon, the certificate at the first one's time, and the times in the vCon."""
    when = _When(None)
    if STAMP not in package.files:
        yield wrong(
            Check.STAMP,
            "The vCon has no time stamp: no authority had answered when the package was made. Export it again.",
        )
    else:
        try:
            given = _stamps(package, trust)
        except BadStamp as fault:
            yield wrong(Check.STAMP, f"The time stamp of the vCon does not hold: {fault}.")
        else:
            yield from (_by_whom(one) for one in given if one.name == STAMP or not one.known)
            when = _when(given, package, trust)
    if isinstance(signed, str):
        return
    yield _certificate(package, signed, trust, when) or _valid(package, signed, trust, when, now)
    if when.known or when.strange:
        late = f"the package says why ({LATE})" if LATE in package.files else None
        yield from times(signed, when.at, why_late=STRANGE if when.strange else late)


def _stamps(package: Package, trust: Trust) -> tuple[_Stamped, ...]:
    """Check the first stamp and every renewal, each over all that came before. Raises BadStamp."""
    over, name, found = package.files.get(VCON, b""), STAMP, list[_Stamped]()
    while (reply := package.files.get(name)) is not None:
        one = _Stamped(name, *_stamp(reply, over, trust, package))
        if found and one.stamp.at > found[-1].stamp.valid_until:
            raise BadStamp(f"renewal {len(found)} came after the one before it had run out")
        found.append(one)
        over, name = over + reply, renewal(len(found))
    return tuple(found)


def _stamp(reply: bytes, over: bytes, trust: Trust, package: Package) -> tuple[Stamp, bool]:
    """Check a stamp: what it says, and whether one knows its authority. Raises BadStamp."""
    try:
        return stamp_of(reply, over, trust, package), True
    except UnknownAuthority as strange:
        return strange.stamp, False


def _by_whom(one: _Stamped) -> Finding:
    """Say whose a stamp is; one of the installation's own authority is of the same hands as what it stamps."""
    said = f"{one.stamp.authority} had the vCon before it at {moment_of(one.stamp.at)}"
    if not one.known:
        return remark(Check.STAMP, f"The time stamp {one.name} is {unknown(one.stamp)}.")
    if DEVELOPMENT in one.stamp.authority:
        return remark(
            Check.STAMP,
            f"{said}: that is the installation's own authority for development, which proves nothing to a stranger.",
        )
    return good(Check.STAMP, f"{said}; {_QUALIFIED[one.stamp.qualified]}.")


def _when(given: tuple[_Stamped, ...], package: Package, trust: Trust) -> _When:
    """Say when a vCon was there: by its first stamp, else by the first renewal or the log's head that one believes."""
    first = given[0]
    if first.known:
        return _When(first.stamp.at, known=True)
    renewed = [one.stamp.at for one in given if one.known]
    head = shown_times(package, trust).get(HEAD_STAMP)
    return _When(min([*renewed, *([] if head is None else [head])], default=None), strange=True)


def _certificate(package: Package, signed: Signed, trust: Trust, when: _When) -> Finding | None:
    """Say what is wrong with whose key signed, at the time that is shown, else at the one the vCon claims."""
    at = claimed(signed) if when.at is None else when.at
    fault = chain_fault(signed.chain, trust.seal_roots, at, certificates_in(package))
    if fault:
        return wrong(Check.CERTIFICATE, f"Whoever signed the vCon is not known: {fault}.")
    if strange := foreign(signed.chain[0], trust):
        return wrong(Check.CERTIFICATE, f"Somebody else signed the vCon: {strange}.")
    retired = trust.retired.get(jws.thumbprint(signed.chain[0]))
    if retired is not None and when.strange and when.at is None:
        return wrong(
            Check.CERTIFICATE,
            f"The key that signed was retired on {moment_of(retired)}, and no authority you know shows that it signed "
            "before.",
        )
    if retired is not None and after(at, retired):
        return wrong(
            Check.CERTIFICATE,
            f"The key that signed was retired on {moment_of(retired)}, before the time stamp.",
        )
    return None


def _valid(package: Package, signed: Signed, trust: Trust, when: _When, now: float) -> Finding:
    """Say that a certificate was valid when its key signed, if that is shown; what the vCon claims shows nothing."""
    said = "The key that signed leads to a root you trust"
    if when.at is None and (
        today := chain_fault(signed.chain, trust.seal_roots, now, certificates_in(package))
    ):
        return remark(Check.CERTIFICATE, f"{said}; {CANNOT_BE_SAID.format(today=today)}.")
    return good(Check.CERTIFICATE, f"{said}, and was valid then.")
