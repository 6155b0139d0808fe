"""How a call was routed, in sentences: what each fact of it says. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, TypeAlias

Body: TypeAlias = Mapping[str, object]
"""A fact's fields, as the table of facts keeps them."""

REFUSED: Final = {
    "closed": "it is closed at this hour, nobody is waited for",
    "promised": "waits for the call that was promised before",
    "closing": "led out of the line: closing time",
    "shut": "led out of the line: a supervisor closed the queue",
    "too_long": "led out of the line: nobody may wait longer",
}
"""Why nobody answers a wish (ivr/facts.py, PersonRefused)."""
CANCELLED: Final = {
    "called_again": "the citizen called again, and waits on that line",
    "on_the_call": "the citizen wants it no more",
    "served": "the citizen has been served",
}
"""Why nobody is called back any more (queues/facts.py, CallbackCancelled)."""
A_PERSON: Final = "a person has to ring (`ventanilla promises list`)"


def _waits(body: Body) -> str:
    return f"waits: {body['subject']}, {body['language']}, level {body['level']}, position {body['position']}"


def _steered(body: Body) -> str:
    wants = f"{body['subject']}, level {body['level']}, priority {body['priority']}"
    return f"moved by {body['by']} ({body['reason']}): {wants}"


def _tried(body: Body) -> str:
    came = "reached" if body["reached"] else f"not reached, {str(body['why']).replace('_', ' ')}"
    return f"attempt {body['attempt']} to call back: {came}"


_SAID: Final[dict[str, Callable[[Body], str]]] = {
    "CallerWaiting": _waits,
    "NobodyCanServe": lambda body: (
        f"nobody who is {str(body['among']).replace('_', ' ')} could ever take this call"
    ),
    "AgentReserved": lambda body: f"{body['agent']} is reserved, because:",
    "RangOut": lambda body: f"{body['agent']} did not answer; the caller is back in line",
    "LeaseExpired": lambda body: f"the reservation of {body['agent']} ended without a word",
    "TalkStarted": lambda body: (
        f"talks with {body['agent']}, after {float(str(body['waited'])):.0f} s of waiting"
    ),
    "TalkEnded": lambda body: f"the conversation with {body['agent']} is over",
    "CallSteered": _steered,
    "HandedOver": lambda body: f"given over from {body['agent']} to {body['to']}",
    "PersonRefused": lambda body: REFUSED[str(body["why"])],
    "CallerLeft": lambda _: "left without having been answered",
    "CallbackTaken": lambda body: f"will be called back at this turn, as {body['placed']}",
    "CallbackReleased": lambda body: (
        f"it is the callback's turn: {body['agent']} is set aside, attempt {body['attempt']}"
    ),
    "CallbackTried": _tried,
    "CallbackKept": lambda _: "the callback is kept",
    "CallbackLeft": lambda _: "was reached, and hung up before an agent was there",
    "CallbackGivenUp": lambda body: f"given up after attempt {body['attempts']}: {A_PERSON}",
    "CallbackCancelled": lambda body: f"is not called back: {CANCELLED[str(body['why'])]}",
    "CallbackExpired": lambda _: f"its turn to be called back did not come in time: {A_PERSON}",
}
TOLD: Final = tuple(_SAID)
"""The facts that tell how a call was routed."""


def told(at: datetime, kind: str, body: Body) -> tuple[str, ...]:
    """Say one fact in sentences. Raises ValueError for one that says nothing of routing."""
    if kind not in _SAID:
        raise ValueError(f"{kind} is no fact of how a call was routed")
    reasons = body.get("reasons")
    because = reasons if isinstance(reasons, list) else ()
    return (f"{at:%Y-%m-%d %H:%M:%S} {_SAID[kind](body)}", *(f"    {reason}" for reason in because))
