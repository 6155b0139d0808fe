"""What every system's answers have in common: receipts, a system's no, and a system that does not answer."""

from dataclasses import dataclass
from typing import Literal, get_args

System = Literal["affiliation", "pensions", "subsidies", "cases", "appointments", "content"]
SYSTEMS: tuple[System, ...] = get_args(System)

Declining = Literal["unknown_person", "nothing_there", "not_allowed", "taken", "key_reused"]
"""Why a system says no: it does not know the person; it has nothing of the kind (no benefit, no such
appointment); its own rules forbid it; somebody else was faster; the key belongs to another write."""


class CorporateDown(Exception):  # noqa: N818 - a state of the other side, not an error of ours
    """A system did not answer, not in time, or not with anything that could be true. `system` says which."""

    def __init__(self, system: System) -> None:
        super().__init__(f"{system} does not answer")
        self.system: System = system


class Declined(Exception):  # noqa: N818 - the system's word, not an error of ours
    """A system is well and says no. `reason` is one of Declining; nothing personal is in it."""

    def __init__(self, reason: Declining) -> None:
        super().__init__(reason)
        self.reason: Declining = reason


@dataclass(frozen=True, slots=True)
class Receipt:
    """An accepted write. `reference` is to be told to the caller ("TS26000123"); `accepted_at` unix seconds."""

    reference: str
    accepted_at: float


def reference(letters: str, year: int, serial: int) -> str:
    """Write a reference: two capital letters for the kind, two digits of the year, at least six of the count.

    Digits and plain letters only, so that it is said and keyed without doubt: `reference("TS", 2026, 123)`
    is `TS26000123`.
    """
    return f"{letters}{year % 100:02d}{serial:06d}"
