"""Holding the identification protocol of level 1 with a caller: what `identity` decides, asked and heard.

The attempt is counted before the first question is asked, so that hanging up on an unwelcome question is an
attempt too. The register is asked first, in the same way for documents of nobody.
"""

import asyncio
from typing import Literal, TypeAlias

from dialplans.grammar import grammar
from dialplans.machine import MAX_TRIES
from ivr import identity
from ivr.facts import IdentityProven, IdentityRefused
from ivr.ports import Person, RegistryDown
from ivr.services import Leaves, Visit

LEVEL = 1
DOCUMENT_S = 10.0  # to find one's identity card
QUESTION_S = 15.0  # to remember, or to look at a letter
KEY_S = 6.0
LAST_KEY_S = 3.0  # for the ninth key of a NIE, typed in one go with the others

PROMPTS = frozenset(
    {
        "id.ask_document", "id.ask_letter", "id.read_back", "id.confirm", "id.refused", "id.blocked",
        "id.intro", "id.proven", "id.wait", "id.wrong_document", "silence",
        *(f"id.question.{question}" for question in identity.QUESTIONS),
    }
)  # fmt: skip

Verdict: TypeAlias = Literal["proven", "refused", "blocked", "gave_up", "back", "down"]


async def prove(visit: Visit, level: int) -> Visit:
    """Prove the caller to this level unless they are; the visit knows it from then on, and so does the call.

    Raises Leaves: refused, blocked, protected, gave_up, back or down.
    """
    if visit.level >= level:
        return visit
    visit.talk.owe("id.intro")
    verdict, person = await identify(visit)
    if person is None:
        raise Leaves(verdict)
    visit.course.level, visit.course.person = LEVEL, person
    if visit.level < level:
        raise Leaves("person")
    return visit


async def identify(visit: Visit) -> tuple[Verdict, str | None]:
    """Hold the protocol; give its verdict and, if proven, the person's id. Leaves the last words owed."""
    limits = visit.institution.identity
    standing = await visit.attempts.refused_for_number(visit.caller, visit.clock())
    if standing >= limits.refusals_per_number:
        return _refuse(visit, "blocked")
    document, ending = await _document(visit)
    if ending is not None:
        return ending, None
    try:
        person = await _look_up(visit, document)
    except RegistryDown:
        return "down", None
    refusals = await visit.attempts.open(visit.call, document, visit.caller, visit.clock())
    if refusals.person > limits.refusals_per_person or refusals.number > limits.refusals_per_number:
        await visit.attempts.close(visit.call, document, visit.clock(), proven=False)
        return _refuse(visit, "blocked")
    return await _question(visit, document, person)


async def _look_up(visit: Visit, document: str) -> Person | None:
    """Ask the register while the caller hears that we do."""
    asking = asyncio.create_task(visit.registry.person_by_document(document), name=f"{visit.call}: person")
    try:
        await visit.talk.say("id.wait")
        return await asking
    finally:
        asking.cancel()


async def _question(visit: Visit, document: str, person: Person | None) -> tuple[Verdict, str | None]:
    facts = None if person is None else person.facts
    answers: dict[str, str] = {}
    for question in identity.draw(facts, visit.institution.identity.questions, visit.chance):
        answer = await _answer(visit, question)
        if answer is None:
            await visit.attempts.close(visit.call, document, visit.clock(), proven=False)
            return "gave_up", None
        answers[question] = answer
    if person is None or not identity.holds(facts, answers):
        await visit.attempts.close(visit.call, document, visit.clock(), proven=False)
        return _refuse(visit, "refused")
    await visit.attempts.close(visit.call, document, visit.clock(), proven=True)
    visit.publish(IdentityProven(visit.call, person.id, LEVEL, visit.clock()))
    visit.talk.owe("id.proven")
    return "proven", person.id


def _refuse(visit: Visit, verdict: Literal["refused", "blocked"]) -> tuple[Verdict, None]:
    visit.publish(IdentityRefused(visit.call, verdict == "blocked", visit.clock()))
    visit.talk.owe(f"id.{verdict}")
    return verdict, None


async def _answer(visit: Visit, question: str) -> str | None:
    """Ask one question; None after three silences. * and # alone ask for it again."""
    for _ in range(MAX_TRIES):
        longest = identity.LONGEST_ANSWER[question]
        keys = await visit.talk.ask((f"id.question.{question}",), longest, QUESTION_S)
        if keys not in ("", "#", "*"):
            return keys
        if not keys:
            visit.talk.owe("silence")
    return None


async def _document(visit: Visit) -> tuple[str, Verdict | None]:
    """Take a whole document, read back and confirmed; or `back`, or `gave_up` after three failures."""
    for _ in range(MAX_TRIES):
        keys = await _document_keys(visit)
        if keys == "#":
            return "", "back"
        if not keys:
            visit.talk.owe("silence")
            continue
        document = await _with_letter(visit, keys)
        if document is None:
            visit.talk.owe("id.wrong_document")
        elif await _confirmed(visit, document):
            return document, None
    return "", "gave_up"


async def _document_keys(visit: Visit) -> str:
    keys = await visit.talk.ask(("id.ask_document",), identity.DNI_KEYS, DOCUMENT_S)
    if keys.startswith("*") and len(keys) == identity.DNI_KEYS:
        keys += await visit.talk.ask((), 1, LAST_KEY_S)
    return keys


async def _with_letter(visit: Visit, keys: str) -> str | None:
    document = identity.unlettered(keys)
    if document is None:
        return None
    key = await visit.talk.ask(("id.ask_letter",), 1, DOCUMENT_S)
    return identity.lettered(document, key)


async def _confirmed(visit: Visit, document: str) -> bool:
    """Read the document back; anything but 1 means that it is to be keyed again."""
    digits = grammar(visit.talk.language).digits(document)
    key = await visit.talk.ask(("id.read_back", *digits, "id.confirm"), 1, KEY_S)
    return key == "1"
