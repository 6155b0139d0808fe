"""The memory of identification: attempts, proofs and one-time codes."""

from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class Refusals:
    """How many unproven protocols stand against each in the window, this one included.

    persons: how many different ones were tried from the number.
    """

    person: int
    number: int
    persons: int = 0


class Attempts(Protocol):
    """The memory of identification protocols, of every channel. Keeps no person and no number in plain.

    `who` is the person of the register if there is one, else the document of nobody: the same person is one
    whatever document they name. `number` is E.164, or a name for everybody who hides theirs.
    """

    async def open(self, call: str, who: str, number: str, at: float) -> Refusals:
        """Begin a protocol: from now on it counts, until it is closed as proven. Give the counts with it.

        A call that was taken up again goes on with the protocol it had open.
        """
        ...

    async def refused_for_number(self, number: str, at: float) -> int:
        """Count the protocols against a number in the window."""
        ...

    async def asked(self, call: str, who: str, since: float) -> frozenset[str]:
        """Give the questions put to somebody since then, but for those of the call's open protocol."""
        ...

    async def ask(self, call: str, who: str, question: str, at: float) -> None:
        """Remember that the call's open protocol puts this question."""
        ...

    async def forget(self, call: str, who: str) -> None:
        """Let the questions of the call's open protocol be put again: nobody could compare the answers."""
        ...

    async def close(self, call: str, who: str, at: float, *, counts: bool) -> None:
        """End a call's open protocol: refused, it counts for the whole window; proven, it no longer does."""
        ...


@dataclass(frozen=True, slots=True)
class Proof:
    """The evidence of one identification: who, in which call, to which level, by which method.

    questions: names only; `protected`: nothing may be served on it by a machine; procedure: what the message with the
    code named, "" where there was none.
    """

    call: str
    person: str
    level: int
    method: str
    questions: tuple[str, ...]
    at: float
    protected: bool = False
    procedure: str = ""


class Proofs(Protocol):
    """The records of identifications."""

    async def keep(self, proof: Proof) -> None:
        """Keep a proof; it is on disk when this returns."""
        ...

    async def of(self, call: str) -> Proof | None:
        """Give the highest proof of a call, None when nothing was proven in it."""
        ...

    async def every(self, call: str) -> tuple[Proof, ...]:
        """Give all proofs of a call, the highest first."""
        ...


CodeVerdict = Literal["right", "wrong", "expired", "worn_out"]


class Codes(Protocol):
    """One-time codes: made, counted and checked; kept as keyed hashes only. Bound to call, person, procedure."""

    async def issue(
        self, call: str, person: str, procedure: str, length: int, at: float, to: str
    ) -> str | None:
        """Make a code of so many digits in place of any before it; `to`: the number or address it is sent to.

        None when the person, or the number, has had too many, or the person is blocked until staff lift it.
        """
        ...

    async def take_back(self, call: str, person: str, procedure: str) -> None:
        """Drop the newest code of a call, which was never sent: it counts for nothing."""
        ...

    async def check(self, call: str, person: str, procedure: str, keyed: str, at: float) -> CodeVerdict:
        """Try what was keyed. A right code is right once; after three wrong tries it is worn out."""
        ...
