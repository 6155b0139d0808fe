"""The survey: what is kept, and that nobody can say of whom."""

from sqlalchemy import select

from corporate.adapters.tables import surveys
from tests.ivr.services.counter import Counter
from tests.ivr.services.scenarios import OTHER


async def kept(counter: Counter) -> list[tuple[str, str, int]]:
    async with counter.engine.connect() as connection:
        rows = (await connection.execute(select(surveys).order_by(surveys.c.question))).all()
    return [(row.call, row.question, row.mark) for row in rows]


async def test_the_marks_are_kept_without_the_call(counter: Counter) -> None:
    await counter.serve("survey", "5", "9", "1", OTHER)
    marks = await kept(counter)
    assert [(question, mark) for _, question, mark in marks] == [("treatment", 5), ("wait", 1)]
    assert all("1763791200" not in ballot for ballot, _, _ in marks)


async def test_who_skips_everything_leaves_nothing(counter: Counter) -> None:
    await counter.serve("survey", "9", "9", "9", OTHER)
    assert await kept(counter) == []


async def test_who_hangs_up_before_the_last_question_leaves_nothing(counter: Counter) -> None:
    await counter.serve("survey", "5", "5", "#")
    assert await kept(counter) == []
