"""The server is killed (-9) under real SIP calls: nobody is dropped, everybody goes on where they were.

That those who wait have their order is seen by ending one conversation after another: who is served next.
"""

import asyncio
import json
from contextlib import AsyncExitStack

import pytest

from server.probe.catalogue import Catalogue
from server.probe.script import parse_steps
from tests.calls.centre import Centre
from tests.calls.conftest import OpenCentre
from tests.telephones import AgentTelephone, CallingCitizen, agent_telephone, citizens

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(420)]

TALKERS = ("ana", "jordi", "luis")
# Seconds a caller may need, on two cores that other tests share: from the ringing past greeting, language and legal
# notice to the menu it takes 25 to 30 of speech alone, with answers to thirteen calls in between; into the queue more.
TO_THE_MENU, TO_THE_QUEUE = 60, 90
TO_A_PERSON = parse_steps("1@language.offer~0,0@menu.main~0")
TO_A_MENU = parse_steps("1@language.offer~0")
WAITING = (
    "SELECT c.caller, p.since_at FROM queues_places AS p JOIN ivr_calls AS c ON c.call = p.call "
    "WHERE p.agent IS NULL ORDER BY p.since_at"
)
TALKING = (
    "SELECT a.call, c.caller FROM queues_agent_states AS a JOIN ivr_calls AS c ON c.call = a.call "
    "WHERE a.agent = :agent AND a.state = 'talking' AND a.call <> :before"
)


def numbers(first: int, count: int) -> list[str]:
    return [f"+3491100{first + place:04d}" for place in range(count)]


async def telephone(stack: AsyncExitStack, centre: Centre, name: str) -> AgentTelephone:
    """An agent with a registered telephone who is signed in and ready."""
    phone = agent_telephone(f"{name}-sip", centre.secret(name), centre.sip, answers_after=0.2)
    agent = await stack.enter_async_context(phone)
    desk = await centre.desk(name)
    stack.push_async_callback(desk.client.aclose)
    await desk.works()
    return agent


async def calls(
    stack: AsyncExitStack,
    centre: Centre,
    catalogue: Catalogue,
    people: list[str],
    steps: object,
) -> tuple[CallingCitizen, ...]:
    calling = citizens(people, "901166565", centre.sip, steps=steps, catalogue=catalogue, apart=0.4)  # type: ignore[arg-type]
    return await stack.enter_async_context(calling)


async def waiting_since(centre: Centre) -> dict[str, float]:
    """Give who waits, in order, and since when."""
    return {row["caller"]: row["since_at"] for row in await centre.rows(WAITING)}


def heard_since(caller: CallingCitizen, since: float) -> set[str]:
    return {heard.key for heard in caller.heard if heard.start_s >= since}


async def are_back(waiting: list[CallingCitizen], killed_at: dict[str, float]) -> None:
    """Wait until each has heard that we are back: then their sessions wait in line again, none only in a row."""
    for caller in waiting:
        await caller.hears("lost.we_are_back", within=40, since=killed_at[caller.call.script.caller])


async def next_of(centre: Centre, name: str, agent: AgentTelephone) -> str:
    """End the agent's conversation; the number of whoever they speak with next."""
    (before,) = await centre.rows(TALKING, agent=name, before="")
    taken = sum(talk.answered_at is not None for talk in agent.conversations)
    going_on = [talk for talk in agent.conversations if not talk.over]  # and not who rings while it is ended
    for talk in going_on:
        await talk.line.hang_up()
    await agent.answered(taken + 1, within=30)
    (now,) = await centre.until(TALKING, agent=name, before=before["call"])
    return str(now["caller"])


def count(what: str, number: int) -> str:
    return f"SELECT n FROM (SELECT count(*) AS n FROM {what}) AS counted WHERE n = {number}"  # noqa: S608 - ours


async def dropped(people: tuple[CallingCitizen, ...]) -> list[bool]:
    return [person.dropped for person in people]


async def test_thirteen_callers_survive_the_death_of_the_server(
    open_centre: OpenCentre, catalogue: Catalogue
) -> None:
    # Sixty seconds of asking again: a loaded machine may take twenty to start a server, and whoever the net has is not
    # the subject here. No wrap-up: an agent whose conversation ends has the next caller at once.
    centre = await asyncio.to_thread(open_centre, lost_pause=2, lost_attempts=30, wrap_up_seconds=0)
    async with AsyncExitStack() as stack:
        agents = {name: await telephone(stack, centre, name) for name in TALKERS}
        wanting = await calls(stack, centre, catalogue, numbers(0, 8), TO_A_PERSON)
        await centre.until(count("queues_agent_states WHERE state = 'talking'", 3), within=TO_THE_QUEUE)
        await centre.until(count("queues_places WHERE agent IS NULL", 5), within=TO_THE_QUEUE)
        # Only now, or some would have listened for so long that they are put through to a person.
        listening = await calls(stack, centre, catalogue, numbers(20, 5), TO_A_MENU)
        for caller in listening:
            await caller.hears("menu.main", within=TO_THE_MENU)
        since = await waiting_since(centre)
        order = [*since]
        assert len(order) == 5
        everybody = wanting + listening
        waiting = [caller for caller in wanting if caller.call.script.caller in order]

        killed_at = {caller.call.script.caller: caller.call.now for caller in everybody}
        await asyncio.to_thread(centre.kill)
        await asyncio.sleep(3)
        assert not any(await dropped(everybody))
        await asyncio.to_thread(centre.start)

        await are_back(waiting, killed_at)
        for caller in listening:
            then = killed_at[caller.call.script.caller]
            back = await caller.hears("lost.we_are_back", within=40, since=then)
            await caller.hears("menu.main", within=40, since=back.start_s)
            assert "language.offer" not in heard_since(caller, then), "they begin anew instead of going on"
        now_since = await waiting_since(centre)
        assert (now_since, [*now_since]) == (since, order)
        states = await centre.rows(
            "SELECT state FROM queues_agent_states WHERE agent IN ('ana', 'jordi', 'luis')"
        )
        assert [row["state"] for row in states] == ["talking"] * 3
        assert not any(await dropped(everybody))

        turns = (*TALKERS, *TALKERS)[: len(order)]
        assert [await next_of(centre, name, agents[name]) for name in turns] == order
        assert not any(await dropped(tuple(waiting)))


async def test_with_the_server_kept_away_the_net_finds_an_agent(
    open_centre: OpenCentre, catalogue: Catalogue
) -> None:
    centre = await asyncio.to_thread(open_centre, lost_pause=1, lost_attempts=2)
    async with AsyncExitStack() as stack:
        ana = await telephone(stack, centre, "ana")
        first = await calls(stack, centre, catalogue, numbers(30, 1), TO_A_PERSON)
        talk = await ana.answered(within=TO_THE_QUEUE)
        second = await calls(stack, centre, catalogue, numbers(31, 1), TO_A_PERSON)
        await centre.until("SELECT 1 FROM queues_places WHERE agent IS NULL", within=TO_THE_QUEUE)
        await asyncio.to_thread(centre.kill)
        await talk.line.hang_up()
        await ana.answered(2, within=40)
        assert not any(await dropped(second))
        assert "Queue" in centre.installation.asterisk.places.full_log.read_text(errors="replace")
        del first


async def test_with_nobody_left_a_number_is_taken_and_imported(
    open_centre: OpenCentre, catalogue: Catalogue
) -> None:
    centre = await asyncio.to_thread(open_centre, lost_pause=1, lost_attempts=1, net_seconds=5)
    async with AsyncExitStack() as stack:
        steps = parse_steps("1@language.offer~0,915551234#@last_resort.ask_number")
        (caller,) = await calls(stack, centre, catalogue, numbers(40, 1), steps)
        await caller.hears("menu.main", within=TO_THE_MENU)
        await asyncio.to_thread(centre.kill)
        await caller.hears("last_resort.thanks", within=TO_THE_MENU)
        spooled = [json.loads(file.read_text()) for file in centre.settings.spool.glob("*.json")]
        assert [one["number"] for one in spooled] == ["+34915551234"]
        await asyncio.to_thread(centre.start)
        (row,) = await centre.until("SELECT number, request FROM server_callbacks", within=30)
        assert row["number"] == "+34915551234"
        assert row["request"]
        async with asyncio.timeout(30):  # its file goes after its row is there
            while list(centre.settings.spool.glob("*.json")):  # noqa: ASYNC110 - a folder tells no event
                await asyncio.sleep(0.1)
