"""Virtual callers: places in line whose callers have hung up and will be called. Pure, as queues/hall.py is.

A virtual caller is none that comes or leaves: no fact says so here, for the caller who took the callback was
said to wait when they came.
"""

from dataclasses import replace
from typing import Final, assert_never

from queues.agents import Event, Happening
from queues.callbacks import Callback, Stage
from queues.hall import Hall
from queues.ports import KeptPlace, PlaceTaken
from queues.wishes import Wish, channel_of

NO_ANSWER: Final = "no_answer"
"""Why an agent who was rung first is not there; only who was rung in vain is set aside for it."""
VANISHED: Final = "vanished"
"""Why else: Asterisk took the ring on, and has no such leg. After the second in a row it counts as no answer."""


def stand(hall: Hall, wish: Wish, at: float) -> None:
    """Put a virtual caller in line at their turn; one who stands there already stays as they are."""
    if wish.call not in hall.places:
        _place(hall, KeptPlace(replace(wish, since=min(wish.since, at))))


def hand_over(hall: Hall, call: str, virtual: str, at: float) -> Wish | None:
    """Let the virtual caller take this caller's place; None when the call stands in no line."""
    place = hall.places.get(call)
    if place is None or place.talk_since is not None:
        return None
    # Who is called back speaks, and nothing is proven of who will pick up: nobody is theirs.
    wish = replace(place.wish, call=virtual, channel=channel_of(virtual), named=())
    aside(hall, call, at)
    if virtual not in hall.places:  # else it was found in the table and stands already
        _place(hall, KeptPlace(wish))
    return wish


def aside(hall: Hall, call: str, at: float) -> None:
    """Take a caller out of line without counting; whoever was set aside for them is free as before."""
    place = hall.places.get(call)
    if place is None or place.talk_since is not None:
        return
    if place.agent is not None:
        hall.attempt(place.agent, Event(Happening.RELEASE, at, call))
    hall.forget(call)


def here(hall: Hall, call: str, at: float) -> None:
    """Take note that a virtual caller is on the line now: what they wait from here on is a wait."""
    place = hall.places.get(call)
    if place is not None and place.talk_since is None:
        _keep(hall, replace(place, began=at))


def follow(hall: Hall, before: Callback, now: Callback, at: float) -> None:
    """Bring the line in accord with what a promise has become."""
    match now.stage:
        case Stage.WAITING if before.stage is Stage.SUMMONING and now.why == NO_ANSWER:
            hall.rang_out(now.call, at)
        case Stage.WAITING if before.stage is Stage.SUMMONING:
            hall.withdraw(now.call, at)
        case Stage.CALLING | Stage.SUMMONING | Stage.WAITING | Stage.KEPT | Stage.LEFT:
            return
        case Stage.REACHED:
            here(hall, now.call, at)
        case Stage.RESTING | Stage.GIVEN_UP | Stage.CANCELLED | Stage.EXPIRED:
            aside(hall, before.call, at)
        case _:
            assert_never(now.stage)


def _place(hall: Hall, place: KeptPlace) -> None:
    _keep(hall, place)
    hall.router.join(place.wish)


def _keep(hall: Hall, place: KeptPlace) -> None:
    hall.places[place.wish.call] = place
    hall.changes.append(PlaceTaken(place))
