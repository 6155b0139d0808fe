"""Legs as Asterisk lists them, and an agent who waits fetched from an Asterisk that may be silent."""

from dataclasses import dataclass, field
from typing import cast

import pytest

from queues import heard
from queues.adapters import steering
from queues.adapters.ami import Ami, Rows
from queues.adapters.steering import Found, Hands
from queues.reconcile import Channel

CALL, LEG = "ventanilla-back-1763791200.101", "ventanilla-leg1-1763791200.101"
CALLER, ANA = "PJSIP/trunk-00000001", "PJSIP/agent-ana-00000002"


def row(channel: str, call: str, application: str, bridge: str) -> dict[str, object]:
    """One row of CoreShowChannels."""
    return {
        "event": "CoreShowChannel", "actionid": "1", "channel": channel, "uniqueid": call, "linkedid": call,
        "channelstatedesc": "Up", "application": application, "bridgeid": bridge,
    }  # fmt: skip


@dataclass
class PaperAmi:
    """Asterisk's answers on paper. `silent`: it gives none, so many times."""

    rows: Rows
    silent: float = 0
    asked: list[str] = field(default_factory=list)

    async def ask(self, action: str, **fields: str) -> Rows | None:
        self.asked.append(" ".join((action, *fields.values())))
        if self.silent > 0:
            self.silent -= 1
            return None
        return self.rows if action == "CoreShowChannels" else []

    async def channels(self) -> tuple[Channel, ...] | None:
        rows = await self.ask("CoreShowChannels")
        return None if rows is None else heard.channels(rows)

    async def hang_up(self, channel: str) -> bool:
        return await self.ask("Hangup", Channel=channel) is not None

    def hands(self) -> Hands:
        return Hands(cast("Ami", self))


CALLER_IN_ROOM = row(CALLER, CALL, "ConfBridge", "b")


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([CALLER_IN_ROOM], Found(CALLER, in_room=True, alone=True)),
        (
            [CALLER_IN_ROOM, row(ANA, LEG, "ConfBridge", "b")],
            Found(CALLER, {"ana": ANA}, in_room=True, met=True),
        ),
        (
            [CALLER_IN_ROOM, row(ANA, LEG, "BridgeWait", "c")],
            Found(CALLER, {"ana": ANA}, in_room=True, alone=True),
        ),
        ([row(CALLER, CALL, "ConfBridge", "")], Found(CALLER, in_room=True)),  # just now entering
        ([row(CALLER, CALL, "AGI", "d"), row(ANA, LEG, "AppDial", "d")], Found(CALLER, {"ana": ANA})),
        ([row(ANA, LEG, "ConfBridge", "b")], None),
    ],
)
async def test_a_caller_is_in_a_room_with_somebody_or_alone(rows: Rows, found: Found | None) -> None:
    assert await PaperAmi(rows).hands().find(CALL) == found


async def test_a_caller_is_taken_out_of_their_room() -> None:
    ami = PaperAmi([])
    assert await ami.hands().out(CALL, CALLER)
    assert ami.asked == [f"ConfbridgeKick {CALL} {CALLER}"]


async def test_who_waits_is_fetched_though_asterisk_is_silent_for_a_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(steering, "_ASK_AGAIN_S", 0.0)
    ami = PaperAmi([row(ANA, LEG, "BridgeWait", "c")], silent=3)
    assert await ami.hands().fetch(CALL)
    assert ami.asked[-1] == f"Redirect {ANA} meeting s 1"


async def test_nobody_waits_long_for_an_asterisk_that_stays_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steering, "FETCH_S", 0.05)
    ami = PaperAmi([row(ANA, LEG, "BridgeWait", "c")], silent=float("inf"))
    assert not await ami.hands().fetch(CALL)


async def test_an_agent_who_is_gone_is_not_waited_for() -> None:
    ami = PaperAmi([row(CALLER, CALL, "AGI", "")])
    assert not await ami.hands().fetch(CALL)
    assert ami.asked == ["CoreShowChannels"]
