"""A window at which one service is served in its real frame, from the first question of identity on."""

from dataclasses import dataclass, field, replace

from dialplans.machine import Outcome
from dialplans.walks import Walk
from ivr import serving
from ivr.adapters.line import HungUp
from ivr.ports.register import Registry
from ivr.services import Service, Visit
from ivr.talk import Talk
from tests.ivr.box import KNOWS, Box
from tests.ivr.rooms import FACTS, Letters, Rooms

DNI = ("12345678", "9", "1")
NOBODY = ("00000000", "8", "1")
RIGHT = (KNOWS,) * 3
WRONG = ("99",) * 3
CODE = "code"  # in the script: the caller keys the code that came last


@dataclass
class Caller(Box):
    """A caller who reads the messages that are sent to them; before the first they press 1."""

    letters: Letters = field(default_factory=Letters)

    def _pressed(self, longest: int) -> str:
        pressed = super()._pressed(longest + len(CODE))
        if pressed != CODE:
            return pressed[:longest]
        sent = self.letters.of("code")
        return sent[-1].fields["code"] if sent else "1"


@dataclass(frozen=True)
class Ended:
    """How a visit ended: `outcome` is None when the caller left before."""

    outcome: Outcome | None
    box: Box
    visit: Visit


async def visit(
    around: Rooms,
    *presses: str,
    service: str = "case_state",
    call: str = "ventanilla-1763791200.12",
    caller: str | None = "+34611111111",
    walk: Walk | None = None,
    leaves_after: int | None = None,
    registry: Registry | None = None,
    level: int | None = None,
    serve: Service | None = None,
) -> Ended:
    """Let one caller come to a service and press these; then they leave."""
    box = Caller(presses=presses, call=call, knows=FACTS, leaves_after=leaves_after, letters=around.letters)
    house, institution = around.house, around.house.institution()
    if level is not None:
        rule = institution.services["case_state"].model_copy(update={"level": level})
        institution = replace(institution, services={**institution.services, service: rule})
    talk = Talk(box, "es", house.publish, house.clock)
    start = walk or Walk("901166565", "general/main", "es")
    here = house.visit(call, service, start, caller, talk, institution)
    if registry is not None:
        here = replace(here, registry=registry)
    try:
        outcome = await serving.serve(here, serve or house.services[service])
        await talk.say()  # what is owed is said by whoever speaks next
    except HungUp:
        return Ended(None, box, here)
    return Ended(outcome, box, here)
