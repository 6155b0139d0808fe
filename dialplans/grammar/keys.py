"""The words with which a language's texts say that a key is to be pressed; who reads them presses them too."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Press:
    """The verb of every menu ("pulse 1"), and what the two keys without a figure are called; all in lower case.

    before: what may stand between the verb and the key: "la tecla", "el", "l'".
    """

    verb: str
    star: str
    hash: str
    before: tuple[str, ...] = ()
