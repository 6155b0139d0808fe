"""From text to the phonemes the synthesiser is given. Only `build` needs it (group `voice`).

eSpeak NG speaks every language of ours but Galician; that is pycotovia's, the rules of Cotovía (Universidade de
Vigo), which know words only: the punctuation between them is kept here.
"""

import re
from collections.abc import Callable

from dialplans.grammar.cardinals import words

Phonemes = Callable[[str], str]

COTOVIA = "cotovia"
"""What `voices.toml` names for Galician in place of a code of eSpeak NG."""

_UNKNOWN = {"ɱ": "m", "¿": "", "¡": "", "\u033a": "", "\u033b": ""}
"""What eSpeak gives that the model has no sign for, and the nearest it has; the last two tell the Basque s from z."""

_STRESS = "\u02c8"
_UNSTRESSED = frozenset(
    words(
        "a, o, as, os, e, de, do, da, dos, das, en, no, na, nos, nas, ao, aos, kon, kuN, por, ke, se, ow, Ze, Zes, me"
    )
)
"""Words of Galician that lean on the next, as Cotovía writes them; it marks a stress on every word."""


def phonemiser(code: str) -> Phonemes:
    """Return what turns a text into phonemes, for a code of `voices.toml`."""
    return _cotovia() if code == COTOVIA else _espeak(code)


def _espeak(code: str) -> Phonemes:
    import espeakng_loader  # noqa: PLC0415 - developers' machines only; the server must start without it
    from phonemizer.backend import EspeakBackend  # noqa: PLC0415 - as above
    from phonemizer.backend.espeak.wrapper import EspeakWrapper  # noqa: PLC0415 - as above

    EspeakWrapper.set_library(espeakng_loader.get_library_path())
    EspeakWrapper.set_data_path(espeakng_loader.get_data_path())
    backend = EspeakBackend(code, preserve_punctuation=True, with_stress=True)
    known = str.maketrans(_UNKNOWN)

    def phonemes(text: str) -> str:
        spoken: str = backend.phonemize([text])[0]
        return spoken.strip().translate(known)

    return phonemes


def _cotovia() -> Phonemes:
    from pycotovia import cotovia_to_ipa, phonemize  # noqa: PLC0415 - as above

    def phrase(match: re.Match[str]) -> str:
        text = match.group()
        marked: str = phonemize(text, lang="gl", tra=2)
        spoken = [_stressed(word, alone=" " not in text) for word in marked.split()]
        sounds: str = cotovia_to_ipa(" ".join(spoken))
        return sounds

    return lambda text: re.sub(r"[^\s.,:;?!]+( [^\s.,:;?!]+)*", phrase, text).strip()


def _stressed(word: str, *, alone: bool) -> str:
    """Turn Cotovía's sign after the stressed vowel into the stress sign before it, but for little words."""
    bare = word.replace("^", "")
    if not alone and bare in _UNSTRESSED:
        return bare
    return re.sub(r"([aeiouEO])\^", rf"{_STRESS}\1", word)
