"""What pages and desks may say in a conversation in writing: short lines of visible signs.

Control characters, signs that turn the direction of writing (a line could then read other than it is) and
towers of accents are refused; joiners inside emoji and every script are welcome.
"""

import unicodedata
from itertools import groupby
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, TypeAdapter

from web.forms import CALL, TOKEN, Active, Form

LANGUAGE = r"^[a-z]{2,3}$"  # as an institution's languages are written
LINE_LENGTH = 500  # characters: a long sentence or two; who has more to say presses Enter in between
MOST_ACCENTS = 4  # on one letter, in any language that is written
LAST_LINE = 10_000_000
_JOINERS = frozenset("\u200c\u200d")


def _visible(text: str) -> str:
    for sign in text:
        kind = unicodedata.category(sign)
        if kind in {"Cc", "Cs", "Zl", "Zp"} or (kind == "Cf" and sign not in _JOINERS):
            raise ValueError("take out what cannot be seen")
    accents = groupby(unicodedata.normalize("NFD", text), key=lambda sign: unicodedata.combining(sign) > 0)
    if any(high and len(list(tower)) > MOST_ACCENTS for high, tower in accents):
        raise ValueError("take out some accents")
    return text


def _something(text: str) -> str:
    if not text.strip():
        raise ValueError("write something")
    return text.strip()


Unfinished = Annotated[str, StringConstraints(max_length=LINE_LENGTH), AfterValidator(_visible)]
Whole = Annotated[Unfinished, AfterValidator(_something)]
Call = Annotated[str, StringConstraints(pattern=CALL)]


class Open(Form):
    """The page's first word: whose line it is. `number` is null for a page that comes back."""

    type: Literal["open"]
    token: Annotated[str, StringConstraints(pattern=TOKEN)]
    number: Annotated[str, StringConstraints(pattern=r"^\+?\d{3,15}$")] | None = None
    language: Annotated[str, StringConstraints(pattern=LANGUAGE)]
    caller: Annotated[str, StringConstraints(pattern=r"^(?:\+\d{7,15})?$")] = ""
    seen: Annotated[int, Field(ge=0, le=LAST_LINE)] = 0


class Typing(Form):
    """The unfinished line as it is now."""

    type: Literal["typing"]
    text: Unfinished


class Enter(Form):
    """A whole line."""

    type: Literal["enter"]
    text: Whole


class Leave(Form):
    """The caller ends the call."""

    type: Literal["leave"]


class Take(Form):
    """The agent takes the contact."""

    type: Literal["take"]
    call: Call


class DeskTyping(Form):
    """The agent's unfinished line as it is now."""

    type: Literal["typing"]
    call: Call
    text: Unfinished


class DeskEnter(Form):
    """The agent's whole line."""

    type: Literal["enter"]
    call: Call
    text: Whole


class End(Form):
    """The agent ends the talk."""

    type: Literal["end"]
    call: Call


CallerWord = TypeAdapter[Typing | Enter | Leave | Active](
    Annotated[Typing | Enter | Leave | Active, Field(discriminator="type")],
)
AgentWord = TypeAdapter[Take | DeskTyping | DeskEnter | End](
    Annotated[Take | DeskTyping | DeskEnter | End, Field(discriminator="type")],
)
