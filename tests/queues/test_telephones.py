"""Which telephone is rung follows from what the agent signed in with."""

import asyncio

import pytest

from queues.agents import NO_ANSWER, State
from queues.telephones import OUTSIDE, endpoint, in_net, line, outside, owner, tells
from tests.queues.fakes import Form, call
from tests.queues.test_floor import a_house


@pytest.mark.parametrize(
    ("address", "rung", "named"),
    [
        ("browser", "agent-ana", "ana"),
        ("", "agent-ana", "ana"),
        ("telephone", "agent-ana-sip", "ana-sip"),
        ("sip:201@127.0.0.1:5070", "agent-ana-sip/sip:201@127.0.0.1:5070", "ana-sip"),
    ],
)
def test_every_address_has_its_endpoint_and_its_line(address: str, rung: str, named: str) -> None:
    assert endpoint("ana", address) == rung
    assert line("ana", address) == named
    assert owner(named) == "ana"


def test_of_a_fixed_address_asterisk_knows_nothing_beforehand() -> None:
    assert tells("browser")
    assert tells("telephone")
    assert not tells("sip:201@127.0.0.1")


def test_a_number_outside_is_rung_by_the_agents_name_and_asterisk_knows_nothing_of_it_beforehand() -> None:
    assert endpoint("ana", OUTSIDE) == "outside-ana"
    assert outside("outside-ana") == "ana"
    assert outside("agent-ana") is None
    assert not tells(OUTSIDE)
    assert not in_net(OUTSIDE)
    assert in_net("browser")


async def test_whoever_is_outside_is_offered_calls_though_no_telephone_of_theirs_is_there() -> None:
    async with a_house() as house:
        house.floor.telephone("ana", reachable=False)
        house.floor.telephone("ana-sip", reachable=False)
        await house.floor.sign_in("ana", OUTSIDE)
        reservation = await house.waits(Form(call(1)))
        assert (reservation.agent, reservation.endpoint) == ("ana", "outside-ana")
        house.floor.rings("ana", call(1))
        house.floor.rang_out(call(1))
        assert house.floor.state("ana").state is State.PAUSED
        assert house.floor.state("ana").reason == NO_ANSWER


async def test_an_agent_is_rung_where_they_signed_in() -> None:
    async with a_house() as house:
        house.floor.telephone("ana", reachable=False)
        await house.floor.sign_in("ana", "telephone")
        assert (await house.waits(Form(call(1)))).endpoint == "agent-ana-sip"


async def test_an_agent_whose_own_telephone_is_gone_is_offered_no_call() -> None:
    async with a_house() as house:
        await house.floor.sign_in("ana", "telephone")
        house.floor.telephone("ana-sip", reachable=False)
        waiting = house.waits(Form(call(1)))
        await asyncio.sleep(0)
        assert not waiting.done()
        house.floor.telephone("ana-sip", reachable=True)
        assert (await waiting).agent == "ana"
