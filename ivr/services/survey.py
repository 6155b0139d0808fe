"""What did you think of us? Three questions from 1 to 5, each of which may be skipped; nobody's name is kept.

The answers are kept under a number drawn by lot, not under the call: no table says who gave them.
"""

from dialplans.machine import Outcome
from ivr.dialogue import choose, tell
from ivr.services import Visit

OUTCOMES = frozenset[str]()
LEAST_LEVEL = 0

QUESTIONS = ("treatment", "solved", "wait")
MARKS = "12345"
SKIP = "9"
_LOTS = tuple(f"{lot:03d}" for lot in range(1000))
_DRAWN = 6  # of a thousand, in order: about 60 bits

PROMPTS = frozenset({"survey.intro", "survey.thanks", *(f"survey.{question}" for question in QUESTIONS)})


async def serve(visit: Visit) -> Outcome:
    """Ask, keep what was answered, thank."""
    answers: dict[str, int] = {}
    visit.talk.owe("survey.intro")
    for question in QUESTIONS:
        mark = await choose(visit, MARKS + SKIP, f"survey.{question}")
        if mark != SKIP:
            answers[question] = int(mark)
    if answers:
        ballot = f"ballot-{''.join(visit.chance(_LOTS, _DRAWN))}"
        await visit.corporate.cases.survey(ballot, answers, ballot)
    return Outcome(await tell(visit, "survey.thanks"))
