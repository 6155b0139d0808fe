"""Asking for a person in writing, where the question at hand does not offer one. Pure."""

from typing import Final

from ivr.identity import NOUGHT

PERSON_KEY: Final = "0"
WORDS: Final = frozenset(
    {"agente", "persona", "operador", "operadora", "agent", "person", "axente", "persoa", "pertsona", "human"}
)
"""A person, in the languages that are written; with the endings that they take."""
_ARTICLES: Final = frozenset({"un", "una", "el", "la", "o", "a", "an", "unha", "bat", "con", "amb", "with"})
_NOUGHTS: Final = frozenset(f"id.question.{question}" for question in NOUGHT)


def key_for(typed: str, asked: frozenset[str]) -> str | None:
    """Give 0 to who asks for a person in one word, unless 0 would be an answer; `asked`: the question's prompts."""
    words = [word for word in typed.casefold().strip(" .,;:!¡?¿").split() if word not in _ARTICLES]
    wanted = len(words) == 1 and words[0] in WORDS
    return PERSON_KEY if wanted and not asked & _NOUGHTS else None
