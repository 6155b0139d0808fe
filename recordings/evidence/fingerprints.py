"""Fingerprints of certificates as people compare them: SHA-256, as `openssl x509 -fingerprint -sha256` prints it.

Inside they are thumbprints, `x5t#S256` (RFC 7515): the same 32 bytes as base64url.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

_PRINTED = re.compile(r"[0-9A-Fa-f]{2}(?::?[0-9A-Fa-f]{2}){31}")
_THUMBPRINT = re.compile(r"[0-9A-Za-z_-]{43}")


def printed(thumbprint: str) -> str:
    """Write a thumbprint as openssl prints it, AB:CD:…; what is none, the verifier key of a log, as it is."""
    if not _THUMBPRINT.fullmatch(thumbprint):
        return thumbprint
    return urlsafe_b64decode(f"{thumbprint}=").hex(":").upper()


def thumbprint_of(written: str) -> str:
    """Read a fingerprint, with or without colons, as a thumbprint; what is none, as it is."""
    if not _PRINTED.fullmatch(written):
        return written
    return urlsafe_b64encode(bytes.fromhex(written.replace(":", ""))).rstrip(b"=").decode()
