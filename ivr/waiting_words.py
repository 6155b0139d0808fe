"""What a caller who waits is told of their place: only what is known, and never more than before without a reason.

Pure. The time to expect is said as a range. Once a longest time has been said, a longer one is said only
after the reason for it, which is the one that made it longer; one that is longer by a minute at most is not worth the
words, and what was said stands. A place farther back is said only with a longer time: else it tells nobody anything.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from dialplans.grammar import grammar
from dialplans.institution_file import WaitingMessage
from ivr.ports.floor import Place

AHEAD, SLOWER, BUSIER = "wait.longer_ahead", "wait.longer_slower", "wait.longer_busier"
PROMPTS = frozenset({"wait.position", "wait.range", AHEAD, SLOWER, BUSIER})

_MINUTE = 60
SLIGHT_S = 60
"""A range that is longer by so much is the same range: it is said in whole minutes."""

Pieces = list[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Told:
    """What the caller was told last: place, and the longest wait from then on in seconds; None: not told.

    `agents` and `handle_s` are what that wait came from, as `Place` has them.
    """

    position: int | None = None
    most_s: int | None = None
    agents: int = 0
    handle_s: float | None = None


NOTHING = Told()


def announcement(language: str, place: Place | None, before: Told = NOTHING) -> tuple[Pieces, Told]:
    """Say the place in line and the time to expect, piece by piece; give what is then known to be told."""
    if place is None:
        return [], before
    told = _held_to(before, place)
    longer = before.most_s is not None and told.most_s is not None and told.most_s > before.most_s
    pieces: Pieces = [(_reason(before, place),)] if longer else []
    say = grammar(language)
    if before.position is None or place.position <= before.position or longer:
        with suppress(ValueError):  # a position beyond what is recorded
            pieces.append(("wait.position", *say.position(place.position)))
    else:
        told = replace(told, position=before.position)
    if place.expected is not None and told.most_s is not None:
        least = min(place.expected.least_s, told.most_s)
        pieces.append(("wait.range", *say.minutes_range(*_minutes(least, told.most_s))))
    return pieces, told


def _held_to(before: Told, place: Place) -> Told:
    """Say what the caller is told now: what they were told, where it is only slightly longer."""
    if place.expected is None:
        return replace(before, position=place.position)
    most = place.expected.most_s
    if before.most_s is not None and before.most_s < most <= before.most_s + SLIGHT_S:
        return replace(before, position=place.position)
    return Told(place.position, most, place.agents, place.handle_s)


def _reason(before: Told, place: Place) -> str:
    """Give the words for why it takes longer than the caller was told, by what made the most of it."""
    slower = _grown(before.handle_s, place.handle_s)
    back = _grown(before.position, place.position)
    fewer = _grown(place.agents, before.agents)
    if place.preferred and back > max(1.0, slower, fewer):
        return AHEAD
    return SLOWER if slower > max(1.0, back, fewer) else BUSIER


def _grown(before: float | None, now: float | None) -> float:
    """Say by what factor something grew; 1 where it is not known."""
    return now / before if before and now is not None else 1.0


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
