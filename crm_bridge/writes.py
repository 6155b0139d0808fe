"""What the bridge writes into a CRM: values that can wait in the outbox as JSON until it can take them."""

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Open:
    """Open a request for a call. `citizen` is None while nobody proved who they are.

    `area` is who is responsible besides the level, "" for nobody in particular. `due_at` (unix seconds) is what the
    institution's calendar says; None: `requests.due`.
    """

    request: str
    call: str
    citizen: str | None
    subject: str
    channel: str
    priority: int
    level: int
    at: float
    kind: str = "enquiry"
    area: str = ""
    due_at: float | None = None


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

    @property
    def joins(self) -> bool:
        """Whether the call goes on with another call's request: a citizen's own later call names the citizen."""
        return self.citizen is None


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
    """The request goes to another level, maybe as another subject and to another area (None: the one it has).

    `reason` is what an agent wrote, for whoever takes it up; it stands in the request until the next escalation.
    """

    request: str
    level: int
    subject: str
    at: float
    reason: str = ""
    area: str | None = None


@dataclass(frozen=True, slots=True)
class Close:
    """The request is over."""

    request: str
    at: float


@dataclass(frozen=True, slots=True)
class Change:
    """What a person at a desk, or the machine, says of a request; what is None stays as it is.

    `assignee` is an agent, "" for nobody. Nothing of this moves the request's state.
    """

    request: str
    at: float
    subject: str | None = None
    kind: str | None = None
    area: str | None = None
    assignee: str | None = None
    priority: int | None = None
    due_at: float | None = None


@dataclass(frozen=True, slots=True)
class Contacted:
    """A contact by another way than a call of ours: counter, e-mail, SMS, web mailbox, or work without the citizen.

    `contact` names it for ever, as a call's id names a call. `direction`: "in" takes the request up as a call does
    (`requests.after_contact`), "out" and "inside" (back-office work) leave its state. An `outcome` then moves it as
    a note's does, and the request is the agent's if it was nobody's.
    """

    request: str
    contact: str
    channel: str
    direction: str
    subject: str
    at: float
    agent: str | None = None
    outcome: str | None = None
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Attach:
    """Something belongs to the request: a recording (by its call), a message, a document, a piece of evidence.

    `reference` is its name where it is kept, never its content. The same again is known already.
    """

    request: str
    kind: str
    reference: str
    at: float


Write = Open | Continue | Note | Talked | Escalate | Close | Change | Contacted | Attach
_KINDS: dict[str, type[Write]] = {
    kind.__name__.lower(): kind
    for kind in (Open, Continue, Note, Talked, Escalate, Close, Change, Contacted, Attach)
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
