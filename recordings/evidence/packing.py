"""What goes into a package beside the recording's bytes, all of it small; package.py of the adapters writes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import serialization
from cryptography.x509 import Certificate

from recordings.evidence import names
from recordings.evidence.instructions import instructions
from recordings.evidence.proofs import Proof
from recordings.evidence.vcon import moment


@dataclass(frozen=True, slots=True)
class Parts:
    """What a package is made of.

    recording: the name of its bytes' file; None when the vCon says that there are none. chain: the certificates of
    whose key signed the vCon, up to the root. authority: those inside the stamps. authority_roots: those that they lead
    to, for the stamps of one recording may be of several authorities.
    log_keys: verifier keys, one a line. stamped_at, ended_at: unix seconds, for the reason of a late stamp.
    """

    recording: str | None
    vcon: bytes
    stamps: Sequence[bytes]
    proof: Proof
    head_stamp: bytes | None
    chain: Sequence[Certificate]
    authority: Sequence[Certificate]
    authority_roots: Sequence[Certificate]
    log_keys: str
    late: str = ""
    more: Mapping[str, bytes] = field(default_factory=dict)


def files_of(parts: Parts) -> dict[str, bytes]:
    """Give the small files of a package by name, without manifest and seal."""
    renewals = [names.renewal(number) for number in range(1, len(parts.stamps))]
    text = instructions([*parts.chain[-1:], *parts.authority_roots])
    made = {
        names.VCON: parts.vcon,
        names.PROOF: parts.proof.written.encode(),
        names.CHECKPOINT: parts.proof.checkpoint.encode(),
        names.TEXT: text.encode(),
        names.SEAL_CERTIFICATE: _pems(parts.chain[:1]),
        names.CHAIN: _pems(parts.chain[1:]),
        names.ROOT: _pems(parts.chain[-1:]),
        names.AUTHORITY: _pems([*parts.authority, *parts.authority_roots]),
        names.AUTHORITY_ROOT: _pems(parts.authority_roots),
        names.LOG_KEY: parts.log_keys.encode(),
        **dict(zip([names.STAMP, *renewals], parts.stamps, strict=False)),
    }
    if parts.head_stamp is not None:
        made[names.HEAD_STAMP] = parts.head_stamp
    if parts.late:
        made[names.LATE] = parts.late.encode()
    return made


def late(ended_at: float, signed_at: float, stamped_at: float, limit_s: float) -> str:
    """Say why a time stamp came later than usual; empty when it did not."""
    if stamped_at - ended_at <= limit_s:
        return ""
    who = (
        "No authority gave a time stamp before then."
        if stamped_at - signed_at > limit_s
        else "The recording could not be signed before then: nobody heard its end, or the server was away."
    )
    return (
        f"The call ended at {moment(ended_at)}, its vCon was signed at {moment(signed_at)} by our clock, "
        f"and the time stamp is of {moment(stamped_at)}. {who}\n"
    )


def _pems(certificates: Sequence[Certificate]) -> bytes:
    return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in certificates)
