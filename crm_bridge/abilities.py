"""What a CRM can keep and what it cannot, declared by its connector, and what is found when it is looked at."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal, Protocol, runtime_checkable

from crm_bridge.demonstration import Inhabitant
from crm_bridge.ports import Connector


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a connector's CRM can do. `limits` are sentences for whoever chooses this CRM.

    What is False is answered as of nobody (no questions, no cases), and whoever needs it looks elsewhere.
    """

    identity: bool = True
    protection: bool = True
    cases: bool = True
    due: bool = True
    limits: tuple[str, ...] = ()


WORDS: Mapping[str, str] = {
    "identity": "keeps the answers of the identification protocol, as keyed hashes",
    "protection": "marks protected persons and locked identities",
    "cases": "tells a citizen's cases; without it they come from case management (the setting corporate.cases)",
    "due": "finds the requests that are due, for work between calls",
}
"""What each ability means, for `ventanilla crm check`."""
ALL = Abilities()

Weight = Literal["fault", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something found in a CRM: a `fault` stops the connector, a `warning` wants somebody's eye, a `note` is told.

    `remedy` says what to do, "" when nothing. Neither holds anything personal.
    """

    weight: Weight
    what: str
    remedy: str = ""


@runtime_checkable
class Examined(Protocol):
    """A connector that can look at its CRM."""

    async def examine(self) -> tuple[Finding, ...]:
        """Look at schema and content: a field that lacks, a telephone that several share. Raises CrmDown."""
        ...


@runtime_checkable
class Sparing(Protocol):
    """A connector that leaves out of a list what it cannot read, so that the rest can be shown."""

    def unsparing(self) -> Connector:
        """Give the same CRM asked so that nothing is left out: it raises CrmDown instead. For whole copies."""
        ...


@runtime_checkable
class Prepared(Protocol):
    """A connector that can make its CRM ready."""

    async def prepare(self) -> tuple[str, ...]:
        """Make what the CRM must have for us and has not; say what was made. Raises CrmDown."""
        ...

    async def keep_answers(self, document: str, answers: Mapping[str, str]) -> bool:
        """Keep somebody's answers of the identification protocol (question to digits) in place of those there were.

        As keyed hashes. False when the document is of nobody, or of several. Raises CrmDown.
        """
        ...

    async def furnish(self, people: tuple[Inhabitant, ...]) -> None:
        """Put made-up citizens into a CRM that is only there to try things out. Raises CrmDown."""
        ...


def abilities_of(connector: Connector) -> Abilities:
    """Give what a connector declares; one that declares nothing can do all."""
    declared = getattr(connector, "abilities", ALL)
    return declared if isinstance(declared, Abilities) else ALL


def told(abilities: Abilities) -> tuple[tuple[str, bool, str], ...]:
    """Give each ability by name, whether it is there, and what it means."""
    names = (field.name for field in fields(abilities) if field.name in WORDS)
    return tuple((name, getattr(abilities, name), WORDS[name]) for name in names)
