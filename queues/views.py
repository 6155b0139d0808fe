"""What others may see of the floor: a caller's place, the supervisor's board."""

from collections import Counter

from queues.agents import AgentState, State
from queues.board import AgentRow, Board, WaitingRow
from queues.callbacks import is_ours
from queues.hall import Hall
from queues.rows import Row
from queues.waiting_time import Expected, Place, Staffed, expected_over
from queues.wishes import Kind, Step, Wish, kind_of

UNREACHABLE = "unreachable"


def place_of(hall: Hall, call: str, at: float) -> Place | None:
    """Say where a caller stands; None when the call is not in line."""
    wish = hall.router.waiting.get(call)
    position = hall.router.position(call)
    if wish is None or position is None:
        return None
    stages = Staff(hall, at).stages(wish)
    return Place(
        position,
        _expected(hall, wish, position, stages),
        max((stage.agents for stage in stages), default=0),
        hall.handle_times[wish.level].mean_s,
        hall.router.preferred(call),
    )


class Staff:
    """Who could serve whom, as it is at one moment; counted once for each kind of wish and what is open to it."""

    def __init__(self, hall: Hall, at: float) -> None:
        self._hall, self._at = hall, at
        bench = hall.router.bench
        # Who has a break is nobody who could serve soon.
        here = (one.agent for one in hall.states.values() if one.state is not State.PAUSED)
        self._present = Counter(row for name in here if (row := bench.row_of(name)) is not None)
        self._counted: dict[tuple[Kind, int], list[tuple[Step, int]]] = {}

    def stages(self, wish: Wish) -> list[Staffed]:
        """Say how many could serve this caller now, and how many when each further step is open."""
        router = self._hall.router
        opened, ages = len(router.open_steps(wish.call, self._at)), router.opening(wish.call, self._at)
        waited_s = self._at - wish.since
        return [
            Staffed(max(0.0, ages.get(step, step.after_s) - waited_s) if place >= opened else 0.0, agents)
            for place, (step, agents) in enumerate(self._count(wish))
        ]

    def _count(self, wish: Wish) -> list[tuple[Step, int]]:
        steps = [step for step in self._hall.router.steps(wish.call) if wish.since + step.until_s > self._at]
        key = kind_of(wish), len(steps)
        if key not in self._counted:
            rows: dict[Row, None] = {}
            counted = self._counted[key] = []
            for step in steps:
                if step.named is None:
                    rows |= self._hall.router.bench.ranks(step).pool.rows
                counted.append((step, sum(self._present[row] for row in rows)))
        return self._counted[key]


def _expected(hall: Hall, wish: Wish, position: int, stages: list[Staffed]) -> Expected | None:
    return expected_over(position, stages, hall.handle_times[wish.level].mean_s)


def board_of(
    hall: Hall, at: float, *, connected: bool, latency_ms: float | None, late_ms: float | None = None
) -> Board:
    """Take a picture of the floor."""
    return Board(
        at=at,
        waiting=_waiting_rows(hall, at),
        agents=tuple(_agent_row(hall, state) for state in hall.states.values()),
        asterisk_connected=connected,
        asterisk_latency_ms=latency_ms,
        asterisk_late_ms=late_ms,
    )


def _waiting_rows(hall: Hall, at: float) -> tuple[WaitingRow, ...]:
    """Everybody in line in their turn."""
    staff = Staff(hall, at)
    return tuple(
        _waiting_row(hall, wish, position, _expected(hall, wish, position, staff.stages(wish)))
        for wish, position in hall.router.positions()
    )


def _waiting_row(hall: Hall, wish: Wish, position: int, expected: Expected | None) -> WaitingRow:
    began = hall.places[wish.call].began
    since = wish.since if began is None else began
    return WaitingRow(
        wish.call, wish.subject, wish.language, wish.level, wish.priority, since, position, expected,
        wish.call not in hall.away_since, is_ours(wish.call),
    )  # fmt: skip


def _agent_row(hall: Hall, state: AgentState) -> AgentRow:
    agent = hall.people[state.agent]
    reachable = hall.is_reachable(state.agent)
    shown = state.state.value if reachable or state.state is not State.READY else UNREACHABLE
    return AgentRow(
        agent.name, agent.display, agent.level, shown, state.since, state.reason, state.call, state.until,
        state.then, reachable,
    )  # fmt: skip
