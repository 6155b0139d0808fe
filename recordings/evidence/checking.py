"""Every check of an evidence package, offline: what it holds and whom one believes in, findings out.

The checks do not lean on one another: a package with one fault shows that one and not ten, and one that was forged
with care shows the check that its forger could not get past.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from cryptography.x509 import Certificate

from recordings.evidence import jws
from recordings.evidence.certificates import chain_fault
from recordings.evidence.checking_log import logged
from recordings.evidence.findings import Check, Finding, good, remark, wrong
from recordings.evidence.jws import BadSignature, Signed
from recordings.evidence.manifest import BadManifest, digests_of
from recordings.evidence.names import (
    CHECKPOINT,
    HEAD_STAMP,
    LATE,
    MANIFEST,
    SEAL,
    STAMP,
    TEXT,
    UNSIGNED,
    VCON,
    renewal,
)
from recordings.evidence.packaged import Package, certificates_in, moment_of, stamp_of
from recordings.evidence.stamps import BadStamp, Stamp
from recordings.evidence.trust import Trust
from recordings.evidence.vcon import content_hash
from recordings.recording import Flaw

LATE_AFTER_S = 600.0
"""A time stamp comes within seconds of the end of a call; one so much later proves its own time, not the call's."""
_QUALIFIED = {
    True: "it says of itself that it is a qualified stamp (the EU's trusted lists say whether it is)",
    False: "it does not say that it is a qualified stamp",
}
AHEAD_S = 60.0
"""How far our clock may be ahead of the authority's: more, and the times in the recording are not to be believed."""

Sealing = Callable[[bytes, bytes], tuple[Certificate, ...] | str]
"""Checks a CAdES signature over bytes: the signer's certificate and the others in it, or what is wrong with it."""


def check(package: Package, trust: Trust, sealing: Sealing) -> tuple[Finding, ...]:
    """Check a package in all ways that need nobody's help."""
    signed = _signed(package)
    return (
        *_manifest(package),
        *_seal(package, trust, sealing),
        *_signature(signed),
        *_audio(package, signed),
        *_stamped(package, signed, trust),
        *logged(package, trust),
    )


def _signed(package: Package) -> Signed | str:
    written = package.files.get(VCON)
    if written is None:
        return f"{VCON} is not in the package"
    try:
        return jws.read(written)
    except BadSignature as fault:
        return str(fault)


def _manifest(package: Package) -> Iterator[Finding]:
    """Compare every file with the digest the manifest has of it; no file may stand beside it."""
    written = package.files.get(MANIFEST)
    if written is None:
        yield wrong(Check.MANIFEST, "There is no manifest in the package.")
        return
    try:
        named = digests_of(written)
    except BadManifest as fault:
        yield wrong(Check.MANIFEST, f"The manifest cannot be read: {fault}.")
        return
    there = {name: digest for name, digest in package.digests.items() if name not in UNSIGNED}
    faults = [
        *(f"{name} is missing" for name in sorted(named.keys() - there.keys())),
        *(f"{name} is not in the manifest" for name in sorted(there.keys() - named.keys())),
        *(
            f"{name} is not what the manifest says"
            for name in sorted(named.keys() & there.keys())
            if named[name] != there[name]
        ),
    ]
    yield from (wrong(Check.MANIFEST, f"{fault}.") for fault in faults)
    if not faults:
        yield good(Check.MANIFEST, f"All {len(named)} files are what the manifest says.")


def _seal(package: Package, trust: Trust, sealing: Sealing) -> Iterator[Finding]:
    """Check the CAdES signature over the manifest; who exports a package later seals it later."""
    manifest, seal = package.files.get(MANIFEST), package.files.get(SEAL)
    if manifest is None or seal is None:
        yield wrong(Check.SEAL, "The manifest is not signed.")
        return
    found = sealing(seal, manifest)
    if isinstance(found, str):
        yield wrong(Check.SEAL, f"The signature over the manifest does not hold: {found}.")
        return
    fault = chain_fault(found, trust.seal_roots, found[0].not_valid_before_utc.timestamp())
    retired = trust.retired.get(jws.thumbprint(found[0]))
    if fault:
        yield wrong(Check.SEAL, f"Whoever sealed the package is not known: {fault}.")
    elif retired is not None:
        yield _sealed_by_retired(package, trust, retired)
    else:
        yield good(Check.SEAL, f"The package was sealed by {found[0].subject.rfc4514_string()}.")


def _sealed_by_retired(package: Package, trust: Trust, retired: float) -> Finding:
    """Say what the seal of a key that was given up is worth: it has no time, only what it covers has."""
    day = moment_of(retired)
    if any(at > retired for at in _stamped_at(package, trust)):
        return wrong(
            Check.SEAL, f"The key that sealed the package was retired on {day}, before what it sealed."
        )
    return remark(
        Check.SEAL,
        f"The key that sealed the package was retired on {day}, and a seal proves no time: believe of the package "
        f"what has a time stamp, not {LATE} nor {TEXT}. Have it exported again.",
    )


def _stamped_at(package: Package, trust: Trust) -> Iterator[float]:
    """Give the times of the stamps that hold."""
    for over, name in ((VCON, STAMP), (CHECKPOINT, HEAD_STAMP)):
        try:
            reply, stamped = package.files[name], package.files[over]
            yield stamp_of(reply, stamped, trust, package).at
        except (KeyError, BadStamp):
            continue


def _signature(signed: Signed | str) -> Iterator[Finding]:
    if isinstance(signed, str):
        yield wrong(Check.SIGNATURE, f"The signed vCon cannot be read: {signed}.")
        return
    try:
        jws.check(signed)
    except BadSignature as fault:
        yield wrong(Check.SIGNATURE, f"The vCon's signature does not hold: {fault}.")
        return
    yield good(Check.SIGNATURE, f"The vCon is as {signed.chain[0].subject.rfc4514_string()} signed it.")


def _audio(package: Package, signed: Signed | str) -> Iterator[Finding]:
    """Compare the recording's bytes with the digest that was signed, and say what the vCon says is wrong with them."""
    dialog = _dialog(signed)
    if dialog is not None and package.recording is None and "content_hash" not in dialog:
        yield remark(
            Check.AUDIO, "There is no recording, as the vCon says: nothing of this call can be heard."
        )
    elif dialog is None or package.recording is None:
        yield wrong(Check.AUDIO, "There is no recording in the package, or no vCon that speaks of one.")
    elif dialog.get("filename") != package.recording:
        yield wrong(
            Check.AUDIO, f"The vCon speaks of {_shown(dialog.get('filename'))}, not of {package.recording}."
        )
    elif dialog.get("content_hash") != content_hash(package.digests[package.recording]):
        yield wrong(Check.AUDIO, "The recording is not the one that was signed: its SHA-512 differs.")
    else:
        yield good(Check.AUDIO, "The recording is the one that was signed, to the last byte.")
    yield from _flawed(signed)


def _flawed(signed: Signed | str) -> Iterator[Finding]:
    """Say what the institution itself has signed that is wrong with the recording."""
    for purpose, body in _attached(signed):
        if purpose == "recording" and body.get("flaw", Flaw.NONE) != Flaw.NONE:
            yield remark(Check.AUDIO, f"The vCon says of the recording: {_shown(body['flaw'])}.")
        if purpose == "consent" and body.get("on_the_recording") is False:
            what = f"{_shown(body.get('outcome'))} ({_shown(body.get('act'))})"
            yield remark(Check.AUDIO, f"What was {what} is not on the recording.")


def _shown(said: object) -> str:
    """Give a word of a stranger's so that it can be printed."""
    return str(said).encode("ascii", "backslashreplace").decode()[:80].replace("\x1b", "?")


def _attached(signed: Signed | str) -> Iterator[tuple[object, dict[str, Any]]]:
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


def _stamped(package: Package, signed: Signed | str, trust: Trust) -> Iterator[Finding]:
    """Check the time stamps over the vCon, the certificate at the first one's time, and the times in the vCon."""
    stamp: Stamp | None = None
    if STAMP not in package.files:
        yield wrong(
            Check.STAMP,
            "The vCon has no time stamp: no authority had answered when the package was made. Export it again.",
        )
    else:
        try:
            stamp = _stamps(package, trust)
        except BadStamp as fault:
            yield wrong(Check.STAMP, f"The time stamp of the vCon does not hold: {fault}.")
        else:
            yield good(
                Check.STAMP,
                f"{stamp.authority} had the vCon before it at {moment_of(stamp.at)}; {_QUALIFIED[stamp.qualified]}.",
            )
    if isinstance(signed, str):
        return
    yield _certificate(package, signed, trust, stamp.at if stamp else _claimed(signed))
    if stamp is not None:
        yield _times(signed, stamp.at, said_late=LATE in package.files)


def _stamps(package: Package, trust: Trust) -> Stamp:
    """Check the first stamp and every renewal, each over all that came before; give the first. Raises BadStamp."""
    stamped, number = package.files.get(VCON, b""), 0
    first = stamp_of(package.files[STAMP], stamped, trust, package)
    reply, last = package.files[STAMP], first
    while (again := package.files.get(renewal(number + 1))) is not None:
        stamped, number = stamped + reply, number + 1
        newer = stamp_of(again, stamped, trust, package)
        if newer.at > last.valid_until:
            raise BadStamp(f"renewal {number} came after the one before it had run out")
        reply, last = again, newer
    return first


def _certificate(package: Package, signed: Signed, trust: Trust, at: float) -> Finding:
    """Check whose key signed, at the time the stamp proves."""
    fault = chain_fault(signed.chain, trust.seal_roots, at, certificates_in(package))
    if fault:
        return wrong(Check.CERTIFICATE, f"Whoever signed the vCon is not known: {fault}.")
    retired = trust.retired.get(jws.thumbprint(signed.chain[0]))
    if retired is not None and at > retired:
        return wrong(
            Check.CERTIFICATE,
            f"The key that signed was retired on {moment_of(retired)}, before the time stamp.",
        )
    return good(Check.CERTIFICATE, "The key that signed leads to a root you trust, and was valid then.")


def _claimed(signed: Signed) -> float:
    """Give the time at which a vCon says it was made, for want of a better one; the epoch when it says none."""
    try:
        return _unix(signed.vcon["created_at"])
    except (BadSignature, LookupError, TypeError, ValueError, OverflowError):
        return 0.0


def _times(signed: Signed, at: float, *, said_late: bool) -> Finding:
    """Compare what the vCon says of its times with the stamp's."""
    try:
        vcon = signed.vcon
        ended = _unix(vcon["dialog"][0]["start"]) + float(vcon["dialog"][0]["duration"])
        made = _unix(vcon["created_at"])
    except (BadSignature, LookupError, TypeError, ValueError, OverflowError):
        return wrong(Check.TIME, "The vCon does not say when the recording was made.")
    if max(ended, made) > at + AHEAD_S:
        return wrong(
            Check.TIME, f"The vCon speaks of times {max(ended, made) - at:.0f} s after its own time stamp."
        )
    if at - ended <= LATE_AFTER_S:
        return good(
            Check.TIME, f"The time stamp was made {max(at - ended, 0.0):.0f} s after the recording's end."
        )
    sentence = f"The time stamp was made {at - ended:.0f} s after the end that the vCon gives"
    if said_late:
        return remark(
            Check.TIME, f"{sentence}, and the package says why ({LATE}): it proves no time before its own."
        )
    return wrong(Check.TIME, f"{sentence}, and nobody says why: the recording need not be as old as it says.")


def _dialog(signed: Signed | str) -> dict[str, Any] | None:
    if isinstance(signed, str):
        return None
    try:
        (dialog,) = signed.vcon["dialog"]
    except (BadSignature, LookupError, TypeError, ValueError):
        return None
    return dialog if isinstance(dialog, dict) else None


def _unix(written: str) -> float:
    return datetime.fromisoformat(written).timestamp()
