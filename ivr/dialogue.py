"""How every self-service speaks with its caller: tell, choose, confirm, take digits, give a reference.

The keys a caller may always count on are the same everywhere: 0 a person, # back, * again. A service
therefore never sees them: they, and the third wrong key or silence, raise `Leaves`, which the frame
(`serving`) turns into the outcome of that name. While digits are keyed, 0 and # mean that only alone.
"""

from collections.abc import Callable, Collection

from dialplans.grammar import grammar
from dialplans.machine import MAX_TRIES
from ivr.services import Leaves, Visit

__all__ = ["KEYING_S", "KEY_S", "PROMPTS", "Leaves", "choose", "confirm", "digits", "reference", "tell"]

KEY_S = 6.0  # to choose a key after the last word
KEYING_S = 10.0  # between two digits of a number that is being looked for
SLOW_AFTER = 2  # repeats of the same words
MOST_REPEATS = 20  # nobody wants to hear it so often; a stuck key does

PROMPTS = frozenset(
    {
        "menu.after_service", "service.confirm", "service.reference",
        "service.wrong_digits", "silence", "wrong_key",
    }
)  # fmt: skip


async def tell(visit: Visit, *words: str) -> str:
    """Say this, as often as the caller wants, and the reference if one was given; `done` when they go on."""
    again = (*words, *visit.course.reference)
    said, tries, repeats = words, 0, 0
    while tries < MAX_TRIES:
        match await visit.talk.ask((*said, "menu.after_service"), 1, KEY_S):
            case "1" | "*":
                said, tries, repeats = again, 0, repeats + 1
                _slower(visit, repeats)
            case "2":
                return "done"
            case "#":
                raise Leaves("back")
            case "0":
                raise Leaves("person")
            case keys:
                said, tries = (_failure(keys),), tries + 1
    raise Leaves("gave_up")


async def choose(visit: Visit, keys: Collection[str], *words: str, timeout_s: float = KEY_S) -> str:
    """Say the choices; give the one of `keys` that was pressed."""
    said, tries, repeats = words, 0, 0
    while tries < MAX_TRIES:
        pressed = await visit.talk.ask(said, 1, timeout_s)
        if pressed and pressed in keys:  # silence is in every string
            return pressed
        _leave_on(pressed)
        if pressed == "*":
            said, repeats = words, repeats + 1
            _slower(visit, repeats)
        else:
            said, tries = (_failure(pressed), *words), tries + 1
    raise Leaves("gave_up")


async def confirm(visit: Visit, *words: str) -> bool:
    """Say this and ask whether it is right."""
    return await choose(visit, "12", *words, "service.confirm") == "1"


def always(_: str) -> bool:
    """Take any digits."""
    return True


async def digits(
    visit: Visit,
    *words: str,
    least: int,
    most: int,
    check: Callable[[str], bool] = always,
    wrong: str = "service.wrong_digits",
    timeout_s: float = KEYING_S,
) -> str:
    """Take `least` to `most` digits for which `check` holds; to others `wrong` is said, and the words again."""
    for _ in range(MAX_TRIES):
        keys = await _keyed(visit, words, most, timeout_s)
        _leave_on(keys)
        if not keys:
            visit.talk.owe("silence")
        elif not (keys.isascii() and keys.isdecimal() and least <= len(keys) <= most and check(keys)):
            visit.talk.owe(wrong)
        else:
            return keys
    raise Leaves("gave_up")


async def reference(visit: Visit, text: str) -> None:
    """Owe the reference of what was accepted, sign by sign; `tell` gives it again when asked."""
    visit.course.reference = ("service.reference", *grammar(visit.talk.language).digits(text))
    visit.talk.owe(*visit.course.reference)


async def _keyed(visit: Visit, words: tuple[str, ...], most: int, timeout_s: float) -> str:
    """Take keys; a lone * says the words again, as often as callers do who listen."""
    for _ in range(MAX_TRIES):
        keys = await visit.talk.ask(words, most, timeout_s)
        if keys != "*":
            return keys
    return ""


def _slower(visit: Visit, repeats: int) -> None:
    """Speak slowly for the rest of the call to who wants to hear the same a second time again."""
    if repeats > MOST_REPEATS:
        raise Leaves("gave_up")
    if repeats >= SLOW_AFTER:
        visit.talk.slow = True


def _leave_on(key: str) -> None:
    match key:
        case "0":
            raise Leaves("person")
        case "#":
            raise Leaves("back")


def _failure(keys: str) -> str:
    return "wrong_key" if keys else "silence"
