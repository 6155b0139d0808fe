"""One table: which fact goes where. Kept in the database, put on MQTT, or only said in this process."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any

VERSION = 1
"""Version of the messages' shape, in every one of them as `v`."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where facts of one type go.

    `topic`: below `ventanilla/<institution>/`, with `{field}` of the fact; empty: not on MQTT.
    `retain`: the broker keeps the last one for those who come later.
    `keep`: written into the table of facts.
    `inward`: fields that say something of a person: in the table of facts, on no wire.
    """

    topic: str = ""
    retain: bool = False
    keep: bool = True
    inward: frozenset[str] = frozenset()


ROUTES: dict[str, Route] = {
    # ivr
    "CallArrived": Route("calls/{call}/arrived"),
    "CallInterrupted": Route(),
    "CallResumed": Route("calls/{call}/resumed"),
    "LanguageChosen": Route(),
    "StepEntered": Route(),
    "Spoke": Route(keep=False),  # live text for the page that called; the steps tell the rest
    "KeysPressed": Route(keep=False),
    "IdentityProven": Route("calls/{call}/identity", inward=frozenset({"person"})),
    "IdentityRefused": Route(),
    "IdentityProtected": Route(),
    "IdentityAlarm": Route("alarms/identity"),
    "CodeSent": Route(),
    "CodeRefused": Route(),
    "ServiceEnded": Route(),
    "OtherBodyWanted": Route(),
    "PersonWanted": Route(),
    "PersonRefused": Route(),
    "CallEnded": Route("calls/{call}/ended"),
    "PromptMissing": Route(),
    # queues
    "CallerWaiting": Route("calls/{call}/waiting"),
    "NobodyCanServe": Route("alarms/routing"),
    "AgentReserved": Route(),
    "AgentRinging": Route("calls/{call}/ringing"),
    "TalkStarted": Route("calls/{call}/talking"),
    "TalkUnseen": Route(),
    "TalkEnded": Route("calls/{call}/talked"),
    "HandedOver": Route("calls/{call}/handed"),
    "RangOut": Route(),
    "CallerLeft": Route(),
    "AgentStateChanged": Route("agents/{agent}/state", retain=True),
    "AgentForced": Route(),
    "LeaseExpired": Route(),
    "Repaired": Route(),
    "AgentReachable": Route(),
    "AsteriskSeen": Route(),
    "ClockJumped": Route(),
    "CallbackTaken": Route("calls/{call}/callback"),
    "CallbackReleased": Route(),
    "CallbackTried": Route(),
    "CallbackKept": Route("calls/{call}/called_back"),
    "CallbackLeft": Route(),
    "CallbackGivenUp": Route(),
    "CallbackCancelled": Route(),
    "CallbackExpired": Route(),
    # recordings
    "RecordingStarted": Route(),
    "RecordingSealed": Route("recordings/{call}/sealed"),
    "RecordingOrphan": Route(),
    "RecordingMissing": Route(),
    "RecordingNotStarted": Route(),
    "SealFailed": Route(),
    "RecordingUnsealed": Route("alarms/recordings"),
    "RecordingAltered": Route("alarms/recordings"),
    "MuteFailed": Route(),
    "MuteRepaired": Route(),
    "ConsentBegun": Route("calls/{call}/consent"),
    "ConsentEnded": Route("calls/{call}/consent"),
    "ConsentUnheard": Route("alarms/recordings"),
    "EncryptionFailed": Route(),
    "ListeningAsked": Route(),
    "ListeningSeconded": Route(),
    "ListeningRefused": Route(),
    "RecordingOpened": Route(),
    "RecordingBlocked": Route(),
    "RecordingDestroyed": Route(),
    "OrphanDestroyed": Route(),
    "RecordingStuck": Route("alarms/recordings"),
    "RecordingErased": Route(inward=frozenset({"reason"})),  # what somebody wrote
    "HoldPlaced": Route(),
    "HoldLifted": Route(),
    "KeysRotated": Route(),
    "EvidenceMade": Route("recordings/{call}/evidence"),
    "EvidenceStamped": Route(),
    "AuthorityLost": Route("alarms/evidence"),
    "AuthorityBack": Route("alarms/evidence"),
    "LogHeadPublished": Route("evidence/head", retain=True),
    "LogDoubted": Route("alarms/evidence"),
    # crm_bridge
    "RequestOpened": Route("calls/{call}/request"),
    "RequestContinued": Route("calls/{call}/request"),
    "RequestNoted": Route(),
    "RequestPassedOn": Route("calls/{call}/passed"),
    "RequestClassified": Route(),
    "RequestHandled": Route("requests/{request}/handled"),
    "FolderViewed": Route(),
    "UnsealingAsked": Route("alarms/unsealing", inward=frozenset({"reason"})),  # what somebody wrote
    "UnsealingDecided": Route(),
    "FolderExported": Route(),
    "CardComposed": Route(),
    "CrmLost": Route("crm/lost"),
    "CrmBack": Route("crm/back"),
    "CrmTold": Route(),
    "WriteRefused": Route(),
    # corporate
    "SystemLost": Route("corporate/{system}/lost"),
    "SystemBack": Route("corporate/{system}/back"),
    # messages
    "MessageLeft": Route(),
    "MessageSent": Route("messages/{letter}/sent"),
    "MessageDelivered": Route("messages/{letter}/delivered"),
    "MessageFailed": Route("messages/{letter}/failed"),
    "CarrierLost": Route("messages/carriers/{channel}/lost"),
    "CarrierBack": Route("messages/carriers/{channel}/back"),
    # web
    "SignedIn": Route(),
    "SignedOut": Route(),
    "SignInRefused": Route(),
    "CardViewed": Route(),
    # server: the card is personal: to the agent's own topic, unretained, and not kept a second time
    "CardPushed": Route("agents/{agent}/card", keep=False),
    "BoardChanged": Route("board", retain=True, keep=False),
    "CallPlaced": Route(),
    "CallerProved": Route("calls/{call}/proved"),
    "LegsChanged": Route("calls/{call}/legs"),
    "ConsentShown": Route(keep=False),  # for the desks of this server only
    "CallSupervised": Route(),
    "CallSteered": Route(),
    "QueueShut": Route(),
    "CallbackImported": Route(),
    "PromiseEnded": Route(),
    "VoiceMessageLeft": Route("calls/{call}/message"),
    "CallDiffers": Route(),
    "Reconciled": Route(),
}

PERSONAL = frozenset({"caller", "page"})
"""Fields that leave this process with no fact: who reads figures or a wallboard need not know who called."""
MARK = "mark"
"""What the table of facts has in place of a caller's number."""


def route(fact: object) -> Route:
    """Give the route of `fact`; KeyError for a type that the table does not name, which a test prevents."""
    return ROUTES[type(fact).__name__]


def body(fact: object) -> dict[str, Any]:
    """Give `fact` as plain values that JSON can carry, without its personal fields."""
    kind: Any = type(fact)  # mypy takes no type for hashable
    return {name: getattr(fact, name) for name in said_of(kind) if name not in PERSONAL}


@cache
def said_of(kind: type) -> tuple[str, ...]:
    """Give the fields of a type of facts, a dataclass or a named tuple. Raises TypeError for any other."""
    if dataclasses.is_dataclass(kind):
        return tuple(field.name for field in dataclasses.fields(kind))
    fields: tuple[str, ...] | None = getattr(kind, "_fields", None)
    if fields is None:
        raise TypeError(f"a fact is a dataclass or a named tuple, this is {kind.__name__}")
    return fields


def as_json(values: dict[str, Any]) -> str:
    """Write `values` as JSON; dates, enums, sets and nested values in their plain forms."""
    return json.dumps(values, ensure_ascii=False, default=_plain)


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return body(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)


def written(fact: object, mark: Callable[[str], str] | None = None) -> dict[str, Any] | None:
    """Give the row of the table of facts for `fact`, or None when its route says it is not kept.

    `mark` makes of a caller's number what tells whether the same one called again, and nothing else.
    """
    if not route(fact).keep:
        return None
    values = body(fact)
    caller = getattr(fact, "caller", None)
    if mark is not None and caller:
        values[MARK] = mark(caller)
    return {
        "type": type(fact).__name__,
        "call": values.get("call"),
        "agent": values.get("agent"),
        "at": values["at"],
        "body": as_json(values),
    }


def message(fact: object, institution: str) -> tuple[str, str, bool] | None:
    """Give (topic, payload, retain) for MQTT, or None when the fact stays in this process."""
    way, kind = route(fact), type(fact).__name__
    if not way.topic:
        return None
    values = body(fact)
    topic = f"ventanilla/{institution}/" + way.topic.format(**values)
    return topic, as_json({"v": VERSION, "type": kind, **outward(kind, values)}), way.retain


def outward(kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Give what leaves, by MQTT or webhook, of a fact's plain values; the caller's mark is ours alone."""
    inward = ROUTES[kind].inward | PERSONAL | {MARK}
    return {name: value for name, value in values.items() if name not in inward}


def said_outward(kind: type) -> tuple[str, ...]:
    """Give the fields of a type of facts that leave."""
    return tuple(outward(kind.__name__, dict.fromkeys(said_of(kind))))
