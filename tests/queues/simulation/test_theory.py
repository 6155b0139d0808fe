"""The proof against queueing theory: the exact figures themselves, and its short form. The long form: `make theory`."""

import pytest

from benchmarks.theory_chains import Chain, solve
from benchmarks.theory_formulas import (
    Skilled,
    erlang_a,
    erlang_b,
    erlang_c,
    fcfs_alis,
    limited,
    priorities,
    shared_room,
)
from benchmarks.theory_runs import run
from benchmarks.theory_systems import LISTED, QUICK, System, everything


@pytest.mark.parametrize(
    ("load", "agents", "lost", "waits"),
    [
        (10, 15, 0.03649695, 0.10204237),
        (20, 25, 0.05022178, 0.20910283),
        (45, 50, 0.05410447, 0.36386447),
        (48, 50, 0.08333735, 0.69445561),
        (90, 100, 0.02695738, 0.21694048),
        (190, 200, 0.02796816, 0.36526386),
        (950, 1000, 0.00364929, 0.06825342),
    ],
)
def test_erlang_b_and_c_are_the_known_figures(load: float, agents: int, lost: float, waits: float) -> None:
    assert erlang_b(load, agents) == pytest.approx(lost, abs=1e-8)
    assert erlang_c(load, 1.0, agents).wait == pytest.approx(waits, abs=1e-8)


def test_erlang_c_is_pyworkforces() -> None:
    assert erlang_c(10, 1.0, 14).wait == pytest.approx(0.1741319336, abs=1e-10)
    assert erlang_c(48, 1.0, 50).mean * 60 == pytest.approx(20.83, abs=0.005)


@pytest.mark.parametrize(
    ("arrivals", "agents", "patience", "waits", "gives_up"),
    [
        (48, 50, 2, 0.46777, 0.03091),
        (100, 100, 1, 0.513299, 0.039861),
        (100, 95, 1, 0.704821, 0.069453),
        (105, 100, 2, 0.802613, 0.060369),
        (1000, 1000, 1, 0.504205, 0.012615),
    ],
)
def test_erlang_a_is_the_known_figures(
    arrivals: float, agents: int, patience: float, waits: float, gives_up: float
) -> None:
    exact = erlang_a(arrivals, 1.0, agents, patience)
    assert exact.wait == pytest.approx(waits, abs=1e-5)
    assert exact.abandoned == pytest.approx(gives_up, abs=1e-5)


def test_the_garnett_example_in_full() -> None:
    exact = erlang_a(48, 1.0, 50, 2)
    assert exact.mean * 60 == pytest.approx(3.71, abs=0.005)
    assert exact.occupancy == pytest.approx(0.9303, abs=1e-4)


@pytest.mark.parametrize(
    ("load", "every", "single"),
    [
        (77.4, (0.000168, 0.1093, 0.0828, 0.9423), (0.007370, 1.9404)),
        (84.0, (0.003643, 0.3797, 0.4500, 0.7329), (0.041659, 3.0543)),
        (90.0, (0.023492, 0.7217, 1.2430, 0.3865), (0.091378, 3.6240)),
    ],
)
def test_ninety_agents_and_six_subjects_at_both_ends(
    load: float, every: tuple[float, ...], single: tuple[float, ...]
) -> None:
    together = limited(load / 10, 0.1, 90, 120, 0.5)
    apart = shared_room(load / 60, 0.1, 15, 6, 120)
    assert (together.wait, together.mean, together.within) == pytest.approx(every[1:], abs=6e-5)
    assert together.blocked == pytest.approx(every[0], abs=6e-7)
    assert apart.blocked == pytest.approx(single[0], abs=6e-7)
    assert apart.mean == pytest.approx(single[1], abs=6e-5)


@pytest.mark.parametrize(
    ("name", "figures"),
    [
        ("N", [(1.20382, 0.60191), (2.87580, 0.84076)]),
        ("W", [(1.07599, 0.64559), (0.87873, 0.58821)]),
        ("ring of 6", [(0.49636, 0.55526)] * 3),
        ("four speeds", [(0.13651, 0.24768), (0.21446, 0.33877), (0.48627, 0.51545)]),
    ],
)
def test_the_product_form_is_the_known_figures(name: str, figures: list[tuple[float, float]]) -> None:
    exact = fcfs_alis(LISTED[name])
    for one, known in zip(exact, figures, strict=True):
        assert (one.mean, one.wait) == pytest.approx(known, abs=6e-6)


def test_the_product_form_and_the_markov_chain_agree_though_they_share_nothing() -> None:
    serves = (frozenset({0}), frozenset({0, 1}), frozenset({1, 2}))
    product = fcfs_alis(Skilled((0.2, 0.15, 0.1), (1.0, 0.8, 1.2), serves))
    rank = tuple(dict.fromkeys(who, 0) for who in serves)
    chain = solve(Chain((0.2, 0.15, 0.1), (1.0, 0.8, 1.2), rank, room=7))
    for one, other in zip(product, chain, strict=True):
        assert (one.wait, one.mean) == pytest.approx((other.wait, other.mean), abs=2e-5)


def test_a_system_that_cannot_keep_up_has_no_figures() -> None:
    with pytest.raises(ValueError, match="cannot keep up"):
        fcfs_alis(Skilled((1.2, 0.2), (1.0, 1.0), (frozenset({0}), frozenset({1}))))


def test_classes_of_priority_together_wait_as_one() -> None:
    classes = priorities((4.0, 6.0, 8.0), 1.0, 20)
    together = erlang_c(18.0, 1.0, 20)
    mean = sum(one.mean * rate for one, rate in zip(classes, (4, 6, 8), strict=True)) / 18
    assert mean == pytest.approx(together.mean)


@pytest.fixture(scope="module")
def quick() -> dict[str, tuple[int, System]]:
    """The systems of the short form, with their seeds; one has a chain that takes ten seconds to solve."""
    return {system.name: (number, system) for number, system in enumerate(everything(quick=True))}


@pytest.mark.parametrize("name", sorted(QUICK))
def test_the_router_is_where_theory_says(name: str, quick: dict[str, tuple[int, System]]) -> None:
    number, system = quick[name]
    comparisons = sum(len(one.figures) for _, one in quick.values())
    tally = run(system, number)
    for figure in system.figures:
        ours = tally.interval(figure, comparisons)
        assert ours.holds_all(figure.exact), (figure, ours)
