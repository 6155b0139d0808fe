"""The self-services: one file each, found by being here.

A service is a module with `OUTCOMES` (how it can end beside the ways every service ends), `LEAST_LEVEL` (of
identity, before it may begin: 0 for anybody), `PROMPTS` (the keys it says itself, so that a missing text is
found) and `async def serve(visit) -> Outcome`. Its file's name is the name the flows call it by. When `serve`
begins, the caller is proven to that level, or to the higher one that institution.toml asks for it; it speaks
through `ivr.dialogue`. What it changes may be an act that is agreed to on record: `ACTS` names it, with the
level it takes, and `ivr.consent` asks for it. `ASKS_SYSTEMS = False`: no system is behind it, so it is never down.
"""

import hashlib
import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

from corporate import Corporate
from dialplans.institution import Institution
from dialplans.machine import Outcome
from dialplans.outcomes import PROOF
from ivr.absent import NoConsents, NoMuting
from ivr.identity import Draw
from ivr.ports.consent import Consents, Muting
from ivr.ports.proving import Attempts, Codes, Proofs
from ivr.ports.register import Registry
from ivr.ports.requests import Post, Promises
from ivr.talk import Talk

Record = Callable[[str], Awaitable[None]]
"""Record the call from here if it is not yet; the argument is the notice that is said before, a prompt's key."""


async def unrecorded(_: str) -> None:
    """Leave a call as it is."""


class Leaves(Exception):  # noqa: N818 - it is a way out, not an error
    """The service is over, with this outcome."""

    def __init__(self, outcome: str) -> None:
        super().__init__(outcome)
        self.outcome = outcome


@dataclass(slots=True)
class Course:
    """How a visit has gone so far. `level`, `person`: what is proven (0-3, the register's id).

    reference: the words of the last reference given.
    """

    level: int = 0
    person: str | None = None
    reference: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Visit:
    """One caller at a self-service, and what the service may use.

    service: its name; turn: how often the caller had chosen something when they came, so that a visit taken
    up again has the number it had; caller: E.164 or None; subject: what the call is about; answers: what the
    flow asked and the caller keyed, by name, never to be told or logged; record: see to it that the call is
    recorded from here.
    """

    call: str
    service: str
    turn: int
    caller: str | None
    subject: str
    talk: Talk
    institution: Institution
    registry: Registry
    corporate: Corporate
    post: Post
    promises: Promises
    attempts: Attempts
    proofs: Proofs
    codes: Codes
    chance: Draw
    clock: Callable[[], float]
    publish: Callable[[object], None]
    course: Course = field(default_factory=Course)
    answers: Mapping[str, str] = field(default_factory=dict)
    consents: Consents = field(default_factory=NoConsents)
    muting: Muting = field(default_factory=NoMuting)
    record: Record = unrecorded

    @property
    def level(self) -> int:
        """What is proven of the caller, 0 to 3."""
        return self.course.level

    @property
    def person(self) -> str | None:
        """The register's id of the caller, once proven."""
        return self.course.person

    @property
    def proven(self) -> str:
        """The register's id of a caller who has been proven. LookupError when nobody has: a fault of ours."""
        if self.course.person is None:
            raise LookupError(f"{self.service} reads of somebody unproven")
        return self.course.person

    def unheard(self) -> AbstractAsyncContextManager[None]:
        """Keep what is keyed within off the recording."""
        return self.muting.muted(self.call, self.talk.leg)

    def key(self, *asked: str) -> str:
        """Give the idempotency key of a request: the same for the same thing asked in this visit.

        A visit that is taken up after the server was lost gives the same keys; another visit of the same
        call, or something else asked (an address, an account), gives others.
        """
        content = hashlib.blake2s("\0".join(asked).encode(), digest_size=8).hexdigest()
        return f"{self.call}:{self.service}:{self.turn}:{content}"


@dataclass(frozen=True, slots=True)
class Service:
    """A self-service as found: name, how it can end by itself, least level, what it may say, its acts, and itself.

    asks_systems: whether a system is behind it, which may be down.
    """

    name: str
    outcomes: frozenset[str]
    least: int
    prompts: frozenset[str]
    acts: Mapping[str, int]
    serve: Callable[[Visit], Awaitable[Outcome]]
    asks_systems: bool = True


class ServiceMisshapen(Exception):  # noqa: N818 - it names the state of a file
    """A file in this folder is not a service; the message says what it lacks."""


@cache
def catalogue() -> Mapping[str, Service]:
    """Give every service in this folder by name. Raises ServiceMisshapen."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return MappingProxyType({name: _service(name) for name in names})


def outcomes() -> Mapping[str, frozenset[str]]:
    """Give the services' own outcomes by name; the check of the flows adds those of the frame."""
    return {name: service.outcomes for name, service in catalogue().items()}


def least_levels() -> Mapping[str, int]:
    """Give the level below which no institution may let anybody into a service, by name."""
    return {name: service.least for name, service in catalogue().items()}


def asked() -> Mapping[str, int]:
    """Give the highest level of identity that each service asks by itself, at the beginning or on the way, by name."""
    return {name: _asked(service) for name, service in catalogue().items()}


def _asked(service: Service) -> int:
    by_proof = 1 if service.outcomes & PROOF else 0
    return max(service.least, by_proof, *service.acts.values())


def acts() -> Mapping[str, tuple[str, int]]:
    """Give the acts that services ask callers to agree to: the service, and the level it takes for it."""
    return {
        act: (name, level) for name, service in catalogue().items() for act, level in service.acts.items()
    }


def prompts() -> frozenset[str]:
    """Give every prompt key that some service says itself."""
    return frozenset[str]().union(*(service.prompts for service in catalogue().values()))


def spoken() -> Mapping[str, str]:
    """Give the same keys with the file of the service that says each, for who must write a text that lacks."""
    return {
        key: f"ivr/services/{name}.py" for name, service in catalogue().items() for key in service.prompts
    }


def _service(name: str) -> Service:
    module = importlib.import_module(f"{__name__}.{name}")
    lacking = [part for part in ("OUTCOMES", "LEAST_LEVEL", "PROMPTS", "serve") if not hasattr(module, part)]
    if lacking:
        raise ServiceMisshapen(f"ivr/services/{name}.py lacks {', '.join(lacking)}")
    return Service(
        name,
        _names(module.OUTCOMES),
        int(module.LEAST_LEVEL),
        _names(module.PROMPTS),
        MappingProxyType(dict(getattr(module, "ACTS", {}))),
        module.serve,
        bool(getattr(module, "ASKS_SYSTEMS", True)),
    )


def _names(given: Iterable[str]) -> frozenset[str]:
    return frozenset(given)
