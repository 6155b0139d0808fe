"""A consent episode held by the machine: the statement spoken to its end, then 1 for yes or 2 for no.

The row is written before the first word, so that whatever dies, nobody can say that nothing was asked. Only a 1
lets the service go on; a 2, silence, a caller who leaves or wants a person changes nothing. The statement
cannot be cut short by a key; * says it again.
"""

import logging

from dialplans.machine import MAX_TRIES
from ivr import identification
from ivr.adapters.line import HungUp
from ivr.dialogue import KEY_S, MOST_REPEATS
from ivr.ports.consent import Asked, OffTheRecord
from ivr.services import Leaves, Visit
from ivr.text import Prompts, words_of
from ivr.text_figures import figures

PROMPTS = frozenset({"consent.question", "consent.nothing_changed", "consent.not_recorded"})

YES, NO = "1", "2"

log = logging.getLogger("ventanilla.ivr")


class Unsaid(Exception):  # noqa: N818 - it says what the statement is
    """A sound of the statement is missing or broken: what was not said cannot be agreed to."""


async def given(visit: Visit, act: str, *details: str) -> None:
    """Let the caller agree to an act, if the institution asks for that; `details`: what is said after the statement.

    Raises Leaves when they do not, whichever way; HungUp.
    """
    wanted = visit.institution.acts.get(act)
    if wanted is None:
        return
    await identification.prove(visit, wanted.level)
    await visit.talk.say()  # what is owed is said before, so that the statement begins where it begins
    await visit.record(visit.institution.consent_notice)
    words = (wanted.statement, *details)
    episode = await visit.consents.begin(_asked(visit, act, words), visit.clock())
    if episode is None:
        log.error("call %s cannot agree to %s: it is not recorded", visit.call, act)
        visit.talk.owe("consent.not_recorded")
        raise Leaves("person")
    try:
        accepted = await _answer(visit, episode, words)
    except (Unsaid, OffTheRecord):
        log.error("call %s cannot agree to %s: not all of it was said and recorded", visit.call, act)
        await visit.consents.interrupted(episode, "not_said")
        visit.talk.owe("consent.nothing_changed")
        raise Leaves("person") from None
    except Leaves as leaves:
        await visit.consents.interrupted(episode, leaves.outcome)
        visit.talk.owe("consent.nothing_changed")
        raise
    except HungUp:
        await visit.consents.interrupted(episode, "hung_up")
        raise
    if not accepted:
        visit.talk.owe("consent.nothing_changed")
        raise Leaves("done")


def _asked(visit: Visit, act: str, words: tuple[str, ...]) -> Asked:
    language = visit.talk.language
    return Asked(
        call=visit.call,
        leg=visit.talk.leg,
        person=visit.person,
        level=visit.level,
        act=act,
        statement=words[0],
        language=language,
        text=_text(visit, language, words),
    )


def _text(visit: Visit, language: str, words: tuple[str, ...]) -> str:
    """Write out what will be spoken."""
    prompts: Prompts = tuple((None, word) for word in words)
    return figures(words_of(visit.institution, language, prompts))


async def _say(visit: Visit, words: tuple[str, ...]) -> None:
    """Say the statement to its end. Raises Unsaid."""
    if not await visit.talk.say(*words):
        raise Unsaid


async def _answer(visit: Visit, episode: str, words: tuple[str, ...]) -> bool:
    """Read the statement and take the answer. Raises Unsaid, and Leaves: person, back, gave_up."""
    begun = visit.clock()
    await _say(visit, words)
    await visit.consents.read(episode, (begun, visit.clock()))
    tries, repeats = 0, 0
    while tries < MAX_TRIES and repeats < MOST_REPEATS:
        asked = visit.clock()
        key = await visit.talk.ask(("consent.question",), 1, KEY_S)
        match key:
            case "1" | "2":
                span = (asked, visit.clock())
                await visit.consents.answered(episode, key, span, accepted=key == YES)
                return key == YES
            case "0":
                raise Leaves("person")
            case "#":
                raise Leaves("back")
            case "*":
                repeats += 1
                await _say(visit, words)
            case _:
                tries += 1
                visit.talk.owe("wrong_key" if key else "silence")
    raise Leaves("gave_up")
