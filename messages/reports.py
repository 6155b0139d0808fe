"""A delivery report (SMPP 3.4, 5.3.2.12, 5.3.2.35 and appendix B), in whatever words a centre sends it. Pure.

The words are the vendor's: dates with and without seconds, errors in letters, fields that lack or stand elsewhere. Two
of them matter, the number and the state, in the text or in the two optional parameters that are made for them.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from messages.states import REPORTS, State

RECEIPTED_MESSAGE_ID: Final = 0x001E
MESSAGE_STATE: Final = 0x0427
STATES: Final[Mapping[object, str]] = MappingProxyType(
    {2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 8: "REJECTD"}
)
"""The final ones of message_state (5.2.28)."""

_ID = re.compile(r"\bid:([!-~]+)", re.IGNORECASE)
_STAT = re.compile(r"\bstat:([A-Za-z]+)", re.IGNORECASE)
_TEXT = re.compile(r"\btext:", re.IGNORECASE)


def reported(text: str, extras: Mapping[int, object]) -> tuple[str, State, str] | None:
    """Give the number, what became of it, and why in a word; None for what names neither, or is no end.

    `extras`: the optional parameters by tag.
    """
    ours = _TEXT.split(text, 1)[0]  # what follows is the citizen's message, which says nothing about itself
    number, stat = _ID.search(ours), _STAT.search(ours)
    remote = number[1] if number else str(extras.get(RECEIPTED_MESSAGE_ID) or "").strip("\0 ")
    word = stat[1].upper() if stat else STATES.get(extras.get(MESSAGE_STATE), "")
    state = REPORTS.get(word)
    if not remote or state is None:
        return None
    return remote, state, "" if state is State.DELIVERED else word.lower()
