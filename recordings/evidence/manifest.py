"""The ASiC-E manifest (ETSI EN 319 162-1, annex A): the SHA-512 of every file of a package, to be signed as one."""

import base64
import re
from collections.abc import Mapping
from xml.etree import ElementTree as ET
from xml.sax.saxutils import quoteattr

ASIC = "http://uri.etsi.org/02918/v1.2.1#"
DSIG = "http://www.w3.org/2000/09/xmldsig#"
SHA512 = "http://www.w3.org/2001/04/xmlenc#sha512"
LONGEST = 65_536
_DIGEST_BYTES = 64
_TYPES = {
    ".wav": "audio/x-wav",
    ".jsonl": "application/jsonl",
    ".jws": "application/jose+json",
    ".tsr": "application/timestamp-reply",
    ".pem": "application/x-pem-file",
    ".txt": "text/plain",
}


class BadManifest(ValueError):  # noqa: N818 - the trade's word
    """A manifest cannot be read."""


def manifest(signature: str, digests: Mapping[str, bytes]) -> bytes:
    """Write the manifest: the file its signature will be in, and each file's SHA-512."""
    files = "".join(_reference(name, digest) for name, digest in sorted(digests.items()))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<asic:ASiCManifest xmlns:asic="{ASIC}" xmlns:ds="{DSIG}">\n'
        f'  <asic:SigReference URI={quoteattr(signature)} MimeType="application/pkcs7-signature"/>\n'
        f"{files}</asic:ASiCManifest>\n"
    ).encode()


def digests_of(written: bytes) -> dict[str, bytes]:
    """Read the SHA-512 of each file that a manifest names. Raises BadManifest."""
    if len(written) > LONGEST or re.search(rb"<!(DOCTYPE|ENTITY)", written):
        raise BadManifest("the manifest is too long, or defines entities")
    try:
        root = ET.fromstring(written)  # noqa: S314 - short, and without entities, as was just asked
        found = [_read(one) for one in root.iterfind(f"{{{ASIC}}}DataObjectReference")]
    except BadManifest:
        raise
    except (ET.ParseError, LookupError, AttributeError, TypeError, ValueError) as wrong:
        raise BadManifest("the manifest is not one of ASiC-E") from wrong
    digests = dict(found)
    if len(digests) != len(found):
        raise BadManifest("the manifest names a file twice")
    return digests


def _reference(name: str, digest: bytes) -> str:
    kind = _TYPES.get(f".{name.rpartition('.')[2]}", "application/octet-stream")
    return (
        f'  <asic:DataObjectReference URI={quoteattr(name)} MimeType="{kind}">'
        f'<ds:DigestMethod Algorithm="{SHA512}"/>'
        f"<ds:DigestValue>{base64.b64encode(digest).decode()}</ds:DigestValue></asic:DataObjectReference>\n"
    )


def _read(reference: ET.Element) -> tuple[str, bytes]:
    method, value = reference.find(f"{{{DSIG}}}DigestMethod"), reference.find(f"{{{DSIG}}}DigestValue")
    if method is None or value is None or method.attrib["Algorithm"] != SHA512:
        raise BadManifest("the manifest has a digest that is not SHA-512")
    digest = base64.b64decode(value.text or "", validate=True)
    if len(digest) != _DIGEST_BYTES:
        raise BadManifest("the manifest has a digest of a wrong length")
    return reference.attrib["URI"], digest
