"""Proving who is calling: the protocol of level 1 held with a caller, then the code of level 2.

The attempt is counted before the first question is asked, so that hanging up on an unwelcome question, or
asking for a person instead, is an attempt too; before it, 0 costs nothing. The register is asked first, in the
same way for documents of nobody: the same questions to the caller, and the same to the register, the memory and
the records. Only who gave every right answer learns that their file is protected, or their identity locked.
"""

import asyncio

from dialplans.grammar import grammar
from dialplans.machine import MAX_TRIES
from ivr import codes, identity, nss, one_time
from ivr.facts import IdentityAlarm, IdentityProtected, IdentityProven, IdentityRefused
from ivr.ports.proving import Proof, Refusals
from ivr.ports.register import Person, RegistryDown
from ivr.services import Leaves, Visit

QUESTIONS_LEVEL = 1
DAY_S = 86400.0
DOCUMENT_S = 10.0  # to find one's identity card
QUESTION_S = 15.0  # to remember, or to look at a letter
KEY_S = 6.0
PERSON = "0"
REST_S = 6.0  # between the digits of a NIE or an NSS after the first eight keys

PROMPTS = one_time.PROMPTS | {
    "id.affiliation_again", "id.ask_document", "id.ask_letter", "id.blocked", "id.confirm", "id.intro",
    "id.no_questions", "id.protected", "id.proven", "id.read_back", "id.refused", "id.video", "id.wait",
    "id.wrong_document", "silence",
    *(f"id.question.{question}" for question in identity.QUESTIONS),
}  # fmt: skip


async def prove(visit: Visit, level: int) -> Visit:
    """Prove the caller to this level unless they are; the visit knows it from then on, and so does the call.

    Level 2 is proven for the visit's service: where that moves money, a code that named another procedure is none.

    Raises Leaves: refused, blocked, protected, video, person, gave_up or back; RegistryDown, CorporateDown.
    """
    if visit.level < min(level, QUESTIONS_LEVEL):
        await _questions_or_proof(visit)
    if level >= codes.LEVEL and not await one_time.holds(visit):
        await one_time.prove(visit, visit.proven)
    if visit.level < level:
        visit.talk.owe("id.video")
        raise Leaves("video")
    return visit


async def _questions_or_proof(visit: Visit) -> None:
    """Hold the protocol, unless this call proved it before the server was lost."""
    proof = await visit.proofs.of(visit.call)
    if proof is None or proof.protected:
        visit.talk.owe("id.intro")
        await _protocol(visit)
    else:
        visit.course.level, visit.course.person = proof.level, proof.person


async def _protocol(visit: Visit) -> None:
    """Hold the protocol of level 1. Leaves the last words owed."""
    standing = await visit.attempts.refused_for_number(_source(visit), visit.clock())
    if standing >= _limit_for_number(visit):
        raise _refused(visit, "blocked")
    document = await _document(visit)
    person = await _look_up(visit, document)
    who = f"document {document}" if person is None else f"person {person.id}"
    refusals = await visit.attempts.open(visit.call, who, _source(visit), visit.clock())
    _raise_alarm(visit, refusals)
    if _too_many(visit, refusals):
        await visit.attempts.close(visit.call, who, visit.clock(), counts=True)
        raise _refused(visit, "blocked")
    questions = await _drawn(visit, who, person)
    answers = await _answers(visit, who, questions)
    holds = await _hold(visit, who, document, answers)
    await visit.attempts.close(visit.call, who, visit.clock(), counts=not holds)
    if person is None or not holds:
        raise _refused(visit, "refused")
    await _welcome(visit, person, questions)


async def _hold(visit: Visit, who: str, document: str, answers: dict[str, str]) -> bool:
    """Have the register compare the answers. When it cannot, that is no fault of the caller's: nothing counts."""
    try:
        return await visit.registry.answers_hold(document, answers)
    except RegistryDown:
        await visit.attempts.forget(visit.call, who)
        await visit.attempts.close(visit.call, who, visit.clock(), counts=False)
        raise


async def _look_up(visit: Visit, document: str) -> Person | None:
    """Ask the register while the caller hears that we do."""
    asking = asyncio.create_task(visit.registry.person_by_document(document), name=f"{visit.call}: person")
    try:
        await visit.talk.say("id.wait")
        return await asking
    finally:
        asking.cancel()


async def _drawn(visit: Visit, who: str, person: Person | None) -> tuple[str, ...]:
    """Draw the questions, none that was put lately. When too few are left, a person must find another way."""
    limits = visit.institution.identity
    since = visit.clock() - limits.repeat_after_days * DAY_S
    asked = await visit.attempts.asked(visit.call, who, since)
    on_file = person.questions if person else frozenset[str]()
    questions = identity.draw(on_file, asked, limits.questions, visit.chance)
    if not questions:
        await visit.attempts.close(visit.call, who, visit.clock(), counts=False)
        visit.talk.owe("id.no_questions")
        raise Leaves("person")
    return questions


async def _answers(visit: Visit, who: str, questions: tuple[str, ...]) -> dict[str, str]:
    answers: dict[str, str] = {}
    for question in questions:
        await visit.attempts.ask(visit.call, who, question, visit.clock())
        answer = await _answer(visit, question)
        person = answer == PERSON and question not in identity.NOUGHT
        if answer is None or person:
            await visit.attempts.close(visit.call, who, visit.clock(), counts=True)
            raise Leaves("person" if person else "gave_up")
        answers[question] = answer
    return answers


async def _welcome(visit: Visit, person: Person, questions: tuple[str, ...]) -> None:
    """Take note of who proved to be this person: their evidence first, then what they may."""
    if person.locked:
        raise _refused(visit, "blocked")
    at = visit.clock()
    proof = Proof(visit.call, person.id, QUESTIONS_LEVEL, "questions", questions, at, person.protected)
    await visit.proofs.keep(proof)
    if person.protected:
        visit.publish(IdentityProtected(visit.call, at))
        visit.talk.owe("id.protected")
        raise Leaves("protected")
    visit.course.level, visit.course.person = QUESTIONS_LEVEL, person.id
    visit.publish(IdentityProven(visit.call, person.id, QUESTIONS_LEVEL, "questions", questions, at))
    visit.talk.owe("id.proven")


def _source(visit: Visit) -> str:
    """Give what a call's attempts count against: its number, or all of its trunk's who hide theirs."""
    return visit.caller or f"hidden {visit.talk.trunk}"


def _limit_for_number(visit: Visit) -> int:
    limits = visit.institution.identity
    return limits.refusals_hidden if visit.caller is None else limits.refusals_per_number


def _too_many(visit: Visit, refusals: Refusals) -> bool:
    limits = visit.institution.identity
    return refusals.person > limits.refusals_per_person or refusals.number > _limit_for_number(visit)


def _raise_alarm(visit: Visit, refusals: Refusals) -> None:
    """Tell of somebody who tries one person after another."""
    if visit.caller and refusals.persons >= visit.institution.identity.alarm_persons:
        visit.publish(IdentityAlarm(visit.call, "number", refusals.persons, visit.clock()))


def _refused(visit: Visit, verdict: str) -> Leaves:
    visit.publish(IdentityRefused(visit.call, verdict == "blocked", visit.clock()))
    visit.talk.owe(f"id.{verdict}")
    return Leaves(verdict)


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


async def _document(visit: Visit) -> str:
    """Take a whole document, read back and confirmed. Raises Leaves: back, or gave_up after three failures."""
    for _ in range(MAX_TRIES):
        keys = await _document_keys(visit)
        if keys == "#":
            raise Leaves("back")
        if not keys:
            visit.talk.owe("silence")
            continue
        document = await _whole(visit, keys)
        if document is None:
            visit.talk.owe("id.wrong_document")
        elif await _confirmed(visit, document):
            return document
    raise Leaves("gave_up")


async def _document_keys(visit: Visit) -> str:
    keys = await _asked(visit, "id.ask_document", most=identity.DNI_KEYS, timeout_s=DOCUMENT_S)
    missing = identity.keys_missing(keys)
    return keys + await visit.talk.ask((), missing, REST_S) if missing else keys


async def _asked(visit: Visit, *words: str, most: int, timeout_s: float) -> str:
    """Take keys of which a lone 0 is none: it is a person. Raises Leaves."""
    keys = await visit.talk.ask(words, most, timeout_s)
    if keys == PERSON:
        raise Leaves("person")
    return keys


async def _whole(visit: Visit, keys: str) -> str | None:
    """Complete a DNI or NIE with its letter; have an NSS that a slip may have made keyed once more."""
    if keys.startswith(identity.NSS_SIGN):
        number = identity.affiliation(keys)
        if number is None or not nss.doubtful(number):
            return number
        again = await _asked(visit, "id.affiliation_again", most=nss.LENGTH, timeout_s=DOCUMENT_S)
        return number if again == number else None
    document = identity.unlettered(keys)
    if document is None:
        return None
    key = await _asked(visit, "id.ask_letter", most=1, timeout_s=DOCUMENT_S)
    if key == "#":  # no letter has it: it closes the number, keyed late by who counted the digits first
        key = await _asked(visit, "id.ask_letter", most=1, timeout_s=DOCUMENT_S)
    return identity.lettered(document, key)


async def _confirmed(visit: Visit, document: str) -> bool:
    """Read the document back; anything but 1, and 0 for a person, means to key it again."""
    digits = grammar(visit.talk.language).digits(document)
    key = await _asked(visit, "id.read_back", *digits, "id.confirm", most=1, timeout_s=KEY_S)
    return key == "1"
