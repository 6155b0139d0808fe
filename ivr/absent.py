"""What stands where the institution has connected nothing: systems that are down, a post that keeps nothing.

A caller hears that the service cannot be used now, and is offered a person, as with any system that is
down.
"""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, NoReturn

from corporate import SYSTEMS, Corporate, CorporateDown, System
from dialplans.walks import Walk
from ivr.ports.consent import Asked, Moments
from ivr.ports.floor import WishForm
from ivr.ports.register import RegistryDown
from ivr.ports.requests import CallBack, PlaceKept, Recipient


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


class NoPromises:
    """Promises nothing."""

    async def call_back(self, back: CallBack, key: str) -> NoReturn:
        """Take nothing."""
        del back, key
        raise RegistryDown


class NoCallbacks:
    """Calls nobody."""

    def is_ours(self, call: str) -> bool:
        """Know of none."""
        del call
        return False

    def offered(self) -> bool:
        """Offer nothing."""
        return False

    async def keep_place(self, wish: WishForm, number: str, walk: Walk, *, recording: bool) -> NoReturn:
        """Promise nothing."""
        del wish, number, walk, recording
        raise RegistryDown

    async def pending(self, number: str | None, person: str | None) -> None:
        """Know of none."""
        del number, person

    async def cancel(self, promise: PlaceKept) -> bool:
        """Know of none."""
        del promise
        return False

    async def pressed(self, placed: str) -> bool:
        """Know of none."""
        del placed
        return False

    async def not_reached(self, placed: str, why: str) -> bool:
        """Know of none."""
        del placed, why
        return False

    async def refused(self, placed: str) -> None:
        """Know of none."""


class Unsteered:
    """Nobody wants anything: a talk that is over is over."""

    def onward(self, call: str) -> None:
        """Want nothing."""
        del call

    async def fetch(self, call: str) -> bool:
        """Fetch nobody."""
        del call
        return False

    async def word(self, call: str) -> None:
        """Let nobody wait."""
        del call

    async def proved(self, call: str, outcome: str) -> None:
        """Tell nobody."""
        del call, outcome


class NoVoiceMessages:
    """Takes no message."""

    def offered(self) -> bool:
        """Offer nothing."""
        return False

    async def begin(self, wish: WishForm) -> NoReturn:
        """Take nothing."""
        del wish
        raise RegistryDown

    async def left(self, call: str) -> None:
        """Know of none."""
        del call


class NoConsents:
    """Keeps no episode: nothing that needs one is done."""

    async def begin(self, asked: Asked, at: float) -> None:
        """Keep nothing."""
        del asked, at

    async def read(self, episode: str, span: Moments) -> None:
        """Know of none."""

    async def answered(self, episode: str, key: str, span: Moments, *, accepted: bool) -> None:
        """Know of none."""

    async def interrupted(self, episode: str, why: str) -> None:
        """Know of none."""


class NoMuting:
    """Nothing is recorded that could be mute."""

    def muted(self, call: str, leg: str = "") -> AbstractAsyncContextManager[None]:
        """Do nothing."""
        del call, leg
        return nullcontext()


def unconnected() -> Corporate:
    """Give six systems that are all down."""
    return Corporate(**{system: Unconnected(system) for system in SYSTEMS})
