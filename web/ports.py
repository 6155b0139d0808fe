"""What the pages ask of the rooms behind them; `server/web_pages.py` wires these.

Updates are asynchronous iterators of messages as docs/events.md describes them, without `v` and `sent_at`,
which the web adds when it sends. The first messages say the whole present state, so that a page that
reconnects needs no history.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from web.accounts import Account

Message = Mapping[str, object]
Stamp = Literal["card_shown", "rang"]
Steer = Literal["hold", "resume", "consult", "back", "complete", "meet", "hand", "prove"]
"""What an agent may do with the caller they have; consult and hand name a colleague, prove a procedure."""
ConsentStep = Literal["read", "accepted", "refused", "interrupted"]
"""What may happen to a consent episode once its statement is on the screen."""


class NotNow(Exception):  # noqa: N818 - it is an answer, not an error
    """The room behind refuses a request that was well formed, for example "ready" while talking.

    `reason` is a word in snake case that the pages know a sentence for (`refused.<reason>` in the texts).
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Telephone:
    """Who a browser is as a telephone: a PJSIP endpoint with transport ws (RFC 7118).

    `uri` is the address of record (`sip:agent-ana@127.0.0.1`). Where Asterisk's WebSocket is, depends on the
    host the page was opened at (WebSettings.telephone_sockets).
    """

    uri: str
    user: str
    password: str


@dataclass(frozen=True, slots=True)
class NumberToCall:
    """`number` as dialled (`901166565`), `shown` as people write it, `about` its purpose by language."""

    number: str
    shown: str
    about: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Subject:
    """What calls can be about: its name in every message, and what people read, by language."""

    name: str
    about: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PretendedCaller:
    """A number to pretend to call from (E.164, "" for a hidden one) and who that is, by language."""

    number: str
    about: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class WritingCaller:
    """A caller who writes: the page's token, and what it says on opening its line.

    number: as dialled, None for a page that only comes back; language: the page's; pretended: the number the
    demonstration may call from; seen: the last line's number that the page has; address: where it connects from.
    """

    token: str
    number: str | None
    language: str
    pretended: str
    seen: int
    address: str = ""


class TextPort(Protocol):
    """Conversations in writing: the citizens' pages by token, the agents' desks by name and call.

    The plain methods neither wait nor raise; what fits nothing that goes on does nothing.
    """

    def updates(self, caller: WritingCaller) -> AsyncIterator[Message]:
        """Open a line or find it again, yield what stands on it, then every change. Raises NotNow."""

    def typed(self, token: str, text: str) -> None:
        """Take a caller's unfinished line as it is now."""

    def entered(self, token: str, text: str) -> None:
        """Take a caller's whole line."""

    def left(self, token: str) -> None:
        """End a caller's call."""

    def contacts(self, agent: str) -> AsyncIterator[Message]:
        """Yield the contact on an agent's desk with what stands there, then every change."""

    def take(self, agent: str, call: str) -> None:
        """Let the agent take the contact that is offered."""

    def agent_typed(self, agent: str, call: str, text: str) -> None:
        """Take an agent's unfinished line as it is now."""

    def agent_entered(self, agent: str, call: str, text: str) -> None:
        """Take an agent's whole line."""

    def agent_ended(self, agent: str, call: str) -> None:
        """End the talk; the caller goes on."""


class DeskPort(Protocol):
    """One agent's place at the router. `agent` is the account's name. Every request may raise NotNow."""

    async def sign_in(self, agent: str, address: str) -> None:
        """Take the place; `address` is "browser", "telephone", "outside" (the number on file) or a SIP address.

        An address is such as `sip:201@192.0.2.7:5060`.
        """

    async def ready(self, agent: str) -> None:
        """Let calls come."""

    async def pause(self, agent: str, reason: str) -> None:
        """Stop new calls; `reason` is one of web.forms.PauseReason."""

    async def sign_out(self, agent: str) -> None:
        """Leave the place."""

    async def wrap_up_done(self, agent: str, outcome: str, notes: str) -> None:
        """Close the contact with its outcome (web.forms.Outcome) and notes (personal: never logged)."""

    async def pass_on(self, agent: str, subject: str, level: int) -> None:
        """Give the caller who is being talked to back to the queue, for `subject` at a level (1 or 2)."""

    async def steer(self, agent: str, move: Steer, to: str = "") -> None:
        """Hold, resume, ask a colleague `to`, return, complete, meet, hand to one, or prove for a procedure `to`."""

    def acts(self) -> list[Message]:
        """List what a caller can agree to on record: `name`, `about` by language, `level`, `detail`."""

    async def consent_begin(self, agent: str, act: str, detail: str) -> None:
        """Open a consent episode for the caller at hand; `detail`: what the statement is about, read after it."""

    async def consent_step(self, agent: str, episode: str, step: ConsentStep) -> None:
        """Go on with an open episode."""

    def colleagues(self, agent: str) -> list[Message]:
        """List who else is at a place: `name`, `display`, `level`, `skills`, `languages`, `free`."""

    def telephone(self, agent: str) -> Telephone:
        """Say how this agent's browser registers (`PJSIP/agent-<name>`)."""

    def stamp(self, agent: str, call: str, what: Stamp, at: float) -> None:
        """Note when the page showed the card or rang, unix seconds of the browser; never raises."""

    def updates(self, agent: str) -> AsyncIterator[Message]:
        """Yield `state`, `card`, `waiting`, `legs` and `consent` messages for this agent, the present ones first."""


class Unsigned(Exception):  # noqa: N818 - it says what the message is
    """A message that nobody we know has signed, or long ago."""


class HookPort(Protocol):
    """What a foreign CRM tells us."""

    async def take(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Take a message, `headers` in lower case; False when it was taken before. Raises Unsigned."""


class WallPort(Protocol):
    """The live board."""

    def board(self) -> Message:
        """Answer the board as it is (docs/events.md, `board`), without waiting."""

    def updates(self) -> AsyncIterator[Message]:
        """Yield a whole `board` whenever something changed, coalesced: the newest is what counts."""


@dataclass(frozen=True, slots=True)
class Spy:
    """How a supervisor takes part in an agent's conversation: listen, whisper, join, or stop; and why."""

    agent: str
    how: str
    reason: str


@dataclass(frozen=True, slots=True)
class Force:
    """What an agent is made: ready, pause, sign_out; and why."""

    to: str
    reason: str


@dataclass(frozen=True, slots=True)
class Move:
    """What a waiting caller wants from now on, and why."""

    subject: str
    level: int
    priority: int
    reason: str


@dataclass(frozen=True, slots=True)
class Close:
    """A queue ("all": every one) and what those get who wait: serve, callback, goodbye; open opens it."""

    subject: str
    waiting: str
    reason: str


class SupervisionPort(Protocol):
    """What a supervisor may do; every use is on record. Raises NotNow."""

    def telephone(self, supervisor: str) -> Telephone:
        """Say how a supervisor's browser registers; it calls `headset`."""

    async def spy(self, supervisor: str, spying: Spy) -> None:
        """Listen, whisper, join or stop."""

    async def take_over(self, supervisor: str, agent: str, reason: str) -> None:
        """Take the agent's place."""

    async def force(self, supervisor: str, agent: str, force: Force) -> None:
        """Change an agent's state."""

    def move(self, supervisor: str, call: str, move: Move) -> None:
        """Change what a waiting caller wants."""

    def why(self, call: str) -> Message:
        """Say why a waiting caller is not served yet."""

    async def close(self, supervisor: str, close: Close) -> None:
        """Close a queue or open it."""


@dataclass(frozen=True, slots=True)
class Look:
    """What recordings somebody looks for: begun since and before (unix seconds); empty words mean any.

    person: a document, or a request's reference; act: of consent; state: see web.recording_forms.State.
    """

    since: float
    before: float
    person: str = ""
    agent: str = ""
    act: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording that may be heard: its length in bytes, its media type, and how to read from a byte to another."""

    length: int
    media: str
    read: Callable[[int, int], AsyncIterator[bytes]]


class ListeningPort(Protocol):
    """The recordings, for those who may listen; each use is on record. Raises NotNow."""

    async def search(self, who: Account, look: Look) -> Message:
        """Give `found`, a list (docs/vault.md)."""

    async def ask(self, who: Account, call: str, reason: str) -> Message:
        """Ask to hear one: `listening` (an id) and `state`: granted, or second when somebody has to agree."""

    async def agree(self, who: Account, listening: str) -> None:
        """Agree, as a second person."""

    async def waiting(self, who: Account) -> list[Message]:
        """Give what waits for a second person."""

    async def log(self, who: Account, call: str) -> list[Message]:
        """Give who asked for and heard what; call: of one, or empty."""

    async def about(self, who: Account, listening: str) -> Message:
        """Give length, waveform and marks of what was granted."""

    async def sound(self, who: Account, listening: str) -> Sound:
        """Give what was granted, to be heard."""


class PagePort(Protocol):
    """What the citizens' call page needs."""

    def numbers(self) -> tuple[NumberToCall, ...]:
        """List the institution's numbers."""

    def callers(self) -> tuple[PretendedCaller, ...]:
        """List the numbers the demonstration may call from; empty everywhere else."""

    def telephone(self) -> Telephone:
        """Say how a citizen's browser calls (endpoint `browser`)."""

    def updates(self, token: str) -> AsyncIterator[Message]:
        """Yield the live text of the call with this token (32 hex digits) in X-Ventanilla-Page."""
