"""What the conversation asks of others. `server/conversing.py` wires them; fakes stand beside the tests.

Values that other rooms own are described by what is read of them, so that those rooms need know nothing of
this one.
"""

# ruff: noqa: D102 - a class says what its properties are; its methods say themselves what they do

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from dialplans.machine import Walk
from ivr.agi import Greeting, Reply


class Person(Protocol):
    """Somebody in the register: what can be asked of them, never the answers.

    Of a `protected` person nothing is told by a machine. Of a `locked` one nothing is proven.
    """

    @property
    def id(self) -> str: ...
    @property
    def questions(self) -> frozenset[str]: ...
    @property
    def protected(self) -> bool: ...
    @property
    def locked(self) -> bool: ...


class RegistryDown(Exception):  # noqa: N818 - a state of the other side, not an error of ours
    """The register did not answer, or not in time."""


class Registry(Protocol):
    """Who a person is. The server limits the time; failing raises RegistryDown."""

    async def person_by_document(self, document: str) -> Person | None:
        """Give the person with this DNI or NIE in compact form (`12345678Z`), or NSS; None when there is none."""
        ...

    async def answers_hold(self, document: str, answers: Mapping[str, str]) -> bool:
        """Say whether all these answers (question to digits) are right. For nobody: the same work, and no."""
        ...


@dataclass(frozen=True, slots=True)
class CallBack:
    """Ring `number` (E.164) about a subject, in a language, at some `hours`: morning, afternoon or any.

    `person` is the register's id, only if proven; `caller` the number (E.164) that asks.
    """

    call: str
    number: str
    language: str
    subject: str
    hours: str = "any"
    person: str | None = None
    caller: str | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """The reference of an accepted callback; `new` is False when it had been promised before.

    reference: None when it was promised to somebody else, for all that is known.
    """

    reference: str | None
    new: bool


class Requests(Protocol):
    """The requests that callers make of the institution. Raises RegistryDown."""

    async def accept(self, call: str, person: str | None, subject: str, key: str) -> str:
        """Open a request, or continue the person's open one about this subject; give its reference.

        Once for each `key`: asked again, it gives the same reference. `person` only if proven.
        """
        ...

    async def call_back(self, back: CallBack, key: str) -> Promise:
        """Take a number to be rung back; one open wish for each number, and for each person.

        Who has one already keeps it, with its reference and its place, at the hours now asked for: the same call,
        the same proven person, or who calls from that very number. To anybody else it is somebody else's: nothing
        of it is told or changed. Once for each `key`.
        """
        ...


@dataclass(frozen=True, slots=True)
class PlaceKept:
    """A promise to call at one's turn. `new` False: number or person had one. `call`: the call it was given in."""

    call: str
    since: float
    new: bool


class Callbacks(Protocol):
    """The promises to call back who waits, at their turn, and the calls that keep them. Raises RegistryDown."""

    def offered(self) -> bool:
        """Tell whether anybody can be called now; never raises."""
        ...

    def is_ours(self, call: str) -> bool:
        """Tell whether a call is one that we place, by its id."""
        ...

    async def keep_place(self, wish: "WishForm", number: str, walk: Walk, *, recording: bool) -> PlaceKept:
        """Promise to call `number` (E.164) at this wish's turn: the place in line is the promise's from then on."""
        ...

    async def pending(self, number: str | None, person: str | None) -> PlaceKept | None:
        """Give the promise that is open for a number (E.164) or a person."""
        ...

    async def cancel(self, promise: PlaceKept) -> bool:
        """Drop a promise; False when it is being kept just now."""
        ...

    async def pressed(self, placed: str) -> bool:
        """Take note that who was called pressed the key; False when that call is none of ours any more."""
        ...

    async def not_reached(self, placed: str, why: str) -> None:
        """Take note that a call we placed came to nothing: no_key, hung_up."""
        ...

    async def refused(self, placed: str) -> None:
        """Take note that who was called wants no call."""
        ...


class VoiceMessages(Protocol):
    """Messages that callers leave for a person to listen to. Raises RegistryDown."""

    def offered(self) -> bool:
        """Tell whether a message can be taken now; never raises."""
        ...

    async def begin(self, wish: "WishForm") -> Path:
        """Open the message and its request; give the file that Asterisk shall write, without its ending."""
        ...

    async def left(self, call: str) -> str | None:
        """Take note that it was spoken to its end; give the request's reference, None when nothing was said."""
        ...


@dataclass(frozen=True, slots=True)
class WishForm:
    """What a caller wants of a person, and who they are as far as it is known.

    `level` 1 or 2; `priority` 0 for everyone; `since` unix seconds; `identity` the level proven (0-3);
    `person` the register's id once proven; `caller` E.164 or None.
    """

    call: str
    subject: str
    language: str
    level: int
    priority: int
    since: float
    identity: int = 0
    person: str | None = None
    caller: str | None = None


class Reservation(Protocol):
    """An agent set aside for a call until `lease_until` (unix seconds); dial PJSIP/`endpoint`."""

    @property
    def call(self) -> str: ...
    @property
    def agent(self) -> str: ...
    @property
    def endpoint(self) -> str: ...
    @property
    def lease_until(self) -> float: ...


class Expected(Protocol):
    """A range of waiting still to come, in seconds."""

    @property
    def least_s(self) -> int: ...
    @property
    def most_s(self) -> int: ...


class Place(Protocol):
    """A caller's place: `position` from 1; `expected` None while nothing honest can be said."""

    @property
    def position(self) -> int: ...
    @property
    def expected(self) -> Expected | None: ...


class QueueClosed(Exception):  # noqa: N818 - a decision of the house, not an error of ours
    """A supervisor closed the queue; `callback`: whoever waited may be called back."""

    def __init__(self, *, callback: bool) -> None:
        super().__init__(callback)
        self.callback = callback


class Persons(Protocol):
    """The people who answer. None of the plain methods waits or raises."""

    async def wait(self, wish: WishForm) -> Reservation:
        """Wait in line until an agent is set aside; TimeoutError when nobody may wait longer, QueueClosed.

        May be cancelled; the same call keeps its place.
        """
        ...

    def place(self, call: str) -> Place | None:
        """Give the call's place in line; None when it stands in none."""
        ...

    def rang_out(self, call: str) -> None:
        """Take note that the reserved agent did not answer."""
        ...

    def ended(self, call: str) -> None:
        """Take note that the conversation with the agent is over."""
        ...

    def left(self, call: str) -> None:
        """Take note that the call no longer waits for anybody."""
        ...


class Recorder(Protocol):
    """Who answers for recordings: writes the row first, and says where the file goes."""

    async def begin(
        self, call: str, language: str, notice_key: str, notice_offset_ms: int, at: float
    ) -> Path | None:
        """Open the recording that begins now; None when it runs already or may not be made.

        `notice_offset_ms` is how long after the call was answered the notice began to be said.
        """
        ...

    async def ended(self, call: str, at: float, *, heard: bool = True) -> None:
        """Take note that the call is over and the file will not grow; not `heard`: over since some time."""
        ...


@dataclass(frozen=True, slots=True)
class Refusals:
    """How many unproven protocols stand against each in the window, this one included.

    persons: how many different ones were tried from the number.
    """

    person: int
    number: int
    persons: int = 0


class Attempts(Protocol):
    """The memory of identification protocols, of every channel. Keeps no person and no number in plain.

    `who` is the person of the register if there is one, else the document of nobody: the same person is one
    whatever document they name. `number` is E.164, or a name for everybody who hides theirs.
    """

    async def open(self, call: str, who: str, number: str, at: float) -> Refusals:
        """Begin a protocol: from now on it counts, until it is closed as proven. Give the counts with it.

        A call that was taken up again goes on with the protocol it had open.
        """
        ...

    async def refused_for_number(self, number: str, at: float) -> int:
        """Count the protocols against a number in the window."""
        ...

    async def asked(self, call: str, who: str, since: float) -> frozenset[str]:
        """Give the questions put to somebody since then, but for those of the call's open protocol."""
        ...

    async def ask(self, call: str, who: str, question: str, at: float) -> None:
        """Remember that the call's open protocol puts this question."""
        ...

    async def close(self, call: str, who: str, at: float, *, counts: bool) -> None:
        """End a call's open protocol: refused, it counts for the whole window; proven, it no longer does."""
        ...


@dataclass(frozen=True, slots=True)
class Proof:
    """The evidence of one identification: who, in which call, to which level, by which method.

    questions: names only; `protected`: nothing may be served on it by a machine.
    """

    call: str
    person: str
    level: int
    method: str
    questions: tuple[str, ...]
    at: float
    protected: bool = False


class Proofs(Protocol):
    """The records of identifications."""

    async def keep(self, proof: Proof) -> None:
        """Keep a proof; it is on disk when this returns."""
        ...

    async def of(self, call: str) -> Proof | None:
        """Give the highest proof of a call, None when nothing was proven in it."""
        ...


CodeVerdict = Literal["right", "wrong", "expired", "worn_out"]


class Codes(Protocol):
    """One-time codes: made, counted and checked; kept as keyed hashes only. Bound to call, person, procedure."""

    async def issue(self, call: str, person: str, procedure: str, length: int, at: float) -> str | None:
        """Make a code of so many digits in place of any before it; None when the person has had too many."""
        ...

    async def check(self, call: str, person: str, procedure: str, keyed: str, at: float) -> CodeVerdict:
        """Try what was keyed. A right code is right once; after three wrong tries it is worn out."""
        ...


class Kept(NamedTuple):
    """What is kept of a call, so that a restarted server takes it up. `stage`: menus, waiting or dialled."""

    call: str
    stage: str
    walk: Walk
    caller: str | None
    page: str | None
    wish: WishForm | None
    recording: bool
    began_at: float
    at: float


class Calls(Protocol):
    """The snapshots of calls in progress. Nothing here waits: writing is done behind, in groups."""

    def unfinished(self, call: str) -> Kept | None:
        """Give what was kept of a call that comes back."""
        ...

    def keep(self, kept: Kept) -> None:
        """Keep this in place of what was kept of the call before."""
        ...

    def finished(self, call: str) -> None:
        """Drop what is kept of a call: it will not come back."""
        ...

    def lost(self, call: str, at: float) -> None:
        """Drop what is kept of a call whose line is gone, unless it comes back within the minute."""
        ...


@dataclass(frozen=True, slots=True)
class Passing:
    """An agent passes the caller on: to whom, by level and subject."""

    level: int
    subject: str


class Passings(Protocol):
    """The agents' marks on calls they pass on."""

    def take(self, call: str) -> Passing | None:
        """Take the mark off a call, if it bears one."""
        ...


@dataclass(frozen=True, slots=True)
class Hold:
    """The agent is busy with this caller's matter: the caller hears music until there is word."""


@dataclass(frozen=True, slots=True)
class Meet:
    """Somebody waits for the caller in this room, or comes there at once."""

    room: str


@dataclass(frozen=True, slots=True)
class Ring:
    """A colleague was set aside for this caller: dial PJSIP/`endpoint`."""

    endpoint: str


@dataclass(frozen=True, slots=True)
class InLine:
    """Nobody is left who has this caller: they wait for a person again."""


Onward = Hold | Meet | Ring | InLine


class Steering(Protocol):
    """What agents and supervisors want with callers who have an agent."""

    def onward(self, call: str) -> Onward | None:
        """Say what comes now that a talk is over, once; None when nothing more is wanted."""
        ...

    async def word(self, call: str) -> None:
        """Wait, while the caller is held, until something comes; may be cancelled."""
        ...


class Hanging(Protocol):
    """Something that comes to pass once and can be waited for: an asyncio.Event, seen from here."""

    async def wait(self) -> object: ...


class Line(Protocol):
    """One call's line to Asterisk, as `ivr.adapters.line.Line` is one."""

    @property
    def greeting(self) -> Greeting: ...
    @property
    def hung_up(self) -> Hanging: ...
    def send(self, command: bytes) -> Awaitable[Reply]:
        """Send one prepared command; await its answer. Raises HungUp when the caller has left."""
        ...


@dataclass(frozen=True, slots=True)
class Recipient:
    """To whom a message goes: the register's id if known, and at least one of `number` (E.164) and `email`."""

    language: str
    number: str | None = None
    email: str | None = None
    person: str | None = None


class Post(Protocol):
    """Where messages to citizens are left; they are sent by others, later. Never raises, never waits long."""

    async def leave(
        self, message: str, to: Recipient, fields: Mapping[str, str], key: str, *, urgent: bool = False
    ) -> bool:
        """Leave a standard message (`messages.standard.MESSAGES`) with its fields; once for each `key`.

        True when it is kept, now or before with this key; False when it cannot be: no number and no e-mail, the
        call or the number has had as many as it gets, or the outbox does not take it in time. `urgent` goes
        before the others (a one-time code).
        """
        ...
