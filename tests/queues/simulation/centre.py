"""Small centres for the tests of the simulation."""

from queues.agents import Agent
from queues.simulation.clock import Centre
from queues.simulation.measures import Books
from queues.simulation.ours import Ours
from queues.simulation.people import Caller, Dispatcher, Ended, Shift
from queues.wishes import Rules


def agent(name: str, level: int = 1, languages: str = "es", **skills: int) -> Agent:
    return Agent(name, "", level, dict.fromkeys(languages.split(), 5), skills)


def caller(
    at: float,
    work_s: float = 100.0,
    *,
    subject: str = "general",
    language: str = "es",
    level: int = 1,
    priority: int = 0,
    wrap_s: float = 0.0,
    patience_s: float = 10_000.0,
) -> Caller:
    return Caller(f"c{at:g}", at, subject, language, level, priority, work_s, wrap_s, patience_s)


def spent(
    callers: list[Caller],
    shifts: list[Shift],
    dispatcher: Dispatcher | None = None,
    *,
    answer_s: float = 0.0,
    lines: float = float("inf"),
    room: float = float("inf"),
) -> tuple[dict[str, Ended], Books]:
    """Spend a day; how each call ended, by call."""
    books = Books(Rules())
    centre = Centre(dispatcher or Ours(Rules()), books, lines=lines, room=room, answer_s=answer_s)
    centre.run(callers, shifts)
    return {call.caller.call: call for call in books.ends}, books
