"""What the bridge writes into a CRM: values that can wait in the outbox as JSON until it can take them."""

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Open:
    """Open a request for a call. `citizen` is None while nobody proved who they are."""

    request: str
    call: str
    citizen: str | None
    subject: str
    channel: str
    priority: int
    level: int
    at: float
    kind: str = "enquiry"


@dataclass(frozen=True, slots=True)
class Continue:
    """The citizen calls again about this request, or this call has now said who it is or what it is about.

    A subject that says more than the request's takes its place; a citizen is only given to a request of nobody.
    """

    request: str
    call: str
    citizen: str | None
    subject: str
    channel: str
    at: float


@dataclass(frozen=True, slots=True)
class Note:
    """An agent finished the call with an outcome and notes."""

    request: str
    call: str
    agent: str
    outcome: str
    notes: str
    at: float


@dataclass(frozen=True, slots=True)
class Talked:
    """An agent talked with the caller, by the server's own knowledge: what stands there when no note ever comes.

    The contact becomes the agent's with the outcome `requests.NO_OUTCOME`. One that is theirs already stays as it is:
    their note may have been faster.
    """

    request: str
    call: str
    agent: str
    at: float


@dataclass(frozen=True, slots=True)
class Escalate:
    """The request goes to another level, maybe as another subject."""

    request: str
    level: int
    subject: str
    at: float


@dataclass(frozen=True, slots=True)
class Close:
    """The request is over."""

    request: str
    at: float


Write = Open | Continue | Note | Talked | Escalate | Close
_KINDS: dict[str, type[Write]] = {
    kind.__name__.lower(): kind for kind in (Open, Continue, Note, Talked, Escalate, Close)
}


def to_json(write: Write) -> str:
    """Give the write as one line of JSON: its fields and, as `write`, which it is."""
    return json.dumps({"write": type(write).__name__.lower(), **asdict(write)}, ensure_ascii=False)


def from_json(text: str) -> Write:
    """Read a write back. Raises ValueError when the text is not one (another version's, or damaged)."""
    try:
        fields = json.loads(text)
        return _KINDS[fields.pop("write")](**fields)
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as fault:
        raise ValueError("not a write of this version") from fault
