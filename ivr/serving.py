"""The frame around every self-service: the level proven first, every way out turned into an outcome.

A service is plain linear code; here stands what all of them need. What was proven on the way is in the
outcome however the service ended, so that the call keeps it.
"""

from corporate import CorporateDown, Declined
from dialplans.machine import Outcome
from dialplans.outcomes import SUBJECTS
from ivr import dialogue, identification
from ivr.facts import ServiceEnded
from ivr.ports.register import RegistryDown
from ivr.services import Leaves, Service, Visit

PROMPTS = dialogue.PROMPTS | identification.PROMPTS | {"code.to_agent"}
"""What the frame itself may say in any service."""

BY_CODE = 2
"""The level that an agent can have a caller proven to."""


async def prove_for_agent(visit: Visit) -> str:
    """Prove a caller whom an agent has, who neither hears nor sees what is keyed; `proven`, or the way it ended."""
    try:
        await identification.prove(visit, BY_CODE)
        outcome = "proven"
    except Leaves as leaves:
        outcome = leaves.outcome
    except (CorporateDown, Declined, RegistryDown):
        outcome = "down"
    await visit.talk.say("code.to_agent")
    return outcome


async def serve(visit: Visit, service: Service) -> Outcome:
    """Prove the level the service takes, or the higher one the institution asks, serve, say how it ended."""
    try:
        await identification.prove(visit, max(visit.institution.level_of(visit.service), service.least))
        outcome = await service.serve(visit)
    except Leaves as leaves:
        outcome = Outcome(leaves.outcome)
    except (CorporateDown, Declined, RegistryDown):  # a no that the service has no words for is one too
        outcome = Outcome("down")
    visit.publish(ServiceEnded(visit.call, service.name, outcome.name, visit.clock()))
    subject = outcome.name if outcome.name in SUBJECTS else outcome.subject
    return Outcome(outcome.name, visit.level, visit.person, subject)
