"""What is new about a subject; the general information is said by the flows' own steps."""

from dialplans.machine import Outcome
from ivr.dialogue import choose, tell
from ivr.services import Visit

OUTCOMES = frozenset[str]()
LEAST_LEVEL = 0

SUBJECTS = {"1": "pension", "2": "subsidy", "3": "imv", "4": "health_card"}

PROMPTS = frozenset(
    {
        "announcements.menu", "announcements.newest", "announcements.none",
        *(f"announcements.{subject}" for subject in SUBJECTS.values()),
    }
)  # fmt: skip


async def serve(visit: Visit) -> Outcome:
    """Take the subject, tell what is new about it."""
    subject = SUBJECTS[await choose(visit, SUBJECTS, "announcements.menu")]
    newest = await visit.corporate.content.newest(subject)
    spoken = visit.institution.texts.get(visit.talk.language, {})
    news = ("announcements.newest", newest) if newest in spoken else ("announcements.none",)
    return Outcome(await tell(visit, *news))
