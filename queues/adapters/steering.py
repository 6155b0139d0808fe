"""Asterisk's side of calls with several legs: which legs there are, and where each is sent (asterisk-conf/legs.conf).

Only Redirect, Setvar, Status and Hangup: no telephone is sent a REFER and no leg is masqueraded, so none of the
attended transfers that froze other centres (asterisk/asterisk issue 2166) is ever made here.
"""

import asyncio
import re
from dataclasses import dataclass, field
from typing import Final

from queues import heard
from queues.adapters.ami import Ami, Rows

# A leg that was sent somewhere is there within milliseconds; a machine that starves may need longer.
THERE_S: Final = 3.0
_LOOK_AGAIN_S: Final = 0.02
# A manager interface that fell silent is found out (PING_EVERY_S, ANSWER_S) and connected anew within this. A caller
# and the agent who waits for them wait so long in vain at most; then the caller is back in line.
FETCH_S: Final = 12.0
_ASK_AGAIN_S: Final = 0.25
_HEADSET: Final = re.compile(r"PJSIP/supervisor-([a-z][a-z0-9_-]{0,30}?)(?:-sip)?-[0-9a-f]{8}")
SPYING: Final = {"listen": "", "whisper": "w", "join": "B"}
"""How a supervisor takes part, and ChanSpy's option for it."""


@dataclass(frozen=True, slots=True)
class Found:
    """The legs of one call by their channels' names.

    `in_room`: the caller is in the call's room, or about to enter it; there with somebody (`met`), or `alone`.
    """

    caller: str
    agents: dict[str, str] = field(default_factory=dict)
    in_room: bool = False
    met: bool = False
    alone: bool = False


class Hands:
    """Moves legs. Every method gives False or None when Asterisk refused or did not answer in time."""

    def __init__(self, ami: Ami) -> None:
        self._ami = ami

    async def find(self, call: str) -> Found | None:
        """Find the legs of a call; None when its caller has none, or Asterisk does not say."""
        rows = await self._ami.ask("CoreShowChannels")
        try:
            return None if rows is None else _found(rows, call)
        except heard.Refused:
            return None

    async def find_agents(self, call: str) -> tuple[str, ...]:
        """Give the agents' channels of a call whose caller may be gone already."""
        return await self._agents(call) or ()

    async def _agents(self, call: str) -> tuple[str, ...] | None:
        channels = await self._ami.channels()
        if channels is None:
            return None
        return tuple(one.name for one in channels if one.agent and one.linked == call)

    async def headset(self, supervisor: str) -> str | None:
        """Find the channel of a supervisor's telephone that waits or listens."""
        rows = await self._ami.ask("CoreShowChannels") or []
        for row in rows:
            name = str(row.get("channel", ""))
            match = _HEADSET.fullmatch(name)
            if match and match[1] == supervisor and row.get("channelstatedesc") == "Up":
                return name
        return None

    async def waits(self, caller: str, *, waits: bool) -> bool:
        """Tell the dialplan whether this caller is to come back should the server be lost (`VT_WAITING`).

        Who has met an agent whom nobody dialled has been answered all the same (`DIALSTATUS`).
        """
        if not waits and not await self._set(caller, "DIALSTATUS", "ANSWER"):
            return False
        return await self._set(caller, "VT_WAITING", "yes" if waits else "no")

    async def hold(self, agent: str) -> bool:
        """Let an agent's leg wait."""
        return await self._send(agent, "held")

    async def ask(self, agent: str, endpoint: str, way: str = "") -> bool:
        """Let an agent ring a colleague; `way`: options of Dial more, for a colleague on a number outside."""
        return (
            await self._set(agent, "VT_SECOND", endpoint)
            and await self._set(agent, "VT_SECOND_WAY", way)
            and await self._send(agent, "consulting")
        )

    async def meet(self, room: str, *legs: str) -> bool:
        """Send legs into a call's room."""
        for leg in legs:
            if not (await self._set(leg, "VT_ROOM", room) and await self._send(leg, "meeting")):
                return False
        return True

    async def fetch(self, call: str) -> bool:
        """Send the agent's leg that waits for a caller into the call's room; let it go where that cannot be.

        An Asterisk that is silent is asked again for FETCH_S; a leg that it then still has is let go once it answers
        (server/summoning.py).
        """
        try:
            async with asyncio.timeout(FETCH_S):
                while (legs := await self._agents(call)) is None:  # noqa: ASYNC110 - no event tells that it answers
                    await asyncio.sleep(_ASK_AGAIN_S)
                if legs and await self.meet(call, *legs):
                    return True
        except TimeoutError:
            return False
        for leg in legs:
            await self.hang_up(leg)
        return False

    async def out(self, room: str, caller: str) -> bool:
        """Take a caller out of a room: their session goes on."""
        return await self._ami.ask("ConfbridgeKick", Conference=room, Channel=caller) is not None

    async def held(self, leg: str) -> bool:
        """Wait until a leg that Asterisk sends to [held] by itself is there."""
        try:
            async with asyncio.timeout(THERE_S):
                while True:
                    rows = await self._ami.ask("Status", Channel=leg)
                    if rows is None:
                        return False
                    if any(row.get("context") == "held" and row.get("bridgeid") for row in rows):
                        return True
                    await asyncio.sleep(_LOOK_AGAIN_S)
        except TimeoutError:
            return False

    async def spy(self, headset: str, on: str, how: str) -> bool:
        """Let a supervisor's leg take part in what an agent's hears and says; SPYING names the ways."""
        return (
            await self._set(headset, "VT_SPIED", on)
            and await self._set(headset, "VT_SPYING", SPYING[how])
            and await self._send(headset, "spying")
        )

    async def rest(self, headset: str) -> bool:
        """Let a supervisor's leg wait."""
        fields = {"Context": "headsets", "Exten": "headset", "Priority": "wait"}
        return await self._ami.ask("Redirect", Channel=headset, **fields) is not None

    async def hang_up(self, leg: str) -> bool:
        """End a leg."""
        return await self._ami.hang_up(leg)

    async def _set(self, channel: str, name: str, value: str) -> bool:
        return await self._ami.ask("Setvar", Channel=channel, Variable=name, Value=value) is not None

    async def _send(self, channel: str, context: str) -> bool:
        place = {"Context": context, "Exten": "s", "Priority": "1"}
        return await self._ami.ask("Redirect", Channel=channel, **place) is not None


def _found(rows: Rows, call: str) -> Found | None:
    listed = heard.channels(rows)
    rooms = {str(row.get("channel")) for row in rows if row.get("application") == "ConfBridge"}
    caller = next((one for one in listed if one.call == call), None)
    if caller is None:
        return None
    agents = {one.agent: one.name for one in listed if one.agent is not None and one.linked == call}
    in_room = caller.name in rooms
    met = in_room and caller.bridged and not caller.alone
    return Found(caller.name, agents, in_room, met, in_room and caller.alone)
