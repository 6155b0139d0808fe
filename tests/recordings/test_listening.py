"""Who may listen: the whole table of roles and states, the second person, the times."""

from dataclasses import replace

import pytest

from recordings.listening import (
    ASKED_S,
    GRANTED_S,
    Asked,
    Keeping,
    Person,
    Purpose,
    Role,
    Verdict,
    judged,
    may_search,
    may_second,
    opens,
    reason_of,
)

ANA, PILAR, ROSA, TOMAS = (
    Person(name, role)
    for name, role in (
        ("ana", Role.AGENT),
        ("pilar", Role.SUPERVISOR),
        ("rosa", Role.AUDITOR),
        ("tomas", Role.AUTHORITY),
    )
)
D, G, U, S, X = Verdict.DENIED, Verdict.GRANTED, Verdict.UNKNOWN, Verdict.SECOND, Verdict.DESTROYED
TABLE = {  # active, blocked, destroyed; then the same of a protected person
    ANA: (D, D, D, D, D, D),
    PILAR: (G, U, X, S, U, X),
    ROSA: (G, U, X, S, U, X),
    TOMAS: (G, G, X, S, S, X),
}
ASKED = Asked("1" * 32, "c", Purpose.LISTEN, PILAR, "reclamación", 1_000.0, protected=False)
PROTECTED = replace(ASKED, protected=True)


@pytest.mark.parametrize("who", TABLE, ids=lambda one: one.name)
def test_the_whole_table(who: Person) -> None:
    cases = [(keeping, protected) for protected in (False, True) for keeping in Keeping]
    assert tuple(judged(who, keeping, protected=protected) for keeping, protected in cases) == TABLE[who]
    assert may_search(who.role) == (who is not ANA)


def test_a_grant_is_ones_own_and_for_a_while() -> None:
    assert opens(ASKED, PILAR, Keeping.ACTIVE, 1_000.0)
    assert opens(ASKED, PILAR, Keeping.ACTIVE, 1_000.0 + GRANTED_S - 1)
    assert not opens(ASKED, PILAR, Keeping.ACTIVE, 1_000.0 + GRANTED_S)
    assert not opens(ASKED, ROSA, Keeping.ACTIVE, 1_000.0)
    assert not opens(ASKED, PILAR, Keeping.ACTIVE, 999.0)  # a clock that was set back opens nothing


def test_a_grant_ends_when_the_recording_is_blocked_or_the_role_is_taken_away() -> None:
    assert not opens(ASKED, PILAR, Keeping.BLOCKED, 1_001.0)
    assert not opens(ASKED, PILAR, Keeping.DESTROYED, 1_001.0)
    assert not opens(ASKED, Person("pilar", Role.AGENT), Keeping.ACTIVE, 1_001.0)


def test_a_protected_persons_recording_opens_only_after_somebody_else_agreed() -> None:
    assert not opens(PROTECTED, PILAR, Keeping.ACTIVE, 1_001.0)
    agreed = replace(PROTECTED, second="rosa", seconded_at=2_000.0)
    assert opens(agreed, PILAR, Keeping.ACTIVE, 2_000.0 + GRANTED_S - 1)
    assert not opens(agreed, ROSA, Keeping.ACTIVE, 2_001.0)


def test_who_agrees_is_another_who_may_listen_in_time_and_once() -> None:
    assert may_second(PROTECTED, ROSA, 1_001.0)
    assert may_second(PROTECTED, TOMAS, 1_001.0)
    assert not may_second(PROTECTED, PILAR, 1_001.0)
    assert not may_second(PROTECTED, Person("pilar", Role.AUDITOR), 1_001.0)
    assert not may_second(PROTECTED, ANA, 1_001.0)
    assert not may_second(PROTECTED, ROSA, 1_000.0 + ASKED_S)
    assert not may_second(replace(PROTECTED, second="rosa", seconded_at=1_001.0), TOMAS, 1_002.0)
    assert not may_second(ASKED, ROSA, 1_001.0)


@pytest.mark.parametrize("typed", ["", "    ", "abcd", "x" * 201, "a\x07bcdef"])
def test_no_reason_or_a_page_of_it_is_no_reason(typed: str) -> None:
    with pytest.raises(ValueError, match="reason"):
        reason_of(typed)


def test_a_reason_is_kept_tidy() -> None:
    assert reason_of("  queja   2026-0000123-8\n") == "queja 2026-0000123-8"
