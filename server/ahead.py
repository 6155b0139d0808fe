"""The CRM is asked before an agent is needed: a card then is whole even where the CRM takes seconds."""

from __future__ import annotations

from crm_bridge.adapters.bridge import Bridge
from ivr.facts import CallArrived, IdentityProven


class Ahead:
    """Hears who calls, and who proved it."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge

    def hear(self, fact: object) -> None:
        """Let the bridge look ahead; it neither waits nor raises."""
        match fact:
            case CallArrived(caller=str(number)):
                self._bridge.look_ahead(number, None)
            case IdentityProven(person=person):
                self._bridge.look_ahead(None, person)
