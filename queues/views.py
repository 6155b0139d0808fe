"""What others may see of the floor: a caller's place, the supervisor's board."""

from queues.agents import AgentState, State
from queues.board import AgentRow, Board, WaitingRow
from queues.callbacks import is_ours
from queues.hall import Hall
from queues.rules import steps_of
from queues.waiting_time import Expected, Place, expected_wait
from queues.wishes import Kind, Wish, kind_of

UNREACHABLE = "unreachable"


def place_of(hall: Hall, call: str) -> Place | None:
    """Say where a caller stands; None when the call is not in line."""
    wish = hall.router.waiting.get(call)
    position = hall.router.position(call)
    if wish is None or position is None:
        return None
    kind = kind_of(wish)
    staff = _staff(hall, kind)
    return Place(position, _expected(hall, kind, position, staff), staff > 0)


def _staff(hall: Hall, kind: Kind) -> int:
    """How many agents on duty could serve wishes of this kind now or later; those on a break do not count."""
    seated = hall.router.bench.seated_for(steps_of(kind, hall.router.rules))
    return sum(hall.states[name].state is not State.PAUSED for name in seated)


def _expected(hall: Hall, kind: Kind, position: int, staff: int) -> Expected | None:
    return expected_wait(position, staff, hall.handle_times[kind.level].mean_s)


def board_of(
    hall: Hall, at: float, *, connected: bool, latency_ms: float | None, late_ms: float | None = None
) -> Board:
    """Take a picture of the floor."""
    return Board(
        at=at,
        waiting=_waiting_rows(hall),
        agents=tuple(_agent_row(hall, state) for state in hall.states.values()),
        asterisk_connected=connected,
        asterisk_latency_ms=latency_ms,
        asterisk_late_ms=late_ms,
    )


def _waiting_rows(hall: Hall) -> tuple[WaitingRow, ...]:
    """Everybody in line in their turn; who could serve is counted once for each kind of wish."""
    staff: dict[Kind, int] = {}
    rows = []
    for wish, position in hall.router.positions():
        kind = kind_of(wish)
        if kind not in staff:
            staff[kind] = _staff(hall, kind)
        rows.append(_waiting_row(hall, wish, position, _expected(hall, kind, position, staff[kind])))
    return tuple(rows)


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
