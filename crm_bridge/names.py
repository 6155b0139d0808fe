"""A person's name where a CRM has one field for all of it: what of it greets them, and what is the family's."""

PARTICLES = frozenset({"de", "del", "la", "las", "los", "el", "da", "do", "dos", "das", "san", "von", "van"})
"""Words that belong to the surname after them: *de la Fuente*."""
JOINING = frozenset({"y", "i", "e"})
"""Words that make one surname of two: *Ramón y Cajal*."""
SURNAMES = 2


def split_name(written: str) -> tuple[str, str]:
    """Give given and family names of `García López, María` or of `María García López`.

    A comma decides. Without one the last two surnames are the family's, the last one where nothing else would be left
    to greet. What cannot be known so is at worst a given name too many, which is the family's.
    """
    family, comma, given = (part.strip() for part in written.partition(","))
    if comma:
        return given, family
    words = written.split()
    first = len(words)
    for _ in range(SURNAMES):
        begins = _begin(words, first)
        first = begins if begins > 0 else first
    return " ".join(words[:first]), " ".join(words[first:])


def _begin(words: list[str], end: int) -> int:
    """Say where the surname begins that ends there."""
    first = end - 1
    if first > 1 and words[first - 1].lower() in JOINING:
        first -= 2
    while first > 1 and words[first - 1].lower() in PARTICLES:
        first -= 1
    return first
