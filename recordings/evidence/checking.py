"""Every check of an evidence package, offline: what it holds and whom one believes in, findings out.

The checks do not lean on one another: a package with one fault shows that one and not ten, and one that was forged
with care shows the check that its forger could not get past.
"""

from collections.abc import Iterator
from typing import Any

from recordings.chain import CHAINED_AFTER_S
from recordings.evidence import jws
from recordings.evidence.checking_log import logged
from recordings.evidence.checking_seal import Sealing, anybodys, sealed
from recordings.evidence.checking_stamps import stamped
from recordings.evidence.findings import Check, Finding, good, remark, wrong
from recordings.evidence.jws import BadSignature, Signed
from recordings.evidence.manifest import BadManifest, digests_of
from recordings.evidence.names import AUDIO, MANIFEST, UNSIGNED, VCON
from recordings.evidence.packaged import Package
from recordings.evidence.said import attached, dialog, shown
from recordings.evidence.trust import Trust
from recordings.evidence.vcon import content_hash
from recordings.recording import Flaw


def check(package: Package, trust: Trust, sealing: Sealing, now: float) -> tuple[Finding, ...]:
    """Check a package in all ways that need nobody's help; `now`: unix seconds."""
    signed = _signed(package)
    return (
        *_manifest(package),
        *sealed(package, trust, sealing, now),
        *anybodys(trust),
        *_signature(signed),
        *_audio(package, signed),
        *stamped(package, signed, trust, now),
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
    yield from _flawed(signed, package.audio_ms)


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


def _flawed(signed: Signed | str, ms: int | None) -> Iterator[Finding]:
    """Say what the institution itself has signed that is wrong with the recording; `ms`: how long it plays."""
    for purpose, body in attached(signed):
        if purpose == "recording" and body.get("flaw", Flaw.NONE) != Flaw.NONE:
            yield remark(Check.AUDIO, f"The vCon says of the recording: {shown(body['flaw'])}.")
        if purpose == "recording" and body.get("chunk_chain") is None and (ms or 0) > CHAINED_AFTER_S * 1000:
            yield remark(
                Check.AUDIO,
                "Nothing was noted of the recording while it was made, as is of each that is so long: nothing shows "
                "that it was not made, or exchanged, just before it was sealed.",
            )
        if purpose == "consent" and body.get("on_the_recording") is False:
            what = f"{shown(body.get('outcome'))} ({shown(body.get('act'))})"
            yield remark(Check.AUDIO, f"What was {what} is not on the recording.")
