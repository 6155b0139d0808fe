"""A person's name where a CRM has one field for all of it: what of it greets them, and what is the family's."""

PARTICLES = frozenset(
    {"de", "del", "la", "las", "los", "el", "y", "i", "e", "da", "do", "dos", "das", "san", "von", "van"}
)
"""Words that belong to the family name after them: *de la Fuente*, *Ramón y Cajal*."""
SURNAMES = 2


def split_name(written: str) -> tuple[str, str]:
    """Give given and family names of `García López, María` or of `María García López`.

    A comma decides. Without one the last two words are the surnames (the last one, of two words), with the
    particles before them. What cannot be known so is at worst a given name too many, which is the family's.
    """
    family, comma, given = (part.strip() for part in written.partition(","))
    if comma:
        return given, family
    words = written.split()
    first = max(1, len(words) - (SURNAMES if len(words) > SURNAMES else 1))
    while first > 1 and words[first - 1].lower() in PARTICLES:
        first -= 1
    return " ".join(words[:first]), " ".join(words[first:])
