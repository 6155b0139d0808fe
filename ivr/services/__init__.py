"""The self-services: one file each, found by being here.

A service is a module with `OUTCOMES` (how it can end), `PROMPTS` (the keys it may say, so that `ventanilla
check` finds a missing text) and `async def serve(visit) -> Outcome`. Its file's name is the name the flows
call it by.
"""

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from dialplans.institution import Institution
from dialplans.machine import Outcome
from ivr.identity import Draw
from ivr.ports import Attempts, Registry
from ivr.talk import Talk


@dataclass(frozen=True, slots=True)
class Visit:
    """One caller at a self-service, and what the service may use.

    caller: E.164 or None; level, person: what is proven so far (0-3, the register's id); subject: what the
    call is about.
    """

    call: str
    caller: str | None
    level: int
    person: str | None
    subject: str
    talk: Talk
    institution: Institution
    registry: Registry
    attempts: Attempts
    chance: Draw
    clock: Callable[[], float]
    publish: Callable[[object], None]


@dataclass(frozen=True, slots=True)
class Service:
    """A self-service as found: its name, how it can end, what it may say, and itself."""

    name: str
    outcomes: frozenset[str]
    prompts: frozenset[str]
    serve: Callable[[Visit], Awaitable[Outcome]]


class ServiceMisshapen(Exception):  # noqa: N818 - it names the state of a file
    """A file in this folder is not a service; the message says what it lacks."""


@cache
def catalogue() -> Mapping[str, Service]:
    """Give every service in this folder by name. Raises ServiceMisshapen."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return MappingProxyType({name: _service(name) for name in names})


def outcomes() -> Mapping[str, frozenset[str]]:
    """Give the services' outcomes by name, as the check of the flows wants them."""
    return {name: service.outcomes for name, service in catalogue().items()}


def prompts() -> frozenset[str]:
    """Give every prompt key that some service may say."""
    return frozenset[str]().union(*(service.prompts for service in catalogue().values()))


def _service(name: str) -> Service:
    module = importlib.import_module(f"{__name__}.{name}")
    lacking = [part for part in ("OUTCOMES", "PROMPTS", "serve") if not hasattr(module, part)]
    if lacking:
        raise ServiceMisshapen(f"ivr/services/{name}.py lacks {', '.join(lacking)}")
    return Service(name, _names(module.OUTCOMES), _names(module.PROMPTS), module.serve)


def _names(given: Iterable[str]) -> frozenset[str]:
    return frozenset(given)
