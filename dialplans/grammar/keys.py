"""The words with which a language's texts say that a key is to be pressed; who reads them presses them too."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Press:
    """The verbs of menus ("pulse 1", "marque 1"), and what the two keys without a figure are called; in lower case.

    verbs: that of our own texts first; before: what may stand between verb and key: "la", "tecla", "l'".
    whose: what begins an option's words where they follow its key: "press 1 for pensions".
    joins: what may stand before the last option: "or press 3".
    """

    verbs: tuple[str, ...]
    star: str
    hash: str
    before: tuple[str, ...] = ()
    whose: tuple[str, ...] = ()
    joins: tuple[str, ...] = ()
