"""The loop the server runs on: the same door, noise and the great rush."""

import asyncio

import uvloop
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr.adapters.descriptors import allow_open_files
from tests.ivr.greetings import greeting
from tests.ivr.office import Office, serves


def test_on_uvloop_too_none_of_a_thousand_calls_in_the_same_instant_is_lost() -> None:
    allow_open_files(4096)
    calls = [f"ventanilla-1763791200.{number}" for number in range(1000)]

    async def rush() -> Office:
        office = Office()
        await office.door.open("127.0.0.1", 0)
        await asyncio.gather(*(serves(office, call) for call in calls))
        await office.door.close(0)
        return office

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        office = runner.run(rush())
    assert sorted(office.answered) == sorted(calls)
    assert office.endings == ["done"] * 1000
    assert office.refusals == []


def test_no_bytes_whatever_open_the_door_or_break_it() -> None:
    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
    @given(st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=4))
    def knock(pieces: list[bytes]) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(scenario(pieces))

    async def scenario(pieces: list[bytes]) -> None:
        office = Office()
        await office.door.open("127.0.0.1", 0)
        peer = await office.call(greeting(secret="guessed")[:-1])
        try:
            for piece in pieces:
                peer.say(piece)
            peer.say(b"\n\n")
            assert await peer.dropped()
            peer.leave()
            assert office.answered == []
            await serves(office)
        finally:
            await office.door.close(0)
            await asyncio.sleep(0.01)  # the loop ends with this test: let it see the sockets close

    knock()
