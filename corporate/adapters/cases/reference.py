"""Case management in our own database."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from corporate.adapters.once import Answer, Once
from corporate.adapters.surroundings import Surroundings
from corporate.adapters.tables import cases, insert_once, surveys
from corporate.answers import Receipt
from corporate.cases import Case


class Reference:
    """Cases, complaints, surveys."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._once = Once(around)

    async def cases(self, person: str) -> tuple[Case, ...]:
        """Give a person's cases, the newest change first."""
        query = (
            select(cases).where(cases.c.person == person).order_by(cases.c.since.desc(), cases.c.reference)
        )
        async with self._around.engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return tuple(Case(row.reference, row.subject, row.state, row.since, row.next_step) for row in rows)

    async def complain(self, person: str | None, caller: str | None, subject: str, key: str) -> Receipt:
        """Take a complaint."""
        details: Answer = {"caller": caller, "subject": subject}
        return await self._once.order(key, "QJ", ("complaint", person, details))

    async def survey(self, call: str, answers: Mapping[str, int], key: str) -> None:
        """Take the answers to a survey; those of a call count once, whatever key they come with."""
        at = self._around.clock()

        async def change(connection: AsyncConnection) -> Answer:
            for question, mark in answers.items():
                row = {"call": call, "question": question, "mark": mark, "at": at}
                await insert_once(connection, surveys, row)
            return {}

        await self._once.do(key, ("survey", call, sorted(answers.items())), change)


def open_system(around: Surroundings) -> Reference:
    """Open the reference implementation."""
    return Reference(around)
