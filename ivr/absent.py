"""What stands where the institution has connected nothing: systems that are down, a post that keeps nothing.

A caller hears that the service cannot be used now, and is offered a person, as with any system that is
down.
"""

from collections.abc import Mapping
from typing import Any, NoReturn

from corporate import SYSTEMS, Corporate, CorporateDown, System
from ivr.ports import CallBack, Recipient, RegistryDown


class Unconnected:
    """A system that answers no question."""

    def __init__(self, system: System) -> None:
        self._system: System = system

    def __getattr__(self, question: str) -> Any:  # noqa: ANN401 - whatever the system's questions are
        if question.startswith("_"):
            raise AttributeError(question)
        return self._down

    async def _down(self, *_: object, **__: object) -> NoReturn:
        raise CorporateDown(self._system)


class NoPost:
    """Keeps no message."""

    async def leave(
        self, message: str, to: Recipient, fields: Mapping[str, str], key: str, *, urgent: bool = False
    ) -> bool:
        """Keep nothing."""
        del message, to, fields, key, urgent
        return False


class NoRequests:
    """Takes no request."""

    async def accept(self, call: str, person: str | None, subject: str, key: str) -> NoReturn:
        """Take nothing."""
        del call, person, subject, key
        raise RegistryDown

    async def call_back(self, back: CallBack, key: str) -> NoReturn:
        """Take nothing."""
        del back, key
        raise RegistryDown


def unconnected() -> Corporate:
    """Give six systems that are all down."""
    return Corporate(**{system: Unconnected(system) for system in SYSTEMS})
