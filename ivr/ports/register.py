"""Who a person is, as the institution's register has it."""

# ruff: noqa: D102 - a class says what its properties are; its methods say themselves what they do

from collections.abc import Mapping
from typing import Protocol


class Person(Protocol):
    """Somebody in the register: what can be asked of them, never the answers.

    Of a `protected` person nothing is told by a machine. Of a `locked` one nothing is proven.
    """

    @property
    def id(self) -> str: ...
    @property
    def questions(self) -> frozenset[str]: ...
    @property
    def protected(self) -> bool: ...
    @property
    def locked(self) -> bool: ...


class RegistryDown(Exception):  # noqa: N818 - a state of the other side, not an error of ours
    """The register did not answer, or not in time."""


class Registry(Protocol):
    """Who a person is. The server limits the time; failing raises RegistryDown."""

    async def person_by_document(self, document: str) -> Person | None:
        """Give the person with this DNI or NIE in compact form (`12345678Z`), or NSS; None when there is none."""
        ...

    async def answers_hold(self, document: str, answers: Mapping[str, str]) -> bool:
        """Say whether all these answers (question to digits) are right. For nobody: the same work, and no."""
        ...
