"""A real call in which a citizen agrees twice: with the machine, by a key, and with agents, by voice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from crm_bridge.demonstration import JOSE
from server.probe.catalogue import Catalogue
from server.probe.sounds import write_sound
from tests.calls.centre import Centre
from tests.calls.marked import marked
from tests.calls.steering import Floor, _leave
from tests.calls.test_services import PATIENCE_S, PAYMENTS, Citizen
from tests.precedence import before_others
from tests.telephones import agent_telephone, citizens

ACT, DETAIL = "telephone", "1332"  # a code for an address opens no bank account


async def agrees_with_the_machine(one: Citizen) -> None:
    """José changes his address: proven twice, keyed, said, and agreed to with 1."""
    await one.way(PAYMENTS, ("3", "menu.payments"))
    await one.proves(JOSE)
    await one.presses("1", "address.offer")
    await one.keys_the_code("demo-jose")
    await one.presses("08018", "address.ask_postcode")
    await one.presses("505#", "address.ask_number")
    await asyncio.sleep(1)
    await one.presses("#", "address.say_street")
    await one.presses("1", "service.confirm")
    await one.hears("consent.address")
    await one.presses("1", "consent.question")
    await one.hears("address.changed")


@asynccontextmanager
async def with_agents(centre: Centre, ears: Catalogue, folder: Path, number: str) -> AsyncIterator[Floor]:
    """Ana talks with José, who has agreed with the machine before; jordi and luis are at their places."""
    async with AsyncExitStack() as stack:
        telephones, desks = {}, {}
        for name in ("ana", "jordi", "luis"):
            says = folder / f"{name}.wav"
            write_sound(says, marked(name))
            phone = agent_telephone(
                f"{name}-sip", centre.secret(name), centre.sip, answers_after=0.3, plays=says
            )
            telephones[name] = await stack.enter_async_context(phone)
            desks[name] = await centre.desk(name)
            stack.push_async_callback(desks[name].client.aclose)
            stack.push_async_callback(_leave, desks[name])
        (caller,) = await stack.enter_async_context(
            citizens([number], "901166565", centre.sip, catalogue=ears)
        )
        one = Citizen(caller, centre)
        await agrees_with_the_machine(one)
        # Asterisk throws away what its two sides are more than 100 ms apart (AST_AUDIOHOOK_SYNC_TOLERANCE), and a
        # telephone of ours that waits for a processor is soon so late: from here on sound is measured.
        asterisk = centre.installation.asterisk.pid()
        assert asterisk is not None
        stack.enter_context(before_others(asterisk))
        await desks["ana"].works()
        await one.presses("0", "menu.after_service")
        await telephones["ana"].answered(within=PATIENCE_S)
        for name in ("jordi", "luis"):
            await desks[name].works()
        (row,) = await centre.until(
            "SELECT call FROM queues_agent_states WHERE agent = 'ana' AND state = 'talking'"
        )
        speaking = asyncio.create_task(caller.call.line.speak(marked("caller")), name="caller speaks")
        stack.callback(speaking.cancel)
        floor = Floor(centre, telephones, desks, caller, row["call"])
        await floor.hear_each_other("caller", "ana")
        yield floor


async def open_episode(centre: Centre, call: str) -> str:
    """Give the id of a call's open episode."""
    (row,) = await centre.until(
        "SELECT id FROM recordings_episodes WHERE call = :call AND outcome = 'open'", call=call
    )
    return str(row["id"])
