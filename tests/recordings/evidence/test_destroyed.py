"""Nobody has a recording destroyed by writing a row: the log must have said in time that it was blocked."""

import pytest
from sqlalchemy import insert, select, update

from recordings.adapters.evidence.auditing import Audit
from recordings.adapters.evidence.tables import evidence
from recordings.adapters.reconciler import Reconciler
from recordings.adapters.tables import keeping, recordings
from recordings.evidence.destroyed import Explained
from recordings.listening import Keeping
from recordings.recording import State
from recordings.retention import LEAST_BLOCKED_S
from tests.recordings.evidence.house import CALL, House

BLOCKED, DAY = 1_000_000.0, 86_400.0
LATER = BLOCKED + LEAST_BLOCKED_S


async def named(house: House) -> list[str]:
    return [one.what for one in await Audit(house.engine, None, lambda: house.now).look()]


async def nobody() -> frozenset[str] | None:
    return frozenset()


def reconciler(house: House) -> Reconciler:
    return Reconciler(house.engine, house.vault, house.facts.append, nobody, lambda: house.now)


async def write(house: House, **row: object) -> None:
    """Write a row of keeping as somebody does who can write the database."""
    async with house.engine.begin() as connection:
        values = {"call": CALL, "since": house.now} | row
        await connection.execute(insert(keeping).values(values))


async def called_destroyed(house: House) -> None:
    async with house.engine.begin() as connection:
        await connection.execute(update(recordings).values(state=State.DESTROYED))


async def rounds(house: House) -> None:
    for _ in range(2):
        house.now += 61
        await house.notary.round()


async def vcon_of(house: House) -> str | None:
    async with house.engine.connect() as connection:
        kept: str | None = (await connection.execute(select(evidence.c.vcon))).scalar_one()
    return kept


@pytest.mark.parametrize("back", [0.0, LEAST_BLOCKED_S * 2])
@pytest.mark.parametrize("word", [Keeping.DESTROYED, Keeping.BLOCKED])
async def test_two_rows_destroy_nothing_and_are_named(house: House, word: Keeping, back: float) -> None:
    await house.record()
    await house.package()
    await write(house, keeping=word, since=house.now - back)
    await called_destroyed(house)
    await rounds(house)
    assert await reconciler(house).look(), "it is named"
    house.now += 900
    assert [one for one in house.vault.rglob("*.wav") if one.is_file()]
    assert await vcon_of(house) is not None
    assert "destroyed unsaid" in await named(house)


async def test_rows_that_the_log_took_over_destroy_nothing_either_while_no_term_is_over(house: House) -> None:
    await house.record()
    await write(house, keeping=Keeping.BLOCKED)
    await rounds(house)
    house.now += LEAST_BLOCKED_S
    async with house.engine.begin() as connection:
        await connection.execute(update(keeping).values(keeping=Keeping.DESTROYED, since=house.now))
    await called_destroyed(house)
    await rounds(house)
    assert len(await reconciler(house).look()) == 1, "it is named"
    assert [one for one in house.vault.rglob("*.wav") if one.is_file()]
    house.now += 3_601
    await house.notary.round()
    assert await vcon_of(house) is not None


@pytest.mark.parametrize(
    ("lines", "heads", "said"),
    [
        ((("blocked", BLOCKED), ("destroyed", LATER)), ((1, BLOCKED + 60), (2, LATER + 60)), True),
        ((("blocked", BLOCKED), ("destroyed", LATER - 1)), ((1, BLOCKED + 60), (2, LATER + 60)), False),
        ((("blocked", BLOCKED), ("destroyed", LATER)), ((2, LATER + 60),), False),  # claimed afterwards
        ((("blocked", BLOCKED), ("destroyed", LATER)), ((1, BLOCKED + 60), (2, LATER - 9 * DAY)), False),
        ((("blocked", BLOCKED), ("held", BLOCKED + 9), ("destroyed", LATER)), ((1, BLOCKED),), False),
        (
            (("blocked", BLOCKED), ("held", BLOCKED + 9), ("lifted", LATER - 9), ("destroyed", LATER)),
            ((1, BLOCKED),),
            False,  # what a row alone lifts waits four weeks, too
        ),
        (
            (("blocked", BLOCKED), ("held", BLOCKED + 9), ("lifted", LATER), ("destroyed", LATER + 28 * DAY)),
            ((1, BLOCKED), (3, LATER + 60)),
            True,
        ),
        (
            (
                ("blocked", BLOCKED),
                ("held", BLOCKED + 9),
                ("lifted", BLOCKED + 10),
                ("destroyed", LATER + 60),
            ),
            ((1, BLOCKED), (3, LATER)),
            False,  # dated back
        ),
        ((("destroyed", LATER),), (), False),
    ],
)
def test_what_the_log_explains(
    lines: tuple[tuple[str, float], ...], heads: tuple[tuple[int, float], ...], *, said: bool
) -> None:
    entries = [(leaf, f"{kind} {round(at * 1000)} abc") for leaf, (kind, at) in enumerate(lines)]
    log = Explained(heads, LATER + 29 * DAY).take([*entries, (9, "nonsense"), (10, "blocked x y")])
    assert log.destroyed == ({"abc"} if said else set())
