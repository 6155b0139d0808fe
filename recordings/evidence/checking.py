"""Every check of an evidence package, offline: what it holds and whom one believes in, findings out.

The checks do not lean on one another: a package with one fault shows that one and not ten, and one that was forged
with care shows the check that its forger could not get past.
"""

from collections.abc import Callable, Iterator
from typing import Any

from cryptography.x509 import Certificate

from recordings.evidence import cades, jws
from recordings.evidence.certificates import chain_fault
from recordings.evidence.checking_log import logged
from recordings.evidence.checking_times import claimed, times
from recordings.evidence.findings import Check, Finding, good, remark, wrong
from recordings.evidence.jws import BadSignature, Signed
from recordings.evidence.manifest import BadManifest, digests_of
from recordings.evidence.names import (
    AUDIO,
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
from recordings.evidence.packaged import Package, after, certificates_in, moment_of, stamp_of
from recordings.evidence.said import attached, dialog, shown
from recordings.evidence.stamps import DEVELOPMENT, BadStamp, Stamp
from recordings.evidence.trust import SEALS, Trust
from recordings.evidence.vcon import content_hash
from recordings.evidence.whose import is_named
from recordings.recording import Flaw

_QUALIFIED = {
    True: "it says of itself that it is a qualified stamp (the EU's trusted lists say whether it is)",
    False: "it does not say that it is a qualified stamp",
}
_STAMPED = ((VCON, STAMP), (CHECKPOINT, HEAD_STAMP))
"""What is stamped in a package, and the file of its stamp."""

Sealing = Callable[[bytes, bytes], tuple[Certificate, ...] | str]
"""Checks a CAdES signature over bytes: the signer's certificate and the others in it, or what is wrong with it."""


def check(package: Package, trust: Trust, sealing: Sealing) -> tuple[Finding, ...]:
    """Check a package in all ways that need nobody's help."""
    signed = _signed(package)
    return (
        *_manifest(package),
        *_seal(package, trust, sealing),
        *_anybodys(trust),
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
    try:
        at = _sealed_at(seal, trust, package)
    except (BadStamp, ValueError, TypeError, KeyError) as fault:
        yield wrong(Check.SEAL, f"The time stamp of the signature over the manifest does not hold: {fault}.")
        return
    yield _sealed_by(found, at, package, trust)


def _sealed_at(seal: bytes, trust: Trust, package: Package) -> float | None:
    """Give the time of a seal's own stamp (CAdES-T); None when it has none. Raises BadStamp and others."""
    reply = cades.stamp_in(seal)
    return None if reply is None else stamp_of(reply, cades.value_of(seal), trust, package).at


def _sealed_by(found: tuple[Certificate, ...], at: float | None, package: Package, trust: Trust) -> Finding:
    """Say whose a seal is; `at`: when it was made, if a stamp shows it."""
    sealer = found[0]
    fault = chain_fault(found, trust.seal_roots, at or sealer.not_valid_before_utc.timestamp())
    retired = trust.retired.get(jws.thumbprint(sealer))
    if fault:
        return wrong(Check.SEAL, f"Whoever sealed the package is not known: {fault}.")
    if foreign := _foreign(sealer, trust):
        return wrong(Check.SEAL, f"Somebody else sealed the package: {foreign}.")
    if retired is not None and (at is None or after(at, retired)):
        return _sealed_by_retired(package, trust, retired, at)
    when = f", before {moment_of(at)}" if at is not None else ""
    return good(Check.SEAL, f"The package was sealed by {sealer.subject.rfc4514_string()}{when}.")


def _foreign(certificate: Certificate, trust: Trust) -> str | None:
    """Say how a certificate below a trusted root is not the institution's; a root has other customers."""
    if not trust.seals or is_named(certificate, trust.seals):
        return None
    return f"{shown(certificate.subject.rfc4514_string())} is below a root you trust, and not in {SEALS}"


def _anybodys(trust: Trust) -> Iterator[Finding]:
    """Say when the one who checks believes whomever the roots have issued a certificate to."""
    if not trust.seals:
        yield remark(
            Check.SEAL,
            f"There is no {SEALS} in what you trust, so any certificate below its roots is believed.",
        )


def _sealed_by_retired(package: Package, trust: Trust, retired: float, at: float | None) -> Finding:
    """Say what the seal of a key that was given up is worth: without a time (`at`) only what it covers has one."""
    day, stamped = moment_of(retired), tuple(_stamped_at(package, trust))
    if at is not None:
        return wrong(
            Check.SEAL, f"The key that sealed the package was retired on {day}, before it sealed it."
        )
    if any(after(at, retired) for at in stamped):
        return wrong(
            Check.SEAL, f"The key that sealed the package was retired on {day}, before what it sealed."
        )
    if len(stamped) == len(_STAMPED):
        return good(
            Check.SEAL,
            f"The key that sealed the package was retired on {day}, and the vCon and the log's head have time stamps "
            f"from before; of {LATE} and {TEXT} nothing shows when they were written.",
        )
    return remark(
        Check.SEAL,
        f"The key that sealed the package was retired on {day}, and a seal proves no time: believe of the package "
        f"what has a time stamp, not {LATE} nor {TEXT}. Have it exported again.",
    )


def _stamped_at(package: Package, trust: Trust) -> Iterator[float]:
    """Give the times of the stamps that hold."""
    for over, name in _STAMPED:
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
    told = dialog(signed)
    if told is not None and package.recording is None and "content_hash" not in told:
        yield remark(
            Check.AUDIO, "There is no recording, as the vCon says: nothing of this call can be heard."
        )
    elif told is None or package.recording is None:
        yield wrong(Check.AUDIO, "There is no recording in the package, or no vCon that speaks of one.")
    elif told.get("filename") != package.recording:
        yield wrong(
            Check.AUDIO, f"The vCon speaks of {shown(told.get('filename'))}, not of {package.recording}."
        )
    elif told.get("content_hash") != content_hash(package.digests[package.recording]):
        yield wrong(Check.AUDIO, "The recording is not the one that was signed: its SHA-512 differs.")
    elif fault := _length_fault(package, told):
        yield wrong(Check.AUDIO, fault)
    else:
        yield good(Check.AUDIO, "The recording is the one that was signed, to the last byte.")
    yield from _flawed(signed)


def _length_fault(package: Package, told: dict[str, Any]) -> str | None:
    """Say how a recording's own length is not the one that was signed; a conversation in writing has none."""
    if package.recording != AUDIO:
        return None
    if package.audio_ms is None:
        return "The recording is no whole WAV file of 8 kHz with two channels, as the institution's are."
    try:
        said_ms = round(float(told["duration"]) * 1000)
    except (LookupError, TypeError, ValueError, OverflowError):
        return "The vCon does not say how long the recording is."
    if said_ms == package.audio_ms:
        return None
    return f"The recording plays {package.audio_ms / 1000:.3f} s, and the vCon says {said_ms / 1000:.3f} s."


def _flawed(signed: Signed | str) -> Iterator[Finding]:
    """Say what the institution itself has signed that is wrong with the recording."""
    for purpose, body in attached(signed):
        if purpose == "recording" and body.get("flaw", Flaw.NONE) != Flaw.NONE:
            yield remark(Check.AUDIO, f"The vCon says of the recording: {shown(body['flaw'])}.")
        if purpose == "consent" and body.get("on_the_recording") is False:
            what = f"{shown(body.get('outcome'))} ({shown(body.get('act'))})"
            yield remark(Check.AUDIO, f"What was {what} is not on the recording.")


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
            yield _by_whom(stamp)
    if isinstance(signed, str):
        return
    yield _certificate(package, signed, trust, stamp.at if stamp else claimed(signed))
    if stamp is not None:
        yield from times(signed, stamp.at, said_late=LATE in package.files)


def _by_whom(stamp: Stamp) -> Finding:
    """Say whose a stamp is; one of the installation's own authority is of the same hands as what it stamps."""
    said = f"{stamp.authority} had the vCon before it at {moment_of(stamp.at)}"
    if DEVELOPMENT in stamp.authority:
        return remark(
            Check.STAMP,
            f"{said}: that is the installation's own authority for development, which proves nothing to a stranger.",
        )
    return good(Check.STAMP, f"{said}; {_QUALIFIED[stamp.qualified]}.")


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
    if foreign := _foreign(signed.chain[0], trust):
        return wrong(Check.CERTIFICATE, f"Somebody else signed the vCon: {foreign}.")
    retired = trust.retired.get(jws.thumbprint(signed.chain[0]))
    if retired is not None and after(at, retired):
        return wrong(
            Check.CERTIFICATE,
            f"The key that signed was retired on {moment_of(retired)}, before the time stamp.",
        )
    return good(Check.CERTIFICATE, "The key that signed leads to a root you trust, and was valid then.")
