"""What the log says of terms is read for the recordings that are asked about, in parts, beside the event loop."""

import random
import threading
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from sqlalchemy import insert

from recordings.adapters.evidence import destroyed
from recordings.adapters.evidence.destroyed import explained
from recordings.adapters.evidence.grounds import places_of
from recordings.adapters.evidence.happenings import reference_of
from recordings.adapters.evidence.reading import Heard, length, side_by_side
from recordings.adapters.evidence.tables import evidence, heads, log
from recordings.evidence.destroyed import TERMS, Explained
from recordings.evidence.entries import Kind, happened
from recordings.retention import LEAST_BLOCKED_S
from tests.recordings.evidence.house import House

DAY = 86_400.0
NOW = 900 * DAY
CALLS = tuple(f"ventanilla-17953452{number:02}.1" for number in range(40))
KINDS = (Kind.BEGUN, Kind.BLOCKED, Kind.HELD, Kind.LIFTED, Kind.DESTROYED, Kind.LISTENED)


class Taking(Explained):
    """Notes how much is taken at once, and where."""

    taken: list[tuple[int, int]]

    def take(self, entries: Iterable[tuple[int, str]]) -> Explained:
        given = list(entries)
        self.taken.append((len(given), threading.get_ident()))
        return super().take(given)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    Taking.taken = []
    monkeypatch.setattr(destroyed, "Explained", Taking)
    return Taking.taken


async def a_log(house: House, many: int) -> tuple[list[tuple[int, str]], list[tuple[int, float]]]:
    """Entries of all kinds, of many recordings, with heads now and then; the same each time."""
    chance, at = random.Random(5), 1.0  # noqa: S311 - a test's
    rows: list[dict[str, Any]] = []
    published: list[dict[str, Any]] = []
    for leaf in range(many):
        at += chance.random() * LEAST_BLOCKED_S / 20
        kind, call = chance.choice(KINDS), chance.choice(CALLS)
        said = at - chance.choice([0.0, 0.0, 3 * LEAST_BLOCKED_S])  # some are dated back
        line = happened(kind, reference_of(call), max(said, 0.0)).line
        rows.append({"leaf": leaf, "kind": kind, "line": line, "at": at})
        if chance.random() < 0.3 and leaf < many - 20:
            published.append({"size": leaf + 1, "root": "x", "note": "x", "at": at + DAY * chance.random()})
    signed = [
        {"call": call, "id": f"e-{leaf}", "leaf": leaf, "sha512": "x", "certificate": "x", "signed_at": 1.0}
        for call, leaf in zip(CALLS, chance.sample(range(many), len(CALLS)), strict=True)
    ]
    async with house.engine.begin() as connection:
        await connection.execute(insert(log), rows)
        await connection.execute(insert(heads), published)
        await connection.execute(insert(evidence), [one | {"tries": 0} for one in signed])
    return [(row["leaf"], row["line"]) for row in rows], [(one["size"], one["at"]) for one in published]


async def heard(house: House, calls: Sequence[str]) -> Heard:
    found = Heard(frozenset(map(reference_of, calls)), await places_of(house.engine, calls))
    await side_by_side(house.engine, frozenset(), await length(house.engine), found)
    return found


async def test_what_is_read_in_parts_says_what_the_whole_log_says(
    any_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(destroyed, "PART", 17)
    monkeypatch.setattr(destroyed, "LEAVES_AT_ONCE", 7)
    lines, published = await a_log(any_house, 400)
    whole = Explained(published, NOW).take(
        (leaf, line) for leaf, line in lines if Kind(line.split()[0]) in TERMS
    )
    every = await explained(any_house.engine, NOW)
    assert every.destroyed == whole.destroyed
    asked = CALLS[::2]
    some = await explained(any_house.engine, NOW, await heard(any_house, asked))
    references = [reference_of(call) for call in asked]
    assert [some.may_go(one) for one in references] == [whole.may_go(one) for one in references]
    assert {some.may_go(one) for one in references} == {True, False}
    assert some.blocked == {one: leaf for one, leaf in whole.blocked.items() if one in references}
    of_asked = [leaf for leaf, line in lines if line.startswith("begun ") and line.split()[2] in references]
    async with any_house.engine.connect() as connection:
        query = evidence.select().where(evidence.c.call.in_(asked))
        of_asked += [row.leaf for row in (await connection.execute(query)).all()]
    assert [some.believed(leaf, 1.0) for leaf in of_asked] == [whole.believed(leaf, 1.0) for leaf in of_asked]


async def test_what_nobody_asks_about_takes_no_memory_and_nothing_is_counted_on_the_loop(
    house: House, taken: list[tuple[int, int]]
) -> None:
    await a_log(house, 2_000)
    some = await explained(house.engine, NOW, await heard(house, CALLS[:1]))
    assert some.blocked.keys() | some.destroyed == {reference_of(CALLS[0])}
    assert len(some.heads) < 60, "of 600 those that the entries asked about need"
    assert 0 < sum(count for count, _ in taken) < 120
    assert threading.get_ident() not in {thread for _, thread in taken}


async def test_the_whole_log_is_read_in_parts_and_beside_the_loop(
    house: House, taken: list[tuple[int, int]]
) -> None:
    await a_log(house, 3 * destroyed.PART)
    every = await explained(house.engine, NOW)
    assert max(count for count, _ in taken) <= destroyed.PART
    assert len(taken) > 1
    assert len(every.heads) <= destroyed.PART
    assert threading.get_ident() not in {thread for _, thread in taken}
