"""The name an SMS comes from. Pure.

Operators in Spain block every alias that is not in the register of the CNMC since 7 June 2026 (Orden TDF/149/2025,
Circular CNMC 1/2026), and the register takes none that breaks these rules. Whether an alias really is registered, and
for this provider, only the register says.
"""

import re
from collections.abc import Iterator

SHORTEST, LONGEST = 3, 11
_LETTERS = re.compile(r"[A-Za-zñÑçÇ0-9 @&_.+-]*")


def faults(alias: str) -> Iterator[str]:
    """Say what the register would refuse, or our line could not carry; nothing for an alias that may go out."""
    if not SHORTEST <= len(alias) <= LONGEST:
        yield f"it has {len(alias)} characters, and must have {SHORTEST} to {LONGEST}"
    if not _LETTERS.fullmatch(alias):
        yield "only letters without accents, digits, spaces and @ & _ . + - are allowed"
    if alias.isdecimal():
        yield "it must not be a number"
    if alias != alias.strip() or "  " in alias:
        yield "spaces stand single, between other characters"
    if not alias.isascii() and _LETTERS.fullmatch(alias):
        yield "ñ and ç are registered, but SMPP carries no alias with them: register one without"
