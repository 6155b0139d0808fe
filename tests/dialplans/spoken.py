"""What the tables of every language's tests need: say something, and words written as one text."""

from typing import Any

from dialplans.grammar import grammar, written

Row = tuple[str, Any, str]
"""What is said (a function of the grammar), of what (a tuple: more arguments than one), and the words."""


def said(language: str, what: str, value: object) -> str:
    """Return what a language says, as text; `what` may end in " feminine"."""
    function, _, gender = what.partition(" ")
    speak = getattr(grammar(language), function)
    arguments = value if isinstance(value, tuple) else (value,)
    return written(language, speak(*arguments, **({"feminine": True} if gender else {})))


def listed(text: str) -> list[str]:
    """Return the words of a table, separated by commas or line ends."""
    return [word.strip() for word in text.replace("\n", ",").split(",") if word.strip()]
