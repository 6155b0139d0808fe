"""General information: who is competent for what, forms, announcements. Everything here raises CorporateDown."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Body:
    """A public body: `code`, the key of its spoken name, its telephone, whether a call may be put through.

    `telephone` is E.164 (`+34900166565`); numbers that exist only inside Spain (`060`) stand as they are keyed.
    """

    code: str
    name_key: str
    telephone: str
    transferable: bool


@dataclass(frozen=True, slots=True)
class Form:
    """A form: its `code`, the key of its spoken title, its title in Spanish and a link short enough for an SMS."""

    code: str
    title_key: str
    title: str
    link: str


class Content(Protocol):
    """The content system."""

    async def competent(self, subject: str) -> Body | None:
        """Say who is competent for a matter ("contributions", "unemployment", …); None when nobody is known."""
        ...

    async def form(self, code: str) -> Form | None:
        """Give a form; None when there is none with this code."""
        ...

    async def newest(self, subject: str) -> str | None:
        """Give the key of the newest announcement about a subject; None when there is nothing new."""
        ...
