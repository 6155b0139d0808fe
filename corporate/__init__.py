"""The institution's own systems: what they are asked, what they answer, and what happens when they do not.

Each system is one file here with its frozen values and its `Protocol`; `guard.py` stands before every one of
them. Which implementation stands behind is a setting of each system (`adapters/`, one file per system).
"""

from dataclasses import dataclass

from corporate.affiliation import Affiliation
from corporate.answers import SYSTEMS, CorporateDown, Declined, Receipt, System
from corporate.appointments import Appointments
from corporate.cases import Cases
from corporate.content import Content
from corporate.pensions import Pensions
from corporate.subsidies import Subsidies

__all__ = ["SYSTEMS", "Corporate", "CorporateDown", "Declined", "Receipt", "System"]


@dataclass(frozen=True, slots=True)
class Corporate:
    """All six systems. Those that a conversation is given are guarded: every answer comes in time or is down."""

    affiliation: Affiliation
    pensions: Pensions
    subsidies: Subsidies
    cases: Cases
    appointments: Appointments
    content: Content
