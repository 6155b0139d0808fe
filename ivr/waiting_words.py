"""What a caller who waits is told of their place: only what is known, and never more than before without a reason.

Pure. The time to expect is said as a range. Once a longest time has been said, a longer one is said only
after the reason for it; one that is longer by a minute at most is not worth the words, and what was said
stands.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from dialplans.grammar import grammar
from dialplans.institution_file import WaitingMessage
from ivr.ports.floor import Place

PROMPTS = frozenset({"wait.position", "wait.range", "wait.longer_ahead", "wait.longer_slower"})

_MINUTE = 60
SLIGHT_S = 60
"""A range that is longer by so much is the same range: it is said in whole minutes."""

Pieces = list[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Told:
    """What the caller was told last: place, and the longest wait from then on in seconds; None: not told."""

    position: int | None = None
    most_s: int | None = None


NOTHING = Told()


def announcement(language: str, place: Place | None, before: Told = NOTHING) -> tuple[Pieces, Told]:
    """Say the place in line and the time to expect, piece by piece; give what is then known to be told."""
    if place is None:
        return [], before
    told = _held_to(before, place)
    pieces: Pieces = [(reason,)] if (reason := _reason(before, place, told)) else []
    say = grammar(language)
    with suppress(ValueError):  # a position beyond what is recorded
        pieces.append(("wait.position", *say.position(place.position)))
    if place.expected is not None and told.most_s is not None:
        least = min(place.expected.least_s, told.most_s)
        pieces.append(("wait.range", *say.minutes_range(*_minutes(least, told.most_s))))
    return pieces, told


def _held_to(before: Told, place: Place) -> Told:
    """Say what the caller is told now: what they were told, where it is only slightly longer."""
    if place.expected is None:
        return Told(place.position, before.most_s)
    most = place.expected.most_s
    if before.most_s is not None and before.most_s < most <= before.most_s + SLIGHT_S:
        most = before.most_s
    return Told(place.position, most)


def _reason(before: Told, place: Place, told: Told) -> str | None:
    """Give the words for why it takes longer than the caller was told, None when it does not."""
    moved_back = before.position is not None and place.position > before.position
    longer = before.most_s is not None and told.most_s is not None and told.most_s > before.most_s
    if moved_back:
        return "wait.longer_ahead"
    return "wait.longer_slower" if longer else None


def _minutes(least_s: int, most_s: int) -> tuple[int, int]:
    return max(1, least_s // _MINUTE), max(1, -(-most_s // _MINUTE))


def due_message(
    messages: Sequence[WaitingMessage], waited_s: float, said: frozenset[str]
) -> WaitingMessage | None:
    """Give the message whose time has come and which has not been said."""
    return next((one for one in messages if one.after_s <= waited_s and one.say not in said), None)


def next_message_s(messages: Sequence[WaitingMessage], waited_s: float, said: frozenset[str]) -> float:
    """Say how many seconds it is to the next message; infinity when there is none."""
    return min((one.after_s - waited_s for one in messages if one.say not in said), default=float("inf"))
