"""Back-office work between calls: which due request an agent is offered. Pure.

A call always goes first: work is offered only when nobody waits, taking it does not change the agent's state, and the
router sends a call to whoever is free, with a request open on their desk or not.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crm_bridge.access import Role, Viewer
from crm_bridge.requests import OURS_TO_DO, Request

DUE_SOON_S = 86_400.0
"""What is due within a day is work for today."""
WORK_LEASE_S = 3_600.0
"""How long an agent keeps a request that they do not finish; after that a colleague may take it."""
LOOKED_AT = 50
"""How many of the longest overdue are on the list: more is no choice, only a longer one."""
MOST_DUE = 800
"""How many a CRM is asked for where those of protected persons, who are hidden, stand before the others."""
PROTECTED = "protected"
"""The subject whose requests only the staff named for protected persons see."""
SECOND = 2


@dataclass(frozen=True, slots=True)
class Hand:
    """An agent who could work: level 1 or 2, and how well they know which subject."""

    viewer: Viewer
    level: int
    skills: Mapping[str, int]


def fits(hand: Hand, request: Request) -> bool:
    """Say whether a request is one for this agent: of their level, theirs or nobody's, of a subject they know.

    The first level takes everything of its own; a specialist also what the second level is asked for in their subjects.
    """
    if hand.viewer.role is Role.PROVIDER or request.state not in OURS_TO_DO:
        return False
    if request.assignee not in {None, hand.viewer.name}:
        return False
    if request.subject == PROTECTED and not hand.viewer.named:
        return False
    if request.level < SECOND:
        return True
    return hand.level >= SECOND and (not hand.skills or request.subject in hand.skills)


def offered(hand: Hand, due: Iterable[Request], taken: Iterable[str]) -> tuple[Request, ...]:
    """Give what this agent is offered, their own first, then the most urgent, then the longest overdue."""
    gone = frozenset(taken)
    theirs = (one for one in due if one.reference not in gone and fits(hand, one))
    return tuple(
        sorted(theirs, key=lambda one: (one.assignee is None, -one.priority, one.due_at, one.reference))
    )
