"""How many are due before a caller among those who want the same agents: the position that is said."""

from bisect import bisect_left
from collections.abc import Callable, Iterable

from queues.conditions import Profile
from queues.lines import Line
from queues.wishes import Kind, Wish, kind_of

CouldServe = Callable[[Kind], frozenset[Profile]]


def position(wish: Wish, lines: Iterable[Line], could_serve: CouldServe) -> int:
    """Count this caller and those before who compete for the same agents."""
    mine = kind_of(wish)
    own = could_serve(mine)
    return 1 + sum(
        _before(line, wish) for line in lines if line.turns and _compete(mine, own, line.kind, could_serve)
    )


def positions(waiting: Iterable[Wish], could_serve: CouldServe) -> list[tuple[Wish, int]]:
    """List everybody in global order with their position: one sweep for a whole board."""
    turns = sorted(waiting, key=lambda wish: wish.order)
    passed = dict.fromkeys(map(kind_of, turns), 0)
    served = {kind: could_serve(kind) for kind in passed}
    rivals = {
        kind: [other for other in passed if _compete(kind, served[kind], other, served.__getitem__)]
        for kind in passed
    }
    listed = []
    for wish in turns:
        kind = kind_of(wish)
        listed.append((wish, 1 + sum(passed[rival] for rival in rivals[kind])))
        passed[kind] += 1
    return listed


def _compete(mine: Kind, own: frozenset[Profile], other: Kind, could_serve: CouldServe) -> bool:
    """Whether another kind wants the same agents; with nobody signed in, the same level and language."""
    others = could_serve(other)
    same = (mine.level, mine.language) == (other.level, other.language)
    return not own.isdisjoint(others) or (same and not own and not others)


def _before(line: Line, wish: Wish) -> int:
    """How many of a line are due before this wish."""
    if line.kind.priority != wish.priority:
        return len(line.turns) if line.kind.priority > wish.priority else 0
    return bisect_left(line.turns, (wish.since, wish.call))
