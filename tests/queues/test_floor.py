"""The floor live: sessions wait and are served; desks act; nothing and nobody is lost or stuck."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from queues import facts as fact
from queues.adapters.ears import Ears
from queues.adapters.floor import Floor, Superseded
from queues.agents import IllegalHappening, State, UnknownAgent
from queues.limits import Limits
from queues.ports import Reservation
from queues.reconcile import Channel, differences
from tests.queues.fakes import Clock, Form, MemoryStore, PaperAsterisk, SlowStore, call


class House:
    """A floor with its neighbours; `restart` is a server that was killed and started again."""

    def __init__(self) -> None:
        self.clock, self.store, self.said = Clock(), MemoryStore(), list[object]()
        self.floor = Floor(self.store, self.said.append, self.clock)
        self.ears = Ears(self.floor, self.said.append, lambda: None)

    async def restart(self) -> None:
        await self.floor.close()
        self.floor = await Floor(self.store, self.said.append, self.clock).open()
        self.ears = Ears(self.floor, self.said.append, lambda: None)

    def kinds(self) -> list[str]:
        return [type(said).__name__ for said in self.said]

    def state(self, agent: str) -> State:
        return self.floor.state(agent).state

    def waits(self, form: Form) -> asyncio.Task[Reservation]:
        return asyncio.create_task(self.floor.wait(form), name=f"session {form.call}")

    def sweep(self) -> None:
        """A comparison while Asterisk cannot be asked."""
        states = self.floor.hall.states.values()
        self.floor.repair(differences(states, (), None, self.clock()))


@asynccontextmanager
async def a_house() -> AsyncIterator[House]:
    house = House()
    await house.floor.open()
    yield house
    await house.floor.close()


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_caller_gets_the_agent_and_the_call_runs_through_to_ready() -> None:
    async with a_house() as house:
        waiting = house.waits(Form(call(1)))
        await settled()
        assert house.floor.place(call(1)) is not None
        await house.floor.sign_in("ana", "browser")
        reservation = await waiting
        assert (reservation.agent, reservation.endpoint) == ("ana", "agent-ana")
        house.ears.agent_rings("ana", call(1))
        house.ears.agent_answered("ana", call(1))
        assert house.state("ana") is State.TALKING
        house.clock.passes(100)
        house.floor.ended(call(1))
        assert house.state("ana") is State.WRAP_UP
        await house.floor.wrap_up_done("ana")
        assert house.state("ana") is State.READY
        said = [kind for kind in house.kinds() if kind != "AgentStateChanged"]
        assert said[:2] == ["CallerWaiting", "NobodyCanServe"]  # nobody was signed in yet
        assert said[2:] == ["AgentReserved", "AgentRinging", "TalkStarted", "TalkEnded"]


async def test_no_answer_returns_the_caller_to_the_place_and_sets_the_agent_aside() -> None:
    async with a_house() as house:
        await house.floor.sign_in("ana", "browser")
        first = house.waits(Form(call(1)))
        await first
        behind = house.waits(Form(call(2)))
        house.clock.passes(15)
        house.floor.rang_out(call(1), "ana")
        assert house.floor.state("ana").reason == "no_answer"
        again = house.waits(Form(call(1)))
        await settled()
        assert [row.call for row in house.floor.board().waiting] == [call(1), call(2)]
        await house.floor.ready("ana")
        assert (await again).agent == "ana"
        assert not behind.done()
        behind.cancel()


async def test_cancelling_keeps_the_place_and_leaving_gives_it_up() -> None:
    async with a_house() as house:
        first, second = house.waits(Form(call(1))), house.waits(Form(call(2)))
        await settled()
        first.cancel()
        await settled()
        assert [row.here for row in house.floor.board().waiting] == [False, True]
        house.floor.left(call(1))
        await house.floor.sign_in("ana", "browser")
        assert (await second).agent == "ana"
        assert [ended.kind for ended in house.store.outcomes] == ["abandoned"]


async def test_a_session_that_dies_while_its_agent_is_reserved_frees_the_agent() -> None:
    async with a_house() as house:
        waiting = house.waits(Form(call(1)))
        await settled()
        waiting.cancel()
        await house.floor.sign_in("ana", "browser")
        await settled()
        assert house.state("ana") is State.READY


async def test_a_second_session_of_the_same_call_takes_over() -> None:
    async with a_house() as house:
        first = house.waits(Form(call(1)))
        await settled()
        second = house.waits(Form(call(1)))
        with pytest.raises(Superseded):
            await first
        await house.floor.sign_in("ana", "browser")
        assert (await second).agent == "ana"


async def test_passing_on_to_the_second_level_waits_anew_while_the_first_wraps_up() -> None:
    async with a_house() as house:
        await house.floor.sign_in("ana", "browser")
        await house.floor.sign_in("marta", "browser")
        await house.waits(Form(call(1)))
        house.floor.answered(call(1))
        house.ears.agent_hung_up("ana", call(1))
        reservation = await house.waits(Form(call(1), level=2))
        assert reservation.agent == "marta"
        assert house.state("ana") is State.WRAP_UP


async def test_who_is_passed_on_keeps_the_turn_and_the_talk_counts_as_no_waiting() -> None:
    async with a_house() as house:
        began = house.clock()
        await house.floor.sign_in("ana", "browser")
        await house.waits(Form(call(1), since=began))
        house.floor.answered(call(1))
        house.clock.passes(300)
        house.floor.ended(call(1))
        passed_on = house.waits(Form(call(1), level=2, since=began))
        await settled()
        house.clock.passes(20)
        await house.floor.sign_in("marta", "browser")
        await passed_on
        house.floor.answered(call(1))
        waits = [said.waited for said in house.said if isinstance(said, fact.TalkStarted)]
        assert waits == [0, 20]
        (turn,) = [place.wish.since for place in house.floor.hall.places.values()]
        assert turn == began


async def test_a_lease_is_renewed_when_the_telephone_begins_to_ring() -> None:
    async with a_house() as house:
        await house.floor.sign_in("ana", "browser")
        await house.waits(Form(call(1)))
        house.clock.passes(house.floor.limits.lease_s - 1)
        house.ears.agent_rings("ana", call(1))
        house.clock.passes(2)
        house.sweep()
        assert house.state("ana") is State.RINGING


async def test_events_that_fit_no_reservation_change_nothing() -> None:
    async with a_house() as house:
        await house.floor.sign_in("ana", "browser")
        before = house.floor.state("ana")
        house.ears.agent_rings("ana", call(9))
        house.ears.agent_answered("ana", call(9))
        house.ears.agent_hung_up("ana", call(9))
        house.ears.agent_answered("mallory", call(9))
        assert house.floor.state("ana") == before


async def test_a_forged_hang_up_of_a_caller_whose_session_lives_is_not_believed() -> None:
    async with a_house() as house:
        waiting = house.waits(Form(call(1)))
        await settled()
        house.ears.caller_hung_up(call(1))
        assert house.floor.place(call(1)) is not None
        waiting.cancel()


async def test_an_expired_lease_frees_the_agent_and_the_caller_keeps_the_place() -> None:
    async with a_house() as house:
        await house.floor.sign_in("ana", "browser")
        await house.waits(Form(call(1)))
        house.sweep()
        assert house.state("ana") is State.RESERVED
        house.clock.passes(house.floor.limits.lease_s)
        house.sweep()
        assert house.state("ana") is State.READY
        assert "LeaseExpired" in house.kinds()
        assert house.floor.place(call(1)) is not None


async def test_a_wrap_up_ends_at_its_limit_by_itself() -> None:
    async with a_house() as house:
        await house.floor.sign_in("ana", "browser")
        await house.waits(Form(call(1)))
        house.floor.answered(call(1))
        house.floor.ended(call(1))
        house.clock.passes(house.floor.limits.wrap_up_s - 1)
        house.floor.tick()
        assert house.state("ana") is State.WRAP_UP
        house.clock.passes(1)
        house.floor.tick()
        assert house.state("ana") is State.READY


async def test_a_telephone_that_is_not_there_is_offered_no_call_and_shown_as_unreachable() -> None:
    async with a_house() as house:
        await house.floor.sign_in("ana", "browser")
        house.floor.telephone("ana", reachable=False)
        waiting = house.waits(Form(call(1)))
        await settled()
        rows = {row.name: row.state for row in house.floor.board().agents}
        assert rows["ana"] == "unreachable"
        assert not waiting.done()
        house.floor.telephone("ana", reachable=True)
        assert (await waiting).agent == "ana"


async def test_a_restart_keeps_states_places_and_their_order() -> None:
    async with a_house() as house:
        await house.floor.sign_in("ana", "browser")
        await house.floor.sign_in("jordi", "sip:201@192.0.2.7")
        await house.floor.pause("ana", "rest")
        await house.floor.pause("jordi", "training")
        sessions = []
        for number in range(3):
            sessions.append(house.waits(Form(call(number))))
            await settled()
            house.clock.passes(10)
        await house.restart()
        assert house.floor.state("ana").reason == "rest"
        assert house.floor.state("jordi").address == "sip:201@192.0.2.7"
        for session in sessions:
            session.cancel()
        back = {number: house.waits(Form(call(number))) for number in (2, 0)}
        await settled()
        assert [row.call for row in house.floor.board().waiting] == [call(0), call(1), call(2)]
        since = [row.since for row in house.floor.board().waiting]
        assert since == [house.clock() - 30, house.clock() - 20, house.clock() - 10]
        await house.floor.ready("ana")
        assert (await back[0]).agent == "ana"
        back[2].cancel()


async def test_an_agent_is_kept_for_an_older_caller_who_is_about_to_come_back() -> None:
    async with a_house() as house:
        older, younger = house.waits(Form(call(1))), house.waits(Form(call(2)))
        await settled()
        await house.restart()
        older.cancel()
        younger.cancel()
        back_first = house.waits(Form(call(2)))
        await house.floor.sign_in("ana", "browser")
        assert not back_first.done()
        assert (await house.waits(Form(call(1)))).agent == "ana"
        back_first.cancel()


async def test_a_caller_who_does_not_come_back_holds_nobody_up() -> None:
    async with a_house() as house:
        gone = house.waits(Form(call(1)))
        await settled()
        await house.restart()
        gone.cancel()
        waiting = house.waits(Form(call(2)))
        await house.floor.sign_in("ana", "browser")
        house.clock.passes(house.floor.limits.return_grace_s + 1)
        house.floor.tick()
        assert (await waiting).agent == "ana"
        house.clock.passes(house.floor.limits.place_keep_s)
        house.floor.tick()
        assert house.floor.place(call(1)) is None


async def test_a_talk_over_a_restart_goes_on_and_ends_in_wrap_up_with_its_limit() -> None:
    async with a_house() as house:
        await house.floor.sign_in("ana", "browser")
        await house.waits(Form(call(1)))
        house.floor.answered(call(1))
        await house.restart()
        assert (house.state("ana"), house.floor.state("ana").call) == (State.TALKING, call(1))
        house.ears.agent_hung_up("ana", call(1))
        until = house.floor.state("ana").until
        await house.restart()
        assert (house.state("ana"), house.floor.state("ana").until) == (State.WRAP_UP, until)
        assert [ended.kind for ended in house.store.outcomes] == ["answered"]


async def test_illegal_wishes_of_a_desk_are_refused_and_change_nothing() -> None:
    async with a_house() as house:
        with pytest.raises(IllegalHappening):
            await house.floor.ready("ana")
        with pytest.raises(UnknownAgent):
            await house.floor.sign_in("mallory", "browser")
        assert house.state("ana") is State.SIGNED_OUT


async def test_hanging_up_the_agent_names_the_channel_of_that_call_only() -> None:
    async with a_house() as house:
        asterisk = PaperAsterisk()
        house.floor.asterisk = asterisk
        await house.floor.sign_in("ana", "browser")
        await house.waits(Form(call(1)))
        assert not await house.floor.hang_up_agent(call(1))
        caller = Channel("PJSIP/trunk-00000001", call(1), call(1), None, up=True, bridged=True)
        asterisk.listed = (caller, channel("ana", 5, linked=1), channel("jordi", 6, linked=1))
        assert await house.floor.hang_up_agent(call(1))
        assert asterisk.waiting_again == ["PJSIP/trunk-00000001"]
        assert asterisk.hung_up == ["PJSIP/agent-ana-00000005"]


async def test_a_reservation_is_explained_in_the_fact() -> None:
    async with a_house() as house:
        await house.floor.sign_in("ana", "browser")
        await house.waits(Form(call(1)))
        (reserved,) = [said for said in house.said if isinstance(said, fact.AgentReserved)]
        assert any("ana fits best: language 5" in reason for reason in reserved.reasons)


def channel(agent: str, number: int, *, linked: int) -> Channel:
    name = f"PJSIP/agent-{agent}-{number:08x}"
    return Channel(name, call(number), call(linked), agent, up=True, bridged=True)


async def test_a_session_hears_of_its_agent_only_when_that_is_on_disk() -> None:
    store, said = SlowStore(), list[object]()
    limits = Limits(durable_s=3600.0)
    floor = await Floor(store, said.append, Clock(), limits=limits).open()
    await floor.sign_in("ana")
    store.slow = True
    session = asyncio.create_task(floor.wait(Form(call(1))))
    await settled()
    assert floor.state("ana").state is State.RESERVED
    assert not session.done()
    assert not any(isinstance(one, fact.AgentReserved) for one in said)
    store.written()
    assert (await session).agent == "ana"
    store.slow = False
    await floor.close()


async def test_a_disk_that_is_never_done_does_not_keep_a_caller_from_an_agent() -> None:
    store = SlowStore()
    floor = await Floor(store, lambda _fact: None, Clock(), limits=Limits(durable_s=0.01)).open()
    await floor.sign_in("ana")
    store.slow = True
    async with asyncio.timeout(20):
        assert (await floor.wait(Form(call(1)))).agent == "ana"
    assert store.pending
    store.written()
    await settled()
    store.slow = False
    await floor.close()


async def test_agents_are_taken_up_changed_and_struck_off_while_calls_go_on() -> None:
    store = MemoryStore()
    floor = await Floor(store, lambda _fact: None, Clock()).open()
    await floor.sign_in("ana")
    await floor.sign_in("jordi")
    await floor.wait(Form(call(1), language="ca"))
    ana, jordi, *others = await store.agents()
    eva = replace(ana, name="eva", display="Eva Sanz")
    store.people = (replace(ana, languages={"es": 5, "eu": 5}), eva, *others)
    await floor.enrol()
    assert (await floor.sign_in("eva")).state is State.READY
    assert (await floor.wait(Form(call(2), language="eu"))).agent == "ana"
    assert (jordi.name, floor.state("jordi").state, floor.state("jordi").then) == (
        "jordi",
        State.RESERVED,
        "signed_out",
    )
    await floor.close()
