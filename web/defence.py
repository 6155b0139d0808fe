"""What every answer carries, and which requests are strangers'. Pure; adapters/guard.py applies it."""

from collections.abc import Mapping

from web.settings import WebSettings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# What is signed (web/hooks.py) comes from a program, which states no origin; a browser cannot sign.
SIGNED = "/hooks/crm"
BODY_BYTES = 32 * 1024  # the longest notes in four-byte characters, and room for the rest


def content_policy(settings: WebSettings) -> str:
    """Return the Content-Security-Policy: our files, our server, Asterisk's WebSocket, nothing inline."""
    places = " ".join(("'self'", *dict.fromkeys(settings.telephone_sockets.values())))
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self' blob:; "
        f"connect-src {places}; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def answer_headers(settings: WebSettings) -> tuple[tuple[str, str], ...]:
    """Return the headers of every answer."""
    always = (
        ("content-security-policy", content_policy(settings)),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "microphone=(self), camera=(), geolocation=(), payment=(), usb=()"),
    )
    https = (("strict-transport-security", "max-age=31536000"),) if settings.secure else ()
    return always + https


def host_fault(headers: Mapping[str, str], settings: WebSettings) -> str | None:
    """Refuse a Host that is not ours: a foreign name pointed at this machine (DNS rebinding)."""
    hosts = {origin.partition("://")[2] for origin in settings.origins}
    if headers.get("host", "").lower() not in hosts:
        return "host_not_ours"
    return None


def origin_fault(headers: Mapping[str, str], settings: WebSettings) -> str | None:
    """Refuse a writing request or a WebSocket of another site's page (CSRF, WebSocket hijacking).

    Browsers state `Origin` on all of them, so its absence is a refusal too.
    """
    if headers.get("origin") not in settings.origins:
        return "origin_not_ours"
    if headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return "site_not_ours"
    return None


def fault(
    kind: str, method: str, headers: Mapping[str, str], settings: WebSettings, path: str = ""
) -> str | None:
    """Return why a request is refused unseen, or None. `kind` is ASGI's: "http" or "websocket"."""
    writes = kind == "websocket" or (method not in SAFE_METHODS and path != SIGNED)
    return host_fault(headers, settings) or (origin_fault(headers, settings) if writes else None)
