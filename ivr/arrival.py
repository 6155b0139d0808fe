"""What a call's headers tell when it arrives: the caller's number, and which call page watches it."""

from dataclasses import dataclass

from ivr import caller
from ivr.agi import command
from ivr.ports.line import Line
from ivr.text import CHANNEL

_ASSERTED = command("GET VARIABLE", "PJSIP_HEADER(read,P-Asserted-Identity)")
_FROM = command("GET VARIABLE", "PJSIP_HEADER(read,From)")
_PAGE = command("GET VARIABLE", "PJSIP_HEADER(read,X-Ventanilla-Page)")
_PRETENDED = command("GET VARIABLE", "PJSIP_HEADER(read,X-Ventanilla-Caller)")
_BROWSER = "PJSIP/browser-"


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who calls: E.164 or None when hidden or malformed, and the call page's name or None.

    language: the one a page is read in, which proposes what its caller writes in; None for a telephone.
    """

    caller: str | None
    page: str | None
    language: str | None = None


async def read(line: Line, country: str, *, demonstration: bool) -> Arrival:
    """Read a call's headers. A browser has no number of its own; in the demonstration it may pretend one."""
    if line.greeting.channel.startswith((_BROWSER, CHANNEL)):
        page = caller.page((await line.send(_PAGE)).text)
        pretended = (await line.send(_PRETENDED)).text if demonstration else ""
        written_in = line.greeting.language if line.greeting.channel.startswith(CHANNEL) else None
        return Arrival(caller.normal(pretended, country), page, written_in or None)
    asserted = (await line.send(_ASSERTED)).text
    sender = "" if asserted else (await line.send(_FROM)).text
    return Arrival(caller.from_headers(asserted, sender, country), None)
