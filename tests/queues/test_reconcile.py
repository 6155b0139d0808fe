"""Comparing with Asterisk: every difference is found, none is invented, and doing it twice does no harm."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queues.agents import Agent, AgentState, State
from queues.net import Add, Member, Pause, Remove, corrections, wanted
from queues.reconcile import STRAY_S, TRAITS, Channel, Finding, Repair, Trait, confirmed, differences
from tests.queues.fakes import call

NOW = 1_800_000_100.0


def state(what: State, number: int | None = None, until: float | None = None) -> AgentState:
    return AgentState("ana", what, 0.0, call=None if number is None else call(number), until=until)


def talk(number: int = 1, *, bridged: bool = True, up: bool = True) -> tuple[Channel, ...]:
    citizen = Channel("PJSIP/trunk-00000001", call(number), call(number), None, up=True, bridged=bridged)
    agent = Channel("PJSIP/agent-ana-00000002", call(900), call(number), "ana", up=up, bridged=bridged)
    return citizen, agent


def left_over(number: int) -> Channel:
    """The agent's leg in a room that everybody else has left."""
    return replace(talk(number)[1], name="PJSIP/agent-ana-00000003", call=call(800), alone=True)


@pytest.mark.parametrize(
    ("believed", "listed", "found"),
    [
        (state(State.TALKING, 1), talk(1), None),
        (state(State.TALKING, 1), (), Repair.TALK_LOST),
        (state(State.TALKING, 1), talk(2), Repair.OTHER_CALL),
        (state(State.READY), talk(1), Repair.TALK_FOUND),
        (state(State.RINGING, 1, NOW + 5), talk(1), Repair.TALK_FOUND),
        (state(State.RINGING, 1, NOW + 5), talk(1, up=False, bridged=False), None),
        (state(State.RINGING, 1, NOW - 5), talk(1, up=False, bridged=False), None),
        (state(State.RESERVED, 1, NOW - 5), (), Repair.LEASE_OVER),
        (state(State.RESERVED, 1, NOW + 5), (), None),
        (state(State.WRAP_UP, 1, NOW + 5), (), None),
        (state(State.SIGNED_OUT), talk(1), None),
        (state(State.RESERVED, 1, NOW - 5), None, Repair.LEASE_OVER),
        (state(State.TALKING, 1), None, None),
        (state(State.TALKING, 1), (*talk(1), left_over(7)), None),
        (state(State.TALKING, 1), (left_over(7), *talk(1)), None),
        (state(State.TALKING, 1), (left_over(7), *talk(1, bridged=False)), None),
        (state(State.TALKING, 1), (left_over(7),), Repair.TALK_LOST),
        (state(State.TALKING, 1), (left_over(1),), None),
        (state(State.TALKING, 1), (left_over(7), *talk(2)), Repair.OTHER_CALL),
        (state(State.RINGING, 1, NOW - STRAY_S - 5), (*talk(1, up=False, bridged=False), left_over(7)), None),
        (state(State.READY), (left_over(7),), None),
    ],
)
def test_each_difference_has_its_repair(
    believed: AgentState, listed: tuple[Channel, ...] | None, found: Repair | None
) -> None:
    repairs = [finding.repair for finding in differences([believed], (), listed, NOW)]
    assert repairs == ([] if found is None else [found])


def test_a_caller_without_a_channel_is_gone_and_one_with_a_channel_is_not() -> None:
    findings = differences([], [call(1), call(2)], talk(1), NOW)
    assert findings == (Finding(Repair.CALLER_GONE, None, call(2)),)
    assert differences([], [call(2)], None, NOW) == ()


def test_a_difference_counts_when_two_looks_agree_and_a_lease_at_once() -> None:
    lost = Finding(Repair.TALK_LOST, "ana", call(1))
    lease = Finding(Repair.LEASE_OVER, "eva", call(2))
    assert confirmed((), (lost, lease)) == (lease,)
    assert confirmed((lost,), (lost,)) == (lost,)
    assert confirmed((Finding(Repair.TALK_LOST, "ana", call(9)),), (lost,)) == ()


def test_every_kind_says_what_finding_it_takes_and_operators_read_the_same() -> None:
    page = (Path(__file__).parents[2] / "docs/repairs.md").read_text("utf-8")
    rows = [line.strip("|").split("|") for line in page.splitlines() if line.startswith("| `")]
    published = {
        row[0].strip(" `"): Trait(
            needs_asterisk=row[4].strip() == "waits", certain_at_once=row[3].strip() == "one look"
        )
        for row in rows
    }
    assert published == {kind.value: trait for kind, trait in TRAITS.items()}
    assert set(TRAITS) == set(Repair)


@pytest.mark.parametrize("kind", Repair)
def test_a_kind_that_is_certain_at_once_needs_one_look_and_every_other_two(kind: Repair) -> None:
    finding = Finding(kind, "ana", call(1))
    assert confirmed((), (finding,)) == ((finding,) if TRAITS[kind].certain_at_once else ())
    assert confirmed((finding,), (finding,)) == (finding,)


members = st.dictionaries(
    st.sampled_from("abcde"), st.builds(Member, st.integers(0, 1), st.booleans(), st.just(""))
)


def with_telephones(people: dict[str, Member]) -> dict[str, Member]:
    return {agent: replace(member, endpoint=f"agent-{agent}") for agent, member in people.items()}


def who_has(people: dict[str, Member], endpoint: str) -> str:
    return next(agent for agent, member in people.items() if member.endpoint == endpoint)


@settings(deadline=None)
@given(members, members)
def test_corrections_make_the_net_as_wanted_and_are_then_none(
    want: dict[str, Member], have: dict[str, Member]
) -> None:
    want, have = with_telephones(want), with_telephones(have)
    members = dict(have)
    for step in corrections(want, have):
        match step:
            case Add(agent, member):
                assert agent not in members
                members[agent] = member
            case Remove(endpoint):
                del members[who_has(members, endpoint)]
            case Pause(endpoint, paused):
                agent = who_has(members, endpoint)
                members[agent] = replace(members[agent], paused=paused)
    assert members == want
    assert corrections(want, members) == ()


def test_everybody_signed_in_is_in_the_net_and_only_an_own_pause_is_mirrored() -> None:
    people = {name: Agent(name, name, level, {"es": 5}) for name, level in (("a", 1), ("b", 2), ("c", 1))}
    states = [AgentState("a", State.WRAP_UP), AgentState("b", State.PAUSED), AgentState("c")]
    assert wanted(people, states) == {"a": Member(0, False, "agent-a"), "b": Member(1, True, "agent-b")}


def test_an_external_provider_is_not_in_the_net_where_nobody_asks_what_a_call_is_about() -> None:
    people = {
        name: Agent(name, name, 1, {"es": 5}, team=team) for name, team in (("a", ""), ("b", "provider"))
    }
    states = [AgentState("a", State.READY), AgentState("b", State.READY)]
    assert set(wanted(people, states, {"provider": frozenset({"general"})})) == {"a"}


def test_whoever_is_on_a_number_outside_is_not_in_the_net_where_nobody_asks_for_the_key() -> None:
    people = {name: Agent(name, name, 1, {"es": 5}) for name in ("a", "b")}
    states = [AgentState("a", State.READY, address="outside"), AgentState("b", State.READY)]
    assert set(wanted(people, states)) == {"b"}


def test_another_telephone_of_the_same_agent_takes_the_place_of_the_old_one() -> None:
    browser, telephone = (
        Member(0, paused=False, endpoint="agent-a"),
        Member(0, paused=False, endpoint="agent-a-sip"),
    )
    assert corrections({"a": telephone}, {"a": browser}) == (Remove("agent-a"), Add("a", telephone))


def test_a_lease_ends_even_where_the_telephone_is_busy_with_something_else() -> None:
    stray = Channel("PJSIP/agent-ana-00000009", call(700), call(700), "ana", up=True, bridged=False)
    own = Channel("PJSIP/agent-ana-00000009", call(701), call(1), "ana", up=True, bridged=False)
    over = state(State.RESERVED, 1, NOW - STRAY_S)
    assert differences([over], (), [stray], NOW) == (Finding(Repair.LEASE_OVER, "ana", call(1)),)
    assert differences([state(State.RESERVED, 1, NOW - STRAY_S + 1)], (), [stray], NOW) == ()
    assert differences([over], (), [own], NOW) == (Finding(Repair.LEASE_OVER, "ana", call(1)),), "with nobody"
    assert differences([over], (), [replace(own, up=False)], NOW) == (), "it may yet be answered"
    assert differences([state(State.RESERVED, 1, NOW - STRAY_S + 1)], (), [own], NOW) == ()
