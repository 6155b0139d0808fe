"""Whether anybody could ever fulfil what `[routing]` asks: possible agents, narrowed condition by condition. Pure.

A condition speaks of an agent's traits: level, team, site, proficiency (0 to 5) in each language and skill. A *world*
is what each trait may still be; a condition narrows it, in one way or in several where it has alternatives. Nobody
fits where no way leaves every trait something to be. What is asked means what `queues/rules.py` makes of it for a wish.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from dialplans.routing_file import Able, When

GENERAL: Final = "general"
"""The subject that asks for no training."""
_LEVELS: Final = frozenset[str | int]((1, 2))
_PROFICIENCIES: Final = frozenset[str | int](range(6))

Trait: TypeAlias = tuple[str, str]
"""What kind of trait, and which: ("language", "eu"), ("team", "")."""
Values: TypeAlias = frozenset[str | int]
World: TypeAlias = Mapping[Trait, Values]


class Asked(NamedTuple):
    """A wish, as far as it decides who fits: level, subject, the caller's language, the language everybody speaks."""

    level: int
    subject: str
    language: str
    common: str


@dataclass(frozen=True, slots=True)
class _Is:
    trait: Trait
    values: Values


_Part: TypeAlias = _Is | When | tuple[When, ...]
"""What must hold: a trait, the contrary of a condition, or one of several."""


def anybody(teams: Iterable[str], sites: Iterable[str]) -> World:
    """Give the world of all who may work here; "" is the team of who has none, and the site."""
    return {("team", ""): frozenset(("", *teams)), ("site", ""): frozenset(("", *sites))}


def could_fit(conditions: Iterable[When], asked: Asked, of: World) -> bool:
    """Say whether an agent is thinkable who fulfils all of these, for this wish."""
    parts = tuple(part for condition in conditions for part in _parts(condition, asked))
    return next(_all(parts, of, asked), None) is not None


def _parts(when: When, asked: Asked) -> Iterator[_Part]:
    """List what must hold together; what a wish does not ask for is nothing, nor is it denied."""
    yield from _traits(when, asked)
    for one in when.all:
        yield from _parts(one, asked)
    if when.any:
        yield when.any
    if when.no is not None and any(True for _ in _parts(when.no, asked)):
        yield when.no


def _traits(when: When, asked: Asked) -> Iterator[_Is]:
    """List the traits that are named outright."""
    if when.level is not None:
        yield _Is(("level", ""), frozenset((when.level,)))
    if when.language is not None:
        spoken = _able(when.language)
        yield _Is(("language", _language(spoken.name, asked)), _between(spoken))
    if when.skill is not None and (skill := _skill(_able(when.skill).name, asked)) != GENERAL:
        yield _Is(("skill", skill), _between(_able(when.skill)))
    if when.team:
        yield _Is(("team", ""), frozenset(when.team))
    if when.site:
        yield _Is(("site", ""), frozenset(when.site))


def _all(parts: Sequence[_Part], world: World, asked: Asked) -> Iterator[World]:
    """Give the ways in which all of these hold."""
    if not parts:
        yield world
        return
    for narrower in _one(parts[0], world, asked):
        yield from _all(parts[1:], narrower, asked)


def _one(part: _Part, world: World, asked: Asked) -> Iterator[World]:
    match part:
        case _Is(trait, values):
            yield from _narrowed(world, trait, _may_be(world, trait) & values)
        case When():
            yield from _denied(part, world, asked)
        case alternatives:
            for one in alternatives:
                yield from _all(tuple(_parts(one, asked)), world, asked)


def _denied(when: When, world: World, asked: Asked) -> Iterator[World]:
    """Give the ways in which not all of a condition holds."""
    for part in _parts(when, asked):
        match part:
            case _Is(trait, values):
                yield from _narrowed(world, trait, _may_be(world, trait) - values)
            case When():
                yield from _all(tuple(_parts(part, asked)), world, asked)
            case alternatives:
                yield from _none(alternatives, world, asked)


def _none(alternatives: Sequence[When], world: World, asked: Asked) -> Iterator[World]:
    """Give the ways in which none of these holds."""
    if not alternatives:
        yield world
        return
    for narrower in _denied(alternatives[0], world, asked):
        yield from _none(alternatives[1:], narrower, asked)


def _narrowed(world: World, trait: Trait, left: Values) -> Iterator[World]:
    if left:
        yield {**world, trait: left}


def _may_be(world: World, trait: Trait) -> Values:
    """Say what a trait may be so far."""
    return world.get(trait, _LEVELS if trait[0] == "level" else _PROFICIENCIES)


def _between(able: Able) -> Values:
    return frozenset(range(able.least, able.greatest + 1))


def _language(written: str, asked: Asked) -> str:
    return {"caller": asked.language, "common": asked.common}.get(written, written)


def _skill(written: str, asked: Asked) -> str:
    return asked.subject if written == "subject" else written


def _able(written: str | Able) -> Able:
    return Able(name=written) if isinstance(written, str) else written
