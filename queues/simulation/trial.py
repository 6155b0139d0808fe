"""One day spent with one plan and one way of routing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from queues.simulation.clock import Centre
from queues.simulation.measures import Books
from queues.simulation.people import Caller, Dispatcher, Shift
from queues.wishes import Rules


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it: the plan's name, who was at the desks, and the books of the day."""

    name: str
    shifts: tuple[Shift, ...]
    books: Books


def spend(
    name: str,
    callers: Iterable[Caller],
    shifts: Sequence[Shift],
    dispatcher: Dispatcher,
    rules: Rules,
    *,
    answer_s: float = 0.0,
    lines: float = float("inf"),
) -> Trial:
    """Let a day pass. The callers are drawn beforehand: every trial of a day meets the same."""
    books = Books(rules)
    Centre(dispatcher, books, lines=lines, answer_s=answer_s).run(callers, shifts)
    return Trial(name, tuple(shifts), books)
