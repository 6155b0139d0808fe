"""How a number falls into fragments, the same way in every Romance language we speak.

The key of a number's fragment is `n.<value>`, with a suffix for a form that not every number has: `.f`
feminine, `.m` shortened before a masculine noun, `.u` the Catalan numeral, `.and` a hundred with something
after it. A form that a language does not list is the plain one, so these rules serve every such language.
Basque and English count in files of their own.
"""

import re
from collections.abc import Callable, Mapping

Keys = tuple[str, ...]
Cardinal = Callable[[Mapping[str, str], int, str], Keys]
"""Fragments, number and form ("" or a suffix) to the keys that say it; `cardinal` is the Romance one."""

LARGEST = 999_999_999
SPOKEN_YEARS = range(2001, 2041)
"""Years nearly every date has: recorded whole, because joined they are the number misheard most."""

_THOUSAND = 1_000
_MILLION = 1_000_000
_HUNDRED = 100
_TEN = 10
_LEADING = re.compile(
    r"n\.\d{3,}(\.f|\.and)?|n\.(thousand|millions)(\.and)?|n\.\d+\.(m|ko)|month\.\d+|euro\..*and"
    r"|clock\.(past|to|quarter\.\d|before\..*)|time\.and|date\.\d+|part\..*|year\.oh"
    r"|range\.(less_than(\.11)?|between|about)|place\.number|letter\.plus"
)


def words(listed: str) -> tuple[str, ...]:
    """Return a table of words written as one text, easier to read than thirty quoted words."""
    return tuple(word.strip() for word in listed.split(","))


def leads(key: str) -> bool:
    """Whether something nearly always follows this fragment, so that the voice is held up in it."""
    return bool(_LEADING.fullmatch(key))


def form(fragments: Mapping[str, str], key: str, suffix: str) -> str:
    """Return the key's form with that suffix, or the plain key where the language has no such form."""
    return key + suffix if key + suffix in fragments else key


def cardinal(fragments: Mapping[str, str], n: int, suffix: str = "") -> tuple[str, ...]:
    """Return the fragments of 0 ≤ n ≤ 999 999 999 in the form `suffix` ("", ".f", ".m" or ".u")."""
    if not 0 <= n <= LARGEST:
        raise ValueError(f"{n} is not between 0 and {LARGEST}")
    if n == 0:
        return ("n.0",)
    millions, rest = divmod(n, _MILLION)
    thousands, units = divmod(rest, _THOUSAND)
    return (
        *_millions(fragments, millions),
        *_thousands(fragments, thousands, ".f" if suffix == ".f" else ".m"),
        *_below_thousand(fragments, units, suffix),
    )


def year(fragments: Mapping[str, str], number: int, suffix: str = "") -> tuple[str, ...]:
    """Return a year, as one fragment where the language has it, else as a number in the form `suffix`."""
    whole = f"year.{number}"
    return (whole,) if whole in fragments else cardinal(fragments, number, suffix)


def _millions(fragments: Mapping[str, str], count: int) -> tuple[str, ...]:
    match count:
        case 0:
            return ()
        case 1:
            return ("n.1000000",)
        case _:
            return (*_below_thousand(fragments, count, ".m"), "n.millions")


def _thousands(fragments: Mapping[str, str], count: int, suffix: str) -> tuple[str, ...]:
    if count == 0:
        return ()
    if count < _TEN:
        return (form(fragments, f"n.{count * _THOUSAND}", suffix),)
    return (*_below_thousand(fragments, count, suffix), "n.1000")


def _below_thousand(fragments: Mapping[str, str], n: int, suffix: str) -> tuple[str, ...]:
    hundreds, rest = divmod(n, _HUNDRED)
    keys = []
    if hundreds:
        hundred = f"n.{hundreds * _HUNDRED}"
        keys.append(form(fragments, hundred, ".and" if hundreds == 1 and rest else suffix))
    if rest:
        keys.append(form(fragments, f"n.{rest}", suffix))
    return tuple(keys)
