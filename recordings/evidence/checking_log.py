"""The checks of what a package says of the log: its place in it, the head above it, who has seen that head."""

from collections.abc import Iterator

from recordings.evidence import proofs
from recordings.evidence.entries import sealed
from recordings.evidence.findings import Check, Finding, Verdict, good, remark, wrong
from recordings.evidence.names import CHECKPOINT, HEAD_STAMP, PROOF, VCON
from recordings.evidence.notes import BadNote, Key, checkpoint_of, opened
from recordings.evidence.packaged import Package, after, moment_of, stamp_of, unknown
from recordings.evidence.proofs import BadProof, Proof
from recordings.evidence.stamps import BadStamp, UnknownAuthority
from recordings.evidence.trust import Trust


def logged(package: Package, trust: Trust) -> Iterator[Finding]:
    """Check that the vCon is in the log, and the time stamp over the head it was shown in."""
    try:
        proof = proofs.proof_of(package.files[PROOF].decode())
        size, log = _proved(proof, package.files.get(VCON, b""), trust)
    except KeyError:
        yield wrong(Check.LOG, "There is no proof that the vCon is in the log.")
        return
    except (BadProof, UnicodeDecodeError) as fault:
        yield wrong(Check.LOG, f"The vCon is not shown to be in the log: {fault}.")
        return
    yield good(Check.LOG, f"The vCon is entry {proof.index} of a log that had {size} entries.")
    yield from _head(package, proof, trust, log)


def _proved(proof: Proof, vcon: bytes, trust: Trust) -> tuple[int, Key]:
    """Check a proof with each log that is trusted; give the log's size, and its key.

    Raises BadProof with the last one's reason.
    """
    fault = BadProof("no log is trusted")
    for log in trust.logs:
        try:
            return proofs.check(proof, sealed(vcon, 0.0).bytes, log), log
        except BadProof as why:
            fault = why
    raise fault


def _head(package: Package, proof: Proof, trust: Trust, log: Key) -> Iterator[Finding]:
    if package.files.get(CHECKPOINT) != proof.checkpoint.encode():
        yield wrong(Check.HEAD, f"The file `{CHECKPOINT}` is not the head in which the vCon is shown to be.")
    found = _stamp(package, proof, trust, trust.retired.get(log.written))
    yield found
    if found.verdict is not Verdict.WRONG or log.written not in trust.retired:
        yield from _witnessed(proof, trust)


def _stamp(package: Package, proof: Proof, trust: Trust, retired: float | None) -> Finding:
    """Check the time stamp over a head; `retired`: since when the key that signed the head is."""
    reply = package.files.get(HEAD_STAMP)
    if reply is None:
        return _unshown(retired) or remark(Check.HEAD, "The log's head has no time stamp of its own yet.")
    try:
        stamp = stamp_of(reply, proof.checkpoint.encode(), trust, package)
    except UnknownAuthority as strange:
        sentence = f"The time stamp of the log's head is {unknown(strange.stamp)}."
        return _unshown(retired) or remark(Check.HEAD, sentence)
    except BadStamp as fault:
        return wrong(Check.HEAD, f"The time stamp of the log's head does not hold: {fault}.")
    if retired is not None and after(stamp.at, retired):
        return wrong(
            Check.HEAD, f"The log's key was retired on {moment_of(retired)}, before this head's stamp."
        )
    return good(Check.HEAD, f"The log had this head at {moment_of(stamp.at)}.")


def _unshown(retired: float | None) -> Finding | None:
    """Say that nothing shows a head to be older than the retirement of its key; None when that is not retired."""
    if retired is None:
        return None
    return wrong(
        Check.HEAD,
        f"The log's key was retired on {moment_of(retired)}, and no time stamp shows that this head is older.",
    )


def _witnessed(proof: Proof, trust: Trust) -> Iterator[Finding]:
    if not trust.witnesses:
        return
    try:
        seen = opened(proof.checkpoint, trust.witnesses)
        checkpoint_of(seen.text)
    except BadNote as fault:
        yield remark(Check.HEAD, f"No witness that you trust has signed this head: {fault}.")
        return
    for witness, at in seen.signers:
        when = f" at {moment_of(float(at))}" if at is not None else ""
        yield good(Check.HEAD, f"{witness.name} saw the log grow to this head{when}.")
