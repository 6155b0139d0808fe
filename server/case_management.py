"""The cases on a card, where the CRM keeps none: case management knows them, as the self-services ask it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple
from typing import Any, cast

from corporate.answers import CorporateDown
from corporate.cases import Cases
from crm_bridge.abilities import abilities_of
from crm_bridge.citizens import Case
from crm_bridge.ports import Connector, CrmDown


class _WithCases:
    """A connector as it is, but for the cases."""

    def __init__(self, crm: Connector, cases: Cases) -> None:
        self._crm, self._cases = crm, cases

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (whatever the connector has)
        return getattr(self._crm, name)

    async def cases(self, citizen: str) -> tuple[Case, ...]:
        """Give the citizen's cases, the newest change first. Raises CrmDown."""
        try:
            found = await self._cases.cases(citizen)
        except CorporateDown as down:
            raise CrmDown("case management does not answer") from down
        return tuple(Case(*astuple(one)) for one in found)


def with_cases(crm: Connector, cases: Callable[[], Cases]) -> Connector:
    """Give the connector, with cases from case management unless its CRM can tell them itself."""
    return crm if abilities_of(crm).cases else cast("Connector", _WithCases(crm, cases()))
