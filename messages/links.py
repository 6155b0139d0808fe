"""Short institutional links: `https://institution.example/l/k3m9x2ah`. Pure.

A link in a message has to be short, to be the institution's own, and to say nothing of who opens it. So its token is
made of what it leads to and of the month, with a key: everybody who is sent this form this month has the same link, and
a count of its openings is a count and nothing more.
"""

import base64
import hmac
from datetime import UTC, datetime
from urllib.parse import urlsplit

LETTERS = 8  # of 32 kinds: 40 bits, so that nobody finds another by trying
GOOD_FOR_DAYS = 62
TOKEN = r"[a-z2-7]{8}"  # noqa: S105 - the shape of a token, not one


def token(key: bytes, target: str, at: float) -> str:
    """Give the token that stands for a target (a URL) in the month of `at` (unix seconds)."""
    month = datetime.fromtimestamp(at, UTC).strftime("%Y-%m")
    digest = hmac.digest(key, f"link\0{month}\0{target}".encode(), "sha256")
    return base64.b32encode(digest).decode().lower()[:LETTERS]


def expires_at(at: float) -> float:
    """Say when a link that is sent at this time no longer leads anywhere."""
    return at + GOOD_FOR_DAYS * 86400.0


def leads_somewhere(target: str) -> bool:
    """Say whether this may stand behind a link of ours: an address of the web, and nothing that runs in a page."""
    parts = urlsplit(target)
    return parts.scheme in {"https", "http"} and bool(parts.netloc)
