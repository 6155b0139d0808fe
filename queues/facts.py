"""What the queues room says happened. `at` is unix seconds, `call` Asterisk's UNIQUEID, `agent` a name."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CallerWaiting:
    """A caller stands in line; `since` is when the waiting began, which a return does not change."""

    call: str
    subject: str
    language: str
    level: int
    since: float
    position: int
    at: float


@dataclass(frozen=True, slots=True)
class NobodyCanServe:
    """Nobody could ever take this call, however long it waits: told as soon as that is so.

    When it joins the line, when a supervisor moves it, when the last who could take it signs out or ends their shift.

    `among`: "enrolled" (nobody has the skill or speaks the language) or "signed_in" (those who could are not here).
    """

    call: str
    subject: str
    language: str
    level: int
    among: str
    at: float


@dataclass(frozen=True, slots=True)
class AgentReserved:
    """The router gave this caller this agent, until the lease ends; `reasons` explain it in sentences."""

    call: str
    agent: str
    endpoint: str
    lease_until: float
    reasons: tuple[str, ...]
    at: float


@dataclass(frozen=True, slots=True)
class AgentRinging:
    """The agent's telephone rings for this call."""

    call: str
    agent: str
    at: float


@dataclass(frozen=True, slots=True)
class TalkStarted:
    """Caller and agent talk; `waited` is seconds from the first wish to the answer."""

    call: str
    agent: str
    waited: float
    at: float


@dataclass(frozen=True, slots=True)
class TalkUnseen:
    """A conversation we only hear of now that it is over: with whom, and how long, nobody can say any more."""

    call: str
    waited: float
    at: float


@dataclass(frozen=True, slots=True)
class TalkEnded:
    """The conversation is over; `talked` in seconds."""

    call: str
    agent: str
    talked: float
    at: float


@dataclass(frozen=True, slots=True)
class HandedOver:
    """The agent gave the caller to a colleague, who talked with them already or is rung now."""

    call: str
    agent: str
    to: str
    at: float


@dataclass(frozen=True, slots=True)
class RangOut:
    """The agent did not answer in time; the caller is back in their place."""

    call: str
    agent: str
    at: float


@dataclass(frozen=True, slots=True)
class CallerLeft:
    """The caller left before anybody answered; `waited` in seconds."""

    call: str
    waited: float
    at: float


@dataclass(frozen=True, slots=True)
class AgentStateChanged:
    """An agent's state; `reason` for a pause, `until` the end of a lease or the limit of a wrap-up."""

    agent: str
    state: str
    reason: str
    call: str | None
    until: float | None
    at: float


@dataclass(frozen=True, slots=True)
class AgentForced:
    """A supervisor moved an agent: `happening` of queues/agents.py, `by` whom, and why."""

    agent: str
    happening: str
    by: str
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class AgentReachable:
    """The agent's telephone came (True) or went (False), by Asterisk's device state."""

    agent: str
    reachable: bool
    at: float


@dataclass(frozen=True, slots=True)
class LeaseExpired:
    """Nobody said what became of a reservation; the agent was freed."""

    call: str | None
    agent: str
    at: float


@dataclass(frozen=True, slots=True)
class Repaired:
    """Our view differed from Asterisk's and was put right; `what` names the repair."""

    what: str
    agent: str | None
    call: str | None
    at: float


@dataclass(frozen=True, slots=True)
class AsteriskSeen:
    """The AMI connection came or went."""

    connected: bool
    at: float


@dataclass(frozen=True, slots=True)
class ClockJumped:
    """The machine's clock was set by so many seconds; the floor's own time goes on and follows slowly."""

    seconds: float
    at: float


@dataclass(frozen=True, slots=True)
class CallbackTaken:
    """A caller who waited will be called at their turn; `waited` seconds until then, `placed` the call to come."""

    call: str
    placed: str
    subject: str
    language: str
    level: int
    waited: float
    at: float


@dataclass(frozen=True, slots=True)
class CallbackReleased:
    """It is a callback's turn: this agent is set aside and the citizen is rung, for the `attempt`-th time."""

    call: str
    placed: str
    agent: str
    attempt: int
    at: float


@dataclass(frozen=True, slots=True)
class CallbackTried:
    """An attempt is over: the citizen pressed the key (`reached`), or why not (busy, no_answer, no_key, …)."""

    call: str
    placed: str
    attempt: int
    reached: bool
    why: str
    at: float


@dataclass(frozen=True, slots=True)
class CallbackKept:
    """The citizen who was called and an agent talk: the promise is kept."""

    call: str
    placed: str
    attempts: int
    at: float


@dataclass(frozen=True, slots=True)
class CallbackLeft:
    """The citizen was reached and hung up before an agent was there."""

    call: str
    attempts: int
    at: float


@dataclass(frozen=True, slots=True)
class CallbackGivenUp:
    """Nobody was reached in the last attempt either."""

    call: str
    attempts: int
    at: float


@dataclass(frozen=True, slots=True)
class CallbackCancelled:
    """The citizen wants the call no more; `why`: called_again, on_the_call, served."""

    call: str
    why: str
    at: float


@dataclass(frozen=True, slots=True)
class CallbackExpired:
    """Its time ran out before its turn came, or between two attempts."""

    call: str
    attempts: int
    at: float
