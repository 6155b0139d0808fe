"""A citizen whom we call has picked up: who calls, and a key before anything else.

A machine that answers hears who calls and that we shall call again (after the last attempt: that a person will), and
nothing of what it is about; the same holds for whoever picks up somebody else's telephone. The key proves nobody: what
was proven in the call that asked for this one is proven no more.
"""

from contextlib import suppress

from ivr.adapters.line import HungUp
from ivr.agi import command
from ivr.house import House
from ivr.ports.calls import Kept
from ivr.ports.line import Line
from ivr.ports.register import RegistryDown
from ivr.talk import Talk

CALLED = "called"
"""The stage of a call that we place, until the key is pressed."""

PROMPTS = frozenset({"call.greeting", "call.confirm", "call.later", "call.last", "call.cancelled"})

TIMES_GREETED = 3  # who puts the telephone to the ear late hears it once more
KEY_S = 4.0

_DONE = command("SET VARIABLE", "VT_DONE", "yes")


async def greeted(house: House, line: Line, kept: Kept) -> bool:
    """Say who calls; True when the key was pressed and the attempt is still ours. Raises HungUp."""
    call = line.greeting.call
    talk = Talk(line, kept.walk.language, house.publish, house.clock)
    try:
        await talk.speak(kept.walk.language)
        match await _key(talk):
            case "1" if await house.callbacks.pressed(call):
                return True
            case "2":
                await house.callbacks.refused(call)
                await talk.say("call.cancelled")
            case _:
                last = await house.callbacks.not_reached(call, "no_key")
                await talk.say("call.last" if last else "call.later")
    except HungUp:
        with suppress(RegistryDown):  # it is written once it can be, and Asterisk tells the end too
            await house.callbacks.not_reached(call, "hung_up")
        house.calls.finished(call)
        raise
    except RegistryDown:
        await talk.say("call.later")
    house.calls.finished(call)
    await line.send(_DONE)
    return False


async def _key(talk: Talk) -> str:
    for _ in range(TIMES_GREETED):
        key = await talk.ask(("call.greeting", "call.confirm"), 1, KEY_S)
        if key in {"1", "2"}:
            return key
    return ""


async def forgotten(line: Line) -> None:
    """End a call of ours that nobody remembers placing: the server was killed just then."""
    await line.send(_DONE)
