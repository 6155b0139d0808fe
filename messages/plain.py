"""Plainer letters for an SMS, language by language, where who writes well would accept them. Pure.

One `ó` makes of 160 letters 70: a code that fits one SMS takes three, and each is paid for. The GSM alphabet has
`é ñ ü à è ì ò ù Ç ¿ ¡`, and lacks `á í ó ú ï ç ·`. Where a word without its accent is still that word, the accent goes
("código", "teléfono"); where it would be another one ("más" and "mas", "está" and "esta"), the text stays as it is and
takes the room it takes. Basque and English have no such letters; what stands in their texts comes from names.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

_ACUTE = {"á": "a", "í": "i", "ó": "o", "ú": "u", "Á": "A", "Í": "I", "Ó": "O", "Ú": "U"}
_SIGNS = {"…": "...", "’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\N{NO-BREAK SPACE}": " "}  # noqa: RUF001 - these are the letters it is about
_NAMES = {"º": "o", "ª": "a"}
_CATALAN = {"ï": "i", "Ï": "I", "ç": "c", "l·l": "l.l", "L·L": "L.L"}

PLAIN: Mapping[str, Mapping[str, str]] = MappingProxyType(
    dict.fromkeys(("es", "gl", "eu", "en"), MappingProxyType(_ACUTE | _SIGNS | _NAMES))
    | dict.fromkeys(("ca", "va"), MappingProxyType(_ACUTE | _SIGNS | _NAMES | _CATALAN))
)
"""What stands for what, by language. A language that is not here is left alone."""

OTHER_WORDS: Mapping[str, frozenset[str]] = MappingProxyType({
    "es": frozenset({
        "más", "sí", "tú", "mí", "aún", "está", "están", "esté", "estás", "sólo", "cómo", "cuándo", "cuánto", "dónde",
        "qué", "quién", "pagó", "cobró", "solicitó", "cambió", "pidió", "anuló", "anulará", "pagará", "cobrará",
    }),
    "gl": frozenset({"está", "están", "só", "dá", "máis", "nós", "vós", "cómpre", "pagará", "cobrará", "anulará"}),
    "ca": frozenset({"sí", "són", "món", "ús", "dóna", "déu", "bóta", "mós"}),
    "va": frozenset({"sí", "són", "món", "ús", "dóna", "déu", "bóta", "mós"}),
})  # fmt: skip
"""Words that are another word, or another tense, without their accent: a text with one of them keeps all."""

_WORD = re.compile(r"\w+")


def plainer(text: str, language: str) -> str:
    """Give a text in plainer letters; as it is where that would change what it says."""
    instead = PLAIN.get(language)
    if instead is None or _has_other_words(text, language):
        return text
    for letters, plain in instead.items():
        text = text.replace(letters, plain)
    return text


def _has_other_words(text: str, language: str) -> bool:
    words = {word.lower() for word in _WORD.findall(text)}
    return bool(words & OTHER_WORDS.get(language, frozenset()))
