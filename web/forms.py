"""What the pages may send: unknown fields, wrong types and long texts are refused by name."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter

CALL = r"^[A-Za-z0-9_-]{1,40}-?\d{9,11}\.\d{1,9}$"
TOKEN = r"^[0-9a-f]{32}$"  # noqa: S105 - the shape of a token, not one
AGENT = r"^[a-z][a-z0-9_-]{0,30}$"
SUBJECT = r"^[a-z][a-z0-9_]{0,39}$"
EPISODE = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
DETAIL_LENGTH = 200  # a sentence that is read aloud
NOTES_LENGTH = 4000  # two pages; more belongs in the case file
_SIP_ADDRESS = re.compile(
    r"sip:[A-Za-z0-9_.+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){0,8}[A-Za-z0-9-]{1,63}(?::\d{2,5})?",
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")

PauseReason = Literal["rest", "paperwork", "training", "meeting", "technical"]
Outcome = Literal[
    "resolved", "informed", "documents_requested", "callback", "pending", "wrong_service", "caller_left"
]


def _telephone_address(address: str) -> str:
    if address not in {"browser", "telephone", "outside"} and not _SIP_ADDRESS.fullmatch(address):
        raise ValueError('write "browser", "telephone", "outside" or a SIP address such as sip:201@192.0.2.7')
    return address


def _plain_text(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("take out the control characters; line breaks are welcome")
    return text


def _one_line(text: str) -> str:
    if "\n" in text:
        raise ValueError("write it in one line")
    return _plain_text(text)


class Form(BaseModel):
    """The rules every body obeys."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class SignIn(Form):
    """POST /session."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    password: Annotated[str, StringConstraints(min_length=1, max_length=256)]


class TakePlace(Form):
    """POST /desk/sign-in."""

    address: Annotated[str, StringConstraints(max_length=200), AfterValidator(_telephone_address)]


class Pause(Form):
    """POST /desk/pause."""

    reason: PauseReason


class Finish(Form):
    """POST /desk/finish."""

    outcome: Outcome
    notes: Annotated[str, StringConstraints(max_length=NOTES_LENGTH), AfterValidator(_plain_text)] = ""


class PassOn(Form):
    """POST /desk/pass; the route knows which subjects the institution has."""

    subject: Annotated[str, StringConstraints(pattern=SUBJECT)]
    level: Literal[1, 2] = 2


class Colleague(Form):
    """POST /desk/consult and /desk/hand: an agent's account name."""

    agent: Annotated[str, StringConstraints(pattern=AGENT)]


class BeginConsent(Form):
    """POST /desk/consent; `detail` is what the statement is about, read after it."""

    act: Annotated[str, StringConstraints(pattern=SUBJECT)]
    detail: Annotated[
        str, StringConstraints(max_length=DETAIL_LENGTH, strip_whitespace=True), AfterValidator(_one_line)
    ] = ""


class ConsentEpisode(Form):
    """POST /desk/consent/{step}: which episode is meant, so that a late click hits no other."""

    episode: Annotated[str, StringConstraints(pattern=EPISODE)]


class Code(Form):
    """POST /desk/code: what the caller is to prove themselves for; the message with the code names it."""

    procedure: Literal["identity", "address", "bank_account", "certificate", "health_card", "appointment"]


REASON = StringConstraints(min_length=3, max_length=40, pattern=r"^[^\x00-\x1f\x7f]*$", strip_whitespace=True)


class SpyOn(Form):
    """POST /wall/spy."""

    agent: Annotated[str, StringConstraints(pattern=AGENT)]
    how: Literal["listen", "whisper", "join", "stop"]
    reason: Annotated[str, REASON]


class TakeOver(Form):
    """POST /wall/take-over."""

    agent: Annotated[str, StringConstraints(pattern=AGENT)]
    reason: Annotated[str, REASON]


class ForceAgent(Form):
    """POST /wall/force; the reason stands in the record, the agent's pause is `forced`."""

    agent: Annotated[str, StringConstraints(pattern=AGENT)]
    to: Literal["ready", "pause", "sign_out"]
    reason: Annotated[str, REASON]


class MoveCaller(Form):
    """POST /wall/move."""

    call: Annotated[str, StringConstraints(pattern=CALL)]
    subject: Annotated[str, StringConstraints(pattern=SUBJECT)]
    level: Literal[1, 2]
    priority: Annotated[int, Field(ge=0, le=9)]
    reason: Annotated[str, REASON]


class CloseQueue(Form):
    """POST /wall/close."""

    subject: Annotated[str, StringConstraints(pattern=SUBJECT)]
    waiting: Literal["serve", "callback", "goodbye", "open"]
    reason: Annotated[str, REASON]


class Nothing(Form):
    """The empty object of requests that need no word."""


class CardShown(Form):
    """WebSocket: the card stands on the screen; `shown_at` in unix seconds of the browser."""

    type: Literal["card_shown"]
    call: Annotated[str, StringConstraints(pattern=CALL)]
    shown_at: Annotated[float, Field(gt=0, lt=1e11)]


class Rang(Form):
    """WebSocket: the browser's telephone began to ring; `rang_at` in unix seconds of the browser."""

    type: Literal["rang"]
    call: Annotated[str, StringConstraints(pattern=CALL)]
    rang_at: Annotated[float, Field(gt=0, lt=1e11)]


class Active(Form):
    """WebSocket: a person is at this page, or a conversation goes on; keeps the session from idling out."""

    type: Literal["active"]


class Listen(Form):
    """WebSocket of the call page, its first message: which call it wants to read along."""

    type: Literal["listen"]
    token: Annotated[str, StringConstraints(pattern=TOKEN)]


DeskWord = TypeAdapter[CardShown | Rang | Active](
    Annotated[CardShown | Rang | Active, Field(discriminator="type")],
)
