"""A plugin for pytest that blinds one check for a whole run: the attacks that it catches must then get through.

`VENTANILLA_BLIND=audio pytest -p tests.recordings.evidence.blinded …`; test_attack_table.py runs it so.
"""

import os
from collections.abc import Awaitable, Callable
from typing import Any

from recordings import chain
from recordings.adapters import chain as chains
from recordings.adapters.evidence import auditing, package
from recordings.adapters.evidence.rounds import Looked, Rounds
from recordings.adapters.vault import proving
from recordings.evidence import merkle
from recordings.evidence.findings import Check, Verdict

BLIND = "VENTANILLA_BLIND"


def says(answer: object) -> Callable[..., object]:
    """Somebody who says the same of everything."""

    def said(*_given: Any, **_named: Any) -> object:  # noqa: ANN401 - in the place of any function
        return answer

    return said


def answers(answer: object) -> Callable[..., Awaitable[object]]:
    async def answered(*_given: Any, **_named: Any) -> object:  # noqa: ANN401 - in the place of any function
        return answer

    return answered


def good(check: str) -> None:
    """Let a check of packages find nothing that is not good."""
    sees = package.verify

    def verify(*given: Any) -> tuple[object, ...]:  # noqa: ANN401 - as it is called
        return tuple(one for one in sees(*given) if one.check != check or one.verdict is Verdict.GOOD)

    package.verify = verify  # type: ignore[assignment] # what the tests import is this


OTHERS: dict[str, tuple[tuple[object, str, object], ...]] = {
    "log consistency": ((auditing, "consistent_heads", answers(None)),),
    "reconcile": (
        (auditing.Audit, "look", answers(())),
        (Rounds, "go", answers(Looked(0, 0, ()))),
    ),
    "witness": ((merkle, "consistent", says(answer=True)),),
    "the night's run": ((proving.Case, "doubt", answers(None)),),
    "chunk chain": ((chain.Check, "close", says(None)), (chains.Chain, "lacks", says(answer=False))),
}
"""What is not a check of one package, and what is put in its place: it finds nothing."""


def blinded(blind: str) -> None:
    """Blind one of them; "" none."""
    if blind in set(Check):
        good(blind)
    for owner, name, instead in OTHERS.get(blind, ()):
        setattr(owner, name, instead)


blinded(
    os.environ.get(BLIND, "")
)  # now, for pytest reads conftest.py, and that what is to be blinded, before it asks us
