"""What callers leave with the institution: requests, promises to ring back, messages; and what is written to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from dialplans.machine import Walk
from ivr.ports.floor import WishForm


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


class Promises(Protocol):
    """What the institution promises a caller for later. Raises RegistryDown."""

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
    priority: int = 0


class Callbacks(Protocol):
    """The promises to call back who waits, at their turn, and the calls that keep them. Raises RegistryDown."""

    def offered(self) -> bool:
        """Tell whether anybody can be called now; never raises."""
        ...

    def is_ours(self, call: str) -> bool:
        """Tell whether a call is one that we place, by its id."""
        ...

    async def keep_place(
        self, wish: WishForm, number: str, walk: Walk, *, recording: bool
    ) -> PlaceKept | None:
        """Promise to call `number` (E.164) at this wish's turn: the place in line is the promise's from then on.

        None: this caller, or this number, has had as many promises today as they get. Not `new`: the number or the
        person has one that is open. Both leave everything as it was.
        """
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

    async def not_reached(self, placed: str, why: str) -> bool:
        """Take note that a call we placed came to nothing: no_key, hung_up. True when it was the last attempt."""
        ...

    async def refused(self, placed: str) -> None:
        """Take note that who was called wants no call."""
        ...


class VoiceMessages(Protocol):
    """Messages that callers leave for a person to listen to. Raises RegistryDown."""

    def offered(self) -> bool:
        """Tell whether a message can be taken now; never raises."""
        ...

    async def begin(self, wish: WishForm) -> Path:
        """Open the message and its request; give the file that Asterisk shall write, without its ending."""
        ...

    async def left(self, call: str) -> str | None:
        """Take note that it was spoken to its end; give the request's reference, None when nothing was said."""
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
