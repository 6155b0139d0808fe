"""An agent's or a supervisor's word about a request, checked against what the institution has, and done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from crm_bridge.access import Action
from crm_bridge.adapters.handling import Handling, NotAllowed, NotTaken
from crm_bridge.folder import Looking
from crm_bridge.ports import CrmDown
from crm_bridge.requests import RefusedMove, Request
from dialplans.catalogue import terms
from dialplans.institution import Institution
from web.folder_port import Handle
from web.ports import NotNow


class Acts:
    """The actions of `access.Action`, in the words of the pages."""

    def __init__(
        self,
        hands: Handling,
        institution: Callable[[], Institution],
        people: Callable[[], Mapping[str, object]],
        clock: Callable[[], float],
    ) -> None:
        self._hands, self._institution, self._people, self._clock = hands, institution, people, clock

    async def done(  # noqa: PLR0911 (one way for each action)
        self, looking: Looking, request: Request, what: Handle
    ) -> bool:
        """Do what was asked; whether the CRM has taken it."""
        hands = self._hands
        match Action(what.action):
            case Action.CONTINUE:
                return await hands.carry_on(looking, request, request.citizen or "")
            case Action.TAKE:
                return await hands.take(looking, request)
            case Action.ASSIGN:
                self._demand_known(what)
                return await hands.assign(looking, request, what.area, what.agent)
            case Action.PRIORITISE:
                until = self._until(request, what.priority)
                return await hands.prioritise(looking, request, what.priority, until)
            case Action.CLASSIFY:
                self._demand_known(what)
                return await hands.classify(looking, request, what.subject, what.kind)
            case Action.ESCALATE:
                self._demand_known(what)
                return await hands.escalate(looking, request, what.level, what.area, what.reason)
            case Action.CLOSE:
                return await hands.close(looking, request)

    def _until(self, request: Request, priority: int) -> float:
        here, at = self._institution(), self._clock()
        hours = here.calendar(here.catalogue.hours)
        return terms(here.catalogue, hours, request.subject, request.kind, priority, at).due_at

    def _demand_known(self, what: Handle) -> None:
        here = self._institution()
        known: tuple[tuple[str, Mapping[str, object]], ...] = (
            (what.area, here.catalogue.areas),
            (what.kind, here.catalogue.kinds),
            (what.subject, here.subjects),
            (what.agent, self._people()),
        )
        if any(name and name not in names for name, names in known):
            raise NotNow("unknown_word")


@contextmanager
def in_words() -> Iterator[None]:
    """Say the bridge's refusals in the pages' words."""
    try:
        yield
    except CrmDown as down:
        raise NotNow("crm_down") from down
    except NotAllowed as refused:
        raise NotNow("not_allowed") from refused
    except NotTaken as refused:
        raise NotNow("crm_refused") from refused
    except RefusedMove as refused:
        raise NotNow("request_closed") from refused
    except KeyError as unknown:
        raise NotNow("unknown_agent") from unknown
