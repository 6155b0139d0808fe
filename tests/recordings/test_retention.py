"""How long recordings are kept: calendar years, holds, one step at a time."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.listening import Keeping
from recordings.retention import Kept, Next, Term, Terms, ends, planned, step_of, term_of, years_after

FIVE = Term(5, 1)
TERMS = Terms(Term(1, 3), {"bank_account": FIVE, "short": Term(1, 1), "long_blocked": Term(2, 10)})
BEGAN = date(2026, 11, 22)


def kept(
    acts: str = "", keeping: Keeping = Keeping.ACTIVE, hold: str | None = None, began: date = BEGAN
) -> Kept:
    blocked_on = date(2031, 11, 23) if keeping is Keeping.BLOCKED else None
    return Kept("c", began, frozenset(acts.split()), keeping, hold, blocked_on)


def next_of(one: Kept, today: date, term: Term = FIVE) -> Next:
    return step_of(one, term, "bank_account", today).next


@pytest.mark.parametrize(
    ("day", "years", "last"),
    [
        (date(2026, 11, 22), 5, date(2031, 11, 22)),
        (date(2024, 2, 29), 1, date(2025, 2, 28)),
        (date(2024, 2, 29), 4, date(2028, 2, 29)),
        (date(2023, 2, 28), 1, date(2024, 2, 28)),
        (date(2026, 12, 31), 1, date(2027, 12, 31)),
        (date(2026, 1, 1), 0, date(2026, 1, 1)),
        (date(1899, 2, 28), 1, date(1900, 2, 28)),
    ],
)
def test_years_are_calendar_years_from_date_to_date(day: date, years: int, last: date) -> None:
    assert years_after(day, years) == last


@given(day=st.dates(date(1980, 1, 1), date(2080, 12, 31)), years=st.integers(0, 40))
def test_a_term_of_years_is_never_shorter_than_so_many_times_365_days(day: date, years: int) -> None:
    assert years_after(day, years) - day >= timedelta(365 * years)
    assert years_after(day, years).month == day.month


def test_the_last_day_counts_whole() -> None:
    assert next_of(kept(), date(2031, 11, 22)) is Next.STAYS
    assert next_of(kept(), date(2031, 11, 23)) is Next.BLOCK
    assert next_of(kept(keeping=Keeping.BLOCKED), date(2032, 11, 22)) is Next.STAYS
    assert next_of(kept(keeping=Keeping.BLOCKED), date(2032, 11, 23)) is Next.DESTROY


def test_nobody_takes_two_steps_in_one_run() -> None:
    assert next_of(kept(), date(2099, 1, 1)) is Next.BLOCK


@pytest.mark.parametrize("keeping", [Keeping.ACTIVE, Keeping.BLOCKED])
def test_a_hold_stops_both_steps_and_is_reported(keeping: Keeping) -> None:
    assert next_of(kept(keeping=keeping, hold="Juzgado 3"), date(2099, 1, 1)) is Next.HELD
    assert next_of(kept(keeping=keeping, hold="Juzgado 3"), date(2027, 1, 1)) is Next.STAYS


def test_what_is_destroyed_stays_destroyed() -> None:
    assert next_of(kept(keeping=Keeping.DESTROYED), date(2099, 1, 1)) is Next.STAYS


def test_of_several_acts_the_longest_counts_for_each_of_the_two_times() -> None:
    assert term_of(kept(""), TERMS) == (Term(1, 3), "")
    assert term_of(kept("bank_account short"), TERMS) == (FIVE, "bank_account")
    assert term_of(kept("bank_account long_blocked"), TERMS) == (Term(5, 7), "long_blocked")


def test_an_act_without_a_term_keeps_its_recordings_and_is_named() -> None:
    plan = planned([kept("strange"), kept("short strange"), kept("short")], TERMS, date(2099, 1, 1))
    assert (plan.stay, plan.strange, len(plan.steps)) == (2, frozenset({"strange"}), 1)


def test_a_plan_says_of_each_what_by_whose_term_and_until_when() -> None:
    plan = planned([kept("bank_account")], TERMS, date(2031, 11, 23))
    (step,) = plan.of(Next.BLOCK)
    assert (step.act, step.ends) == ("bank_account", ends(BEGAN, FIVE))
    assert plan.of(Next.DESTROY) == ()
