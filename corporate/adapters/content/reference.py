"""General information in our own database."""

from sqlalchemy import Row, select

from corporate.adapters.surroundings import Surroundings
from corporate.adapters.tables import announcements, bodies, forms
from corporate.content import Body, Form


class Reference:
    """Who is competent, forms, announcements."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around

    async def competent(self, subject: str) -> Body | None:
        """Say who is competent for a matter."""
        query = select(bodies).where(bodies.c.subject == subject)
        async with self._around.engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return Body(row.code, f"competent.{row.code}", row.telephone, row.transferable) if row else None

    async def form(self, code: str) -> Form | None:
        """Give a form."""
        async with self._around.engine.connect() as connection:
            row = (await connection.execute(select(forms).where(forms.c.code == code))).one_or_none()
        return _form(row) if row else None

    async def newest(self, subject: str) -> str | None:
        """Give the key of the newest announcement about a subject that is still true."""
        now = self._around.clock()
        query = (
            select(announcements.c.prompt)
            .where(
                announcements.c.subject == subject,
                announcements.c.begins_at <= now,
                announcements.c.ends_at > now,
            )
            .order_by(announcements.c.begins_at.desc())
            .limit(1)
        )
        async with self._around.engine.connect() as connection:
            found = (await connection.execute(query)).scalar_one_or_none()
        return None if found is None else str(found)


def open_system(around: Surroundings) -> Reference:
    """Open the reference implementation."""
    return Reference(around)


def _form(row: Row[tuple[str, int, str, str]]) -> Form:
    return Form(row.code, f"forms.{row.code}", row.title, row.link)
