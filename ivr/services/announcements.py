"""General information by subject, with the newest announcement about it."""

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
        *(f"info.{subject}" for subject in SUBJECTS.values()),
    }
)  # fmt: skip


async def serve(visit: Visit) -> Outcome:
    """Take the subject, tell what is always true of it and what is new."""
    subject = SUBJECTS[await choose(visit, SUBJECTS, "announcements.menu")]
    newest = await visit.corporate.content.newest(subject)
    spoken = visit.institution.texts.get(visit.talk.language, {})
    news = ("announcements.newest", newest) if newest in spoken else ("announcements.none",)
    return Outcome(await tell(visit, f"info.{subject}", *news))
