"""Where a key lies in a token: the parts of a PKCS#11 URI (RFC 7512) that name one private key. Pure."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes

SCHEME = "pkcs11:"
_PATH = {"token", "serial", "object", "id", "type"}
_QUERY = {"module-path", "pin-source", "pin-value"}


class BadToken(ValueError):  # noqa: N818 - it says what the address is
    """This is no address of a private key; the sentence says what is wrong."""


@dataclass(frozen=True, slots=True)
class TokenUri:
    """module: the token's library; token, serial: which token; label, id: which key; where its PIN is, if any."""

    module: Path
    token: str | None
    serial: str | None
    label: str | None
    id: bytes | None
    pin_file: Path | None
    pin: str | None


def parsed(written: str) -> TokenUri:
    """Read an address. Raises BadToken."""
    if not written.startswith(SCHEME):
        raise BadToken(f"an address of a token begins with {SCHEME}")
    path, _, query = written[len(SCHEME) :].strip().partition("?")
    named, asked = _pairs(path, ";", _PATH), _pairs(query, "&", _QUERY)
    if named.get("type", "private") != "private":
        raise BadToken("the key that signs is a private one: type=private, or no type")
    if not {"object", "id"} & named.keys() or not {"token", "serial"} & named.keys():
        raise BadToken("it names no key: token=… or serial=…, and object=… or id=…")
    if "module-path" not in asked:
        raise BadToken("it names no library: ?module-path=…")
    return TokenUri(
        module=Path(unquote(asked["module-path"])),
        token=_text(named, "token"),
        serial=_text(named, "serial"),
        label=_text(named, "object"),
        id=unquote_to_bytes(named["id"]) if "id" in named else None,
        pin_file=_file(asked["pin-source"]) if "pin-source" in asked else None,
        pin=_text(asked, "pin-value"),
    )


def _pairs(written: str, between: str, known: set[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in filter(None, written.split(between)):
        name, is_there, value = part.partition("=")
        if not is_there or name not in known or name in found:
            raise BadToken(f"it has a part that is not understood, or stands there twice: {name}")
        found[name] = value
    return found


def _text(found: dict[str, str], name: str) -> str | None:
    return unquote(found[name]) if name in found else None


def _file(source: str) -> Path:
    """Give the file a PIN stands in: `file:/…`, or its bare path. Raises BadToken for another kind of source."""
    path = unquote(source.removeprefix("file:").removeprefix("//"))
    if not path.startswith("/"):
        raise BadToken("pin-source is a file: pin-source=file:/…")
    return Path(path)
