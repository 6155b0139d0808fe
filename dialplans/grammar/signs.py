"""How digits, letters and telephone numbers fall into groups that an ear can follow."""

import itertools
import re
from collections.abc import Callable, Iterator, Mapping

from dialplans.grammar.cardinals import Keys, cardinal, form

PAUSE = "pause.short"
"""The fragment of silence between groups; its written text is a comma."""

Group = Callable[[Mapping[str, str], str], Keys]
"""Fragments and a group of digits of a telephone number to the keys that say it."""

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_GROUP = 3
_LONGEST_UNGROUPED = 4
_TWO_DIGIT_AREAS = ("91", "93")
_SPANISH_LENGTH = 9


def spelled(fragments: Mapping[str, str], signs: str) -> Keys:
    """Return the signs one by one, digits in groups of three counted from the right, pauses between.

    Spaces, full stops, hyphens and slashes are pauses too, and so is what else stands in a CRM's own references:
    plus, low line, at, colon, tilde. ValueError for any other sign, and where nothing would be said.
    """
    groups = re.findall(r"[0-9]+|[A-Za-z]+", signs)
    if not groups or re.search(r"[^0-9A-Za-z .\-/+_@:~]", signs):
        raise ValueError("only digits and the letters A to Z can be spelled, and . - / + _ @ : ~ as pauses")
    return _with_pauses([sign_by_sign(fragments, part) for group in groups for part in _split(group)])


def _split(group: str) -> Iterator[str]:
    if not group.isdigit() or len(group) <= _LONGEST_UNGROUPED:
        yield group
        return
    first = len(group) % _GROUP or _GROUP
    yield group[:first]
    for start in range(first, len(group), _GROUP):
        yield group[start : start + _GROUP]


def sign_by_sign(fragments: Mapping[str, str], group: str) -> Keys:
    """Return the signs of a group, letters and digits, without pauses."""
    return tuple(
        form(fragments, f"n.{sign}", ".u") if sign.isdigit() else f"letter.{sign.lower()}" for sign in group
    )


def _with_pauses(groups: list[Keys]) -> Keys:
    keys = list(groups[0])
    for group in groups[1:]:
        keys += [PAUSE, *group]
    return tuple(keys)


def as_number(fragments: Mapping[str, str], group: str) -> Keys:
    """Return the group as one number; with a leading nought it can only be said sign by sign."""
    if group.startswith("0"):
        return sign_by_sign(fragments, group)
    return cardinal(fragments, int(group), ".u")


def telephone(fragments: Mapping[str, str], e164: str, say: Group = as_number) -> Keys:
    """Return a telephone number as it is said in Spain: 93 123 45 67, 612 34 56 78, or abroad by threes."""
    if not _E164.fullmatch(e164):
        raise ValueError("a telephone number is + and 7 to 15 digits (E.164)")
    if not (e164.startswith("+34") and len(e164) == _SPANISH_LENGTH + 3):
        return ("letter.plus", *spelled(fragments, e164[1:]))
    national = e164[3:]
    cuts = (0, 2, 5, 7, 9) if national.startswith(_TWO_DIGIT_AREAS) else (0, 3, 5, 7, 9)
    groups = [national[start:end] for start, end in itertools.pairwise(cuts)]
    return _with_pauses([say(fragments, group) for group in groups])
