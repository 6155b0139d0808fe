"""The checks of whose a package is: the CAdES signature over its manifest, by whom, and when if a stamp shows it."""

from collections.abc import Callable, Iterator

from cryptography.x509 import Certificate

from recordings.evidence import cades, jws
from recordings.evidence.certificates import chain_fault
from recordings.evidence.findings import Check, Finding, good, remark, wrong
from recordings.evidence.names import LATE, MANIFEST, SEAL, TEXT
from recordings.evidence.packaged import (
    STAMPED,
    Package,
    after,
    moment_of,
    shown_times,
    stamp_of,
    unknown,
)
from recordings.evidence.said import shown
from recordings.evidence.stamps import BadStamp, UnknownAuthority
from recordings.evidence.trust import SEALS, Trust
from recordings.evidence.whose import is_named

CANNOT_BE_SAID = (
    "{today}, and no time stamp that you believe shows a day before: whether it was valid then cannot be said"
)
"""Of a certificate that is valid today no stamp is needed to say that it was when its key signed."""
Sealing = Callable[[bytes, bytes], tuple[Certificate, ...] | str]
"""Checks a CAdES signature over bytes: the signer's certificate and the others in it, or what is wrong with it."""


def sealed(package: Package, trust: Trust, sealing: Sealing, now: float) -> Iterator[Finding]:
    """Check the CAdES signature over the manifest; who exports a package later seals it later."""
    manifest, seal = package.files.get(MANIFEST), package.files.get(SEAL)
    if manifest is None or seal is None:
        yield wrong(Check.SEAL, "The manifest is not signed.")
        return
    found = sealing(seal, manifest)
    if isinstance(found, str):
        yield wrong(Check.SEAL, f"The signature over the manifest does not hold: {found}.")
        return
    at = None
    try:
        at = _sealed_at(seal, trust, package)
    except UnknownAuthority as strange:
        yield remark(
            Check.SEAL, f"The time stamp of the signature over the manifest is {unknown(strange.stamp)}."
        )
    except (BadStamp, ValueError, TypeError, KeyError) as fault:
        yield wrong(Check.SEAL, f"The time stamp of the signature over the manifest does not hold: {fault}.")
        return
    yield _sealed_by(found, at, package, trust) or _sealed_when(found, at, trust, now)


def _sealed_at(seal: bytes, trust: Trust, package: Package) -> float | None:
    """Give the time of a seal's own stamp (CAdES-T); None when it has none. Raises BadStamp and others."""
    reply = cades.stamp_in(seal)
    return None if reply is None else stamp_of(reply, cades.value_of(seal), trust, package).at


def _sealed_by(
    found: tuple[Certificate, ...], at: float | None, package: Package, trust: Trust
) -> Finding | None:
    """Say what is to be said of whose seal it is, None when it is the institution's; `at`: when a stamp shows it."""
    sealer = found[0]
    fault = chain_fault(found, trust.seal_roots, at or sealer.not_valid_before_utc.timestamp())
    retired = trust.retired.get(jws.thumbprint(sealer))
    if fault:
        return wrong(Check.SEAL, f"Whoever sealed the package is not known: {fault}.")
    if stranger := foreign(sealer, trust):
        return wrong(Check.SEAL, f"Somebody else sealed the package: {stranger}.")
    if retired is not None and (at is None or after(at, retired)):
        return _sealed_by_retired(package, trust, retired, at)
    return None


def _sealed_when(found: tuple[Certificate, ...], at: float | None, trust: Trust, now: float) -> Finding:
    """Say who sealed, and before when; of a certificate that is over nobody can say it without a stamp."""
    by = f"The package was sealed by {found[0].subject.rfc4514_string()}"
    if at is not None:
        return good(Check.SEAL, f"{by}, before {moment_of(at)}.")
    if today := chain_fault(found, trust.seal_roots, now):
        return remark(Check.SEAL, f"{by}; {CANNOT_BE_SAID.format(today=today)}. Have it exported again.")
    return good(Check.SEAL, f"{by}.")


def foreign(certificate: Certificate, trust: Trust) -> str | None:
    """Say how a certificate below a trusted root is not the institution's; a root has other customers."""
    if not trust.seals or is_named(certificate, trust.seals):
        return None
    return f"{shown(certificate.subject.rfc4514_string())} is below a root you trust, and not in {SEALS}"


def anybodys(trust: Trust) -> Iterator[Finding]:
    """Say when the one who checks believes whomever the roots have issued a certificate to."""
    if not trust.seals:
        yield remark(
            Check.SEAL,
            f"There is no {SEALS} in what you trust, so any certificate below its roots is believed.",
        )


def _sealed_by_retired(package: Package, trust: Trust, retired: float, at: float | None) -> Finding:
    """Say what the seal of a key that was given up is worth: without a time (`at`) only what it covers has one."""
    day, stamped = moment_of(retired), tuple(shown_times(package, trust).values())
    if at is not None:
        return wrong(
            Check.SEAL, f"The key that sealed the package was retired on {day}, before it sealed it."
        )
    if any(after(at, retired) for at in stamped):
        return wrong(
            Check.SEAL, f"The key that sealed the package was retired on {day}, before what it sealed."
        )
    if len(stamped) == len(STAMPED):
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
