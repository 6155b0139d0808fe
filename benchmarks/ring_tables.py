"""What the ring benchmark found, and its tables."""

import itertools
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.table import Table

from benchmarks.ring_centre import OURS, QUEUE, QUICK_QUEUE, WIDE_QUEUE

PARTS = ("BYE → talk over", "→ reserved, on disk", "→ card composed", "→ INVITE")
"""What the time of ours is made of; the last is the card sent (and shown), three commands on the line, and Dial."""

TOGETHER_S = 0.05
"""Another agent became free within so much of this one: they share what the router, the disk and Asterisk take."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to be put through: the number dialled, whose telephones ring, whether pages are open."""

    name: str
    number: str
    trained: bool = False
    pages: bool = False
    weight: float = 1.0

    @property
    def ours(self) -> bool:
        """Whether our server is asked."""
        return self.number == OURS


RINGS = (
    Way("ours, no page", OURS),
    Way("ours, pages open", OURS, pages=True),
    Way("app_queue, retry 1", QUICK_QUEUE),
    Way("app_queue, retry 5", QUEUE, weight=2.0),
)
EVENTS = (Way("ours, 8 skills", OURS, trained=True), Way("app_queue, 9 queues", WIDE_QUEUE, trained=True))


@dataclass(slots=True)
class Found:
    """What was found of one way: waits (BYE, INVITE, agent), calls served, events told and of what kinds."""

    waits: list[tuple[float, float, str]] = field(default_factory=list)
    served: int = 0
    masked: int = 0
    everything: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    foreign: list[float] = field(default_factory=list)


def parts_of(
    waits: Sequence[tuple[float, float, str]], facts: Sequence[tuple[str, str, str, float]]
) -> dict[str, list[float]]:
    """Take each wait apart by the facts of its agent that lie in it; one with a fact missing is left out."""
    ended: dict[str, list[float]] = {}
    reserved: dict[str, list[tuple[float, str]]] = {}
    cards: dict[str, float] = {}
    for kind, agent, call, at in facts:
        match kind:
            case "TalkEnded":
                ended.setdefault(agent, []).append(at)
            case "AgentReserved":
                reserved.setdefault(agent, []).append((at, call))
            case "CardComposed":
                cards[call] = at
    parts: dict[str, list[float]] = {name: [] for name in PARTS}
    for left, rang, agent in waits:
        over = next((at for at in ended.get(agent, ()) if left <= at <= rang), None)
        promised, call = next((one for one in reserved.get(agent, ()) if left <= one[0] <= rang), (None, ""))
        card = cards.get(call)
        if over is None or promised is None or card is None:
            continue
        steps = itertools.pairwise((left, over, promised, card, rang))
        for name, (before, after) in zip(PARTS, steps, strict=True):
            parts[name].append(after - before)
    return parts


def p(values: Sequence[float], share: float) -> float:
    """Give a percentile in milliseconds."""
    if not values:
        return float("nan")
    return 1000 * sorted(values)[min(len(values) - 1, int(share * len(values)))]


def is_alone(left: float, waits: Sequence[tuple[float, float, str]]) -> bool:
    """Whether nobody else of these hung up about when this one did (at `left`)."""
    return sum(abs(other - left) < TOGETHER_S for other, _, _ in waits) == 1


def together_table(found: dict[str, Found]) -> Table:
    """Free → INVITE of one at a time, and of those who became free with another."""
    table = Table(
        title=f"The same apart: another agent's BYE within {1000 * TOGETHER_S:.0f} ms, p50 / p99 ms"
    )
    table.title_justify = "left"
    for name in ("way", "alone", "figures", "with another", "figures"):
        table.add_column(name, justify="left" if name == "way" else "right")
    for way in RINGS:
        waits = found[way.name].waits
        cells: list[str] = []
        for alone in (True, False):
            took = [rang - left for left, rang, _ in waits if is_alone(left, waits) == alone]
            cells += [f"{p(took, 0.5):,.0f} / {p(took, 0.99):,.0f}", str(len(took))]
        table.add_row(way.name, *cells)
    return table


def ring_table(found: dict[str, Found]) -> Table:
    """Free → INVITE."""
    table = Table(title="Agent's BYE → next INVITE at the same telephone, ms", title_justify="left")
    for name in ("way", "p50", "p90", "p99", "most", "figures", "others' CPU"):
        table.add_column(name, justify="left" if name == "way" else "right")
    for way in RINGS:
        took = [rang - left for left, rang, _ in found[way.name].waits]
        figures = [f"{p(took, share):,.0f}" for share in (0.5, 0.9, 0.99, 1.0)]
        busy = statistics.mean(found[way.name].foreign)
        table.add_row(way.name, *figures, str(len(took)), f"{busy:.0%}")
    return table


def parts_table(found: dict[str, Found], facts: Sequence[tuple[str, str, str, float]]) -> Table:
    """Where the time of ours went."""
    table = Table(title="Of ours, p50 / p99 ms", title_justify="left")
    table.add_column("way")
    rows = {way.name: parts_of(found[way.name].waits, facts) for way in RINGS if way.ours}
    for name in next(iter(rows.values())):
        table.add_column(name, justify="right")
    for way, parts in rows.items():
        table.add_row(way, *(f"{p(took, 0.5):.1f} / {p(took, 0.99):.1f}" for took in parts.values()))
    return table


def events_table(found: dict[str, Found]) -> Table:
    """Events for each call."""
    table = Table(title="Events of the manager interface for each call served", title_justify="left")
    for name in ("way", "asked for by us", "unmasked", "share", "calls"):
        table.add_column(name, justify="left" if name == "way" else "right")
    for way in (RINGS[0], EVENTS[0], RINGS[2], EVENTS[1]):
        one = found[way.name]
        calls = max(1, one.served)
        share = one.masked / max(1, one.everything)
        table.add_row(
            way.name,
            f"{one.masked / calls:.1f}",
            f"{one.everything / calls:.1f}",
            f"{share:.3f}",
            str(one.served),
        )
    return table
