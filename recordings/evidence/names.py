"""The files of an evidence package, by name: nothing else may be in it."""

import re

MIMETYPE, TYPE = "mimetype", "application/vnd.etsi.asic-e+zip"
VCON = "recording.vcon.jws"
STAMP = "recording.vcon.jws.tsr"
PROOF = "recording.tlog-proof"
CHECKPOINT = "checkpoint"
HEAD_STAMP = "checkpoint.tsr"
TEXT = "VERIFY.txt"
LATE = "LATE.txt"
MANIFEST = "META-INF/ASiCManifest001.xml"
SEAL = "META-INF/signature001.p7s"
AUDIO, WRITING = "recording.wav", "recording.jsonl"
RECORDINGS = (AUDIO, WRITING)
SEAL_CERTIFICATE, CHAIN, ROOT = "certs/seal.pem", "certs/chain.pem", "certs/root.pem"
AUTHORITY, AUTHORITY_ROOT = "certs/authority.pem", "certs/authority-root.pem"
LOG_KEY = "certs/log.vkey"
UNSIGNED = frozenset({MIMETYPE, MANIFEST, SEAL})
"""What the manifest cannot name, since it is made after it, or says only what the container is."""
_RENEWAL = re.compile(r"recording\.vcon\.jws\.tsr\.[1-9][0-9]?")
_KNOWN = frozenset(
    {
        MIMETYPE,
        VCON,
        STAMP,
        PROOF,
        CHECKPOINT,
        HEAD_STAMP,
        TEXT,
        LATE,
        MANIFEST,
        SEAL,
        *RECORDINGS,
        SEAL_CERTIFICATE,
        CHAIN,
        ROOT,
        AUTHORITY,
        AUTHORITY_ROOT,
        LOG_KEY,
    }
)


def renewal(number: int) -> str:
    """Name the file of a stamp's renewal, the first being 1."""
    return f"{STAMP}.{number}"


def known(name: str) -> bool:
    """Say whether a file of this name may be in a package."""
    return name in _KNOWN or _RENEWAL.fullmatch(name) is not None
