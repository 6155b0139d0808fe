"""After a talk: the caller on hold while the agent asks a colleague, together with whoever is meant, or rung anew.

The caller's leg never leaves this session. While the caller is held the session plays music and waits for word; then
it goes into the call's room (`ConfBridge`), where the agents' legs are sent (asterisk-conf/legs.conf). `VT_WAITING` is
`yes` while the caller is held: should the server be lost, the dialplan brings the caller back, and nobody is left in
silence. What the caller keys to prove who they are is keyed here too, where no agent is. A room and not `Bridge`, which
joins two legs as well: with it Asterisk 22.10 lost the other side of every second recording, though both heard.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import assert_never

from ivr.agi import command
from ivr.ports.floor import Hold, InLine, Meet, Prove, Ring, Steering
from ivr.ports.line import Line

_MUSIC_ON = command("SET MUSIC", "ON", "default")
_MUSIC_OFF = command("SET MUSIC", "OFF")
_WAITING_YES = command("SET VARIABLE", "VT_WAITING", "yes")

Rung = Callable[[str], Awaitable[bool]]
"""Rings an endpoint for the caller; True when it was answered and the talk is over."""


Proven = Callable[[str], Awaitable[str]]
"""Has the caller prove who they are for a procedure; how it ended."""


async def steered(line: Line, steering: Steering, ring: Rung, prove: Proven) -> bool:
    """Do what the agents want with this caller until they want nothing more.

    True when a talk was held to its end, False when the caller is to wait for a person again.
    """
    call = line.greeting.call
    while (onward := steering.onward(call)) is not None:
        match onward:
            case Hold():
                await _hold(line, steering, call)
            case Meet(room):
                await line.send(command("EXEC", "ConfBridge", f"{room},legs,caller"))
            case Ring(endpoint):
                if not await ring(endpoint):
                    return False
            case Prove(procedure):
                await line.send(
                    _WAITING_YES
                )  # should the server be lost now, the caller comes back and is held
                await steering.proved(call, await prove(procedure))
            case InLine():
                return False
            case _:
                assert_never(onward)
    return True


async def _hold(line: Line, steering: Steering, call: str) -> None:
    """Play music until there is word. Raises HungUp when the caller leaves."""
    await line.send(_WAITING_YES)
    await line.send(_MUSIC_ON)
    word = asyncio.create_task(steering.word(call), name=f"{call}: held")
    leaving = asyncio.create_task(_hung_up(line), name=f"{call}: held, may leave")
    try:
        await asyncio.wait({word, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        word.cancel()
        leaving.cancel()
    await line.send(_MUSIC_OFF)


async def _hung_up(line: Line) -> None:
    await line.hung_up.wait()
