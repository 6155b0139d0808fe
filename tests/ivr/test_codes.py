"""One-time codes: the rules alone, and kept in both databases."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from ivr import codes
from ivr.adapters import tables
from ivr.adapters.codes import SqlCodes
from ivr.codes import Issued, Limits
from tests.databases import DIALECTS, opened

NOW = 1763982000.0
KEY = b"a key of the tests"
LIMITS = Limits(per_hour=3, per_day=5, good_for_s=300.0)
BINDING = ("c-1", "maria", "address")


def kept(code: str = "123456", tries: int = 0, *, spent: bool = False) -> Issued:
    return Issued(codes.hashed(KEY, BINDING, code), NOW, tries, spent)


def tried(code: str, *binding: str) -> str:
    return codes.hashed(KEY, binding or BINDING, code)


def test_money_takes_eight_digits_and_everything_else_six() -> None:
    assert codes.length("bank_account") == 8
    assert codes.length("address") == codes.length("identity") == 6


@given(st.integers(4, 9), st.integers(0))
def test_a_code_has_all_its_digits_whatever_chance_says(digits: int, chance: int) -> None:
    code = codes.make(digits, lambda below: chance % below)
    assert len(code) == digits
    assert code.isdecimal()


def test_a_code_is_right_in_its_own_call_for_its_own_person_and_procedure_only() -> None:
    assert codes.judge(kept(), tried("123456"), NOW, LIMITS) == "right"
    for other in (("c-2", "maria", "address"), ("c-1", "jose", "address"), ("c-1", "maria", "bank_account")):
        assert codes.judge(kept(), tried("123456", *other), NOW, LIMITS) == "wrong"


def test_a_code_is_good_for_five_minutes_and_three_tries_and_once() -> None:
    assert codes.judge(kept(), tried("123456"), NOW + 300, LIMITS) == "right"
    assert codes.judge(kept(), tried("123456"), NOW + 301, LIMITS) == "expired"
    assert codes.judge(kept(), tried("123456"), NOW - 1, LIMITS) == "expired"
    assert codes.judge(kept(tries=1), tried("000000"), NOW, LIMITS) == "wrong"
    assert codes.judge(kept(tries=2), tried("000000"), NOW, LIMITS) == "worn_out"
    assert codes.judge(kept(tries=2), tried("123456"), NOW, LIMITS) == "right"
    assert codes.judge(kept(tries=3), tried("123456"), NOW, LIMITS) == "worn_out"
    assert codes.judge(kept(spent=True), tried("123456"), NOW, LIMITS) == "expired"
    assert codes.judge(None, tried("123456"), NOW, LIMITS) == "expired"


@given(st.text("0123456789", min_size=6, max_size=6))
def test_any_other_code_is_wrong(keyed: str) -> None:
    verdict = codes.judge(kept(), tried(keyed), NOW, LIMITS)
    assert verdict == ("right" if keyed == "123456" else "wrong")


def test_three_codes_an_hour_and_five_a_day_are_enough() -> None:
    assert not codes.too_many([NOW] * 3, NOW, LIMITS)
    assert codes.too_many([NOW] * 4, NOW, LIMITS)
    earlier = [NOW - 3600 * hour for hour in (2, 4, 6, 8)]
    assert not codes.too_many([*earlier, NOW], NOW, LIMITS)
    assert codes.too_many([*earlier, NOW - 3601, NOW], NOW, LIMITS)


def test_a_contact_is_believed_after_three_days() -> None:
    assert not codes.settled(NOW - 72 * 3600 + 1, NOW, 72)
    assert codes.settled(NOW - 72 * 3600, NOW, 72)


@pytest.fixture(params=DIALECTS)
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    async with opened(request.param, tmp_path, tables.metadata) as engine:
        yield engine


@pytest.fixture
def store(engine: AsyncEngine) -> SqlCodes:
    return SqlCodes(engine, KEY, lambda: LIMITS)


async def issued(store: SqlCodes, call: str = "c-1", at: float = NOW) -> str:
    code = await store.issue(call, "maria", "address", 6, at, "+34600000001")
    assert code is not None
    return code


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


async def test_a_code_is_spent_by_being_right(store: SqlCodes) -> None:
    code = await issued(store)
    assert await store.check(*BINDING, code, NOW + 60) == "right"
    assert await store.check(*BINDING, code, NOW + 61) == "expired", "a replay proves nothing"


async def test_a_code_replayed_in_another_call_or_for_another_procedure_proves_nothing(
    store: SqlCodes,
) -> None:
    code = await issued(store)
    assert await store.check("c-2", "maria", "address", code, NOW) == "expired"
    assert await store.check("c-1", "jose", "address", code, NOW) == "expired"
    assert await store.check("c-1", "maria", "bank_account", code, NOW) == "expired"
    assert await store.check(*BINDING, code, NOW) == "right"


async def test_three_wrong_tries_wear_a_code_out(store: SqlCodes) -> None:
    code = await issued(store)
    tries = [await store.check(*BINDING, other_than(code), NOW) for _ in range(3)]
    assert tries == ["wrong", "wrong", "worn_out"]
    assert await store.check(*BINDING, code, NOW) == "worn_out"


async def test_a_new_code_takes_the_place_of_the_one_before(store: SqlCodes) -> None:
    first, second = await issued(store), await issued(store, at=NOW + 1)
    if first != second:
        assert await store.check(*BINDING, first, NOW + 2) == "wrong"
    assert await store.check(*BINDING, second, NOW + 2) == "right"


async def test_a_code_is_judged_by_the_limits_of_now(engine: AsyncEngine) -> None:
    good_for_s = [60.0]
    store = SqlCodes(engine, KEY, lambda: replace(LIMITS, good_for_s=good_for_s[0]))
    code = await issued(store)
    assert await store.check(*BINDING, code, NOW + 90) == "expired"
    good_for_s[:] = [120.0]
    assert await store.check(*BINDING, code, NOW + 90) == "right"


async def test_of_many_tries_at_once_one_is_right_at_most(store: SqlCodes) -> None:
    code = await issued(store)
    verdicts = await asyncio.gather(*(store.check(*BINDING, code, NOW) for _ in range(5)))
    assert verdicts.count("right") == 1


async def test_the_limits_hold_over_calls_and_a_refused_code_costs_nothing(store: SqlCodes) -> None:
    for number in range(3):
        await issued(store, f"c-{number}")
    for _ in range(3):
        assert await store.issue("c-9", "maria", "address", 6, NOW + 10, "+34600000001") is None
    assert await store.issue("c-9", "jose", "address", 6, NOW + 10, "+34600000001") is not None
    await issued(store, "c-4", NOW + 3601)
    await issued(store, "c-5", NOW + 3602)
    assert await store.issue("c-6", "maria", "address", 6, NOW + 7300, "+34600000001") is None
    await issued(store, "c-7", NOW + 86401)


async def test_of_codes_asked_for_at_once_no_more_than_three_are_given(store: SqlCodes) -> None:
    asked = (store.issue(f"c-{number}", "maria", "address", 6, NOW, "+34600000001") for number in range(8))
    assert sum(code is not None for code in await asyncio.gather(*asked)) <= 3


async def test_neither_code_nor_person_stands_in_the_table(store: SqlCodes, engine: AsyncEngine) -> None:
    code = await issued(store)
    async with engine.connect() as connection:
        (row,) = (await connection.execute(select(tables.codes))).all()
    assert code not in {str(value) for value in row}
    assert "maria" not in repr(row)


async def test_a_number_that_a_family_shares_gets_ten_codes_a_day(store: SqlCodes) -> None:
    given = [
        await store.issue(
            f"c-{number}", f"person {number % 4}", "address", 6, NOW + 3601 * number, "+34600000002"
        )
        for number in range(12)
    ]
    assert [code is not None for code in given] == [True] * 10 + [False] * 2
    assert await store.issue("c-20", "person 0", "address", 6, NOW + 90_000, "+34600000003") is not None


async def test_a_right_code_among_the_wrong_ones_blocks_nobody(store: SqlCodes) -> None:
    for number in range(5):
        at = NOW + 3601 * number
        code = await issued(store, f"c-{number}", at)
        await store.check(f"c-{number}", "maria", "address", other_than(code), at)
        if number == 2:
            assert await store.check(f"c-{number}", "maria", "address", code, at) == "right"
    assert await store.issue("c-9", "maria", "address", 6, NOW + 5 * 3601, "+34600000001") is None
    assert await store.issue("c-9", "maria", "address", 6, NOW + 86_500, "+34600000001") is not None
