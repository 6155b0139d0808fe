"""Who is calling: level 1 as a caller goes through it, and what somebody would try who is not that caller."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from dialplans.machine import Outcome
from ivr import facts, identity
from ivr.adapters import tables
from ivr.ports.proving import Proof
from ivr.ports.register import RegistryDown
from tests.ivr.box import KNOWS
from tests.ivr.rooms import DOCUMENT, FACTS, PERSON, Person, Register, Rooms
from tests.ivr.window import DNI, NOBODY, RIGHT, WRONG, visit

DAY = 86400.0
NSS = "281234567840"
DOUBTFUL = "100000000182"


def call(number: int) -> str:
    return f"ventanilla-1763791200.{number}"


def questions(keys: list[str]) -> list[str]:
    return [key.removeprefix("id.question.") for key in keys if key.startswith("id.question.")]


async def test_three_right_answers_prove_level_1_and_leave_their_evidence(around: Rooms) -> None:
    ended = await visit(around, *DNI, *RIGHT, "2")
    assert ended.outcome == Outcome("done", 1, PERSON)
    names = identity.QUESTIONS[:3]
    assert around.told(facts.IdentityProven) == [
        facts.IdentityProven(call(12), PERSON, 1, "questions", names, around.now)
    ]
    assert await around.house.proofs.of(call(12)) == Proof(
        call(12), PERSON, 1, "questions", names, around.now
    )


@pytest.mark.parametrize("closing", [("#",), ("#", "#")])  # at once, and when the letter is already asked for
async def test_a_hash_after_the_digits_of_a_document_is_not_its_letter(
    around: Rooms, closing: tuple[str, ...]
) -> None:
    ended = await visit(around, DNI[0], *closing, *DNI[1:], *RIGHT, "2")
    assert "id.wrong_document" not in ended.box.keys_heard
    assert ended.outcome == Outcome("done", 1, PERSON)


async def test_an_nss_is_a_document_too(around: Rooms) -> None:
    around.register.people[NSS] = around.register.people[DOCUMENT]
    ended = await visit(around, "*4281234", "567840", "1", *RIGHT, "2")
    assert ended.outcome == Outcome("done", 1, PERSON)
    assert around.register.asked == [NSS, "answers"]


@pytest.mark.parametrize("slip", ["567841", "567804", "56784", "", "*"])
async def test_an_nss_with_a_slip_is_asked_again(around: Rooms, slip: str) -> None:
    ended = await visit(around, "*4281234", slip, *DNI, *RIGHT, "2")
    assert "id.wrong_document" in ended.box.keys_heard
    assert ended.outcome == Outcome("done", 1, PERSON)


async def test_an_nss_that_a_slip_may_have_made_is_keyed_twice(around: Rooms) -> None:
    around.register.people[DOUBTFUL] = around.register.people[DOCUMENT]
    keys = f"*4{DOUBTFUL}"
    same = await visit(around, keys[:8], keys[8:], DOUBTFUL, "1", *RIGHT, "2")
    assert same.outcome == Outcome("done", 1, PERSON)
    other = await visit(around, keys[:8], keys[8:], "107000000182", call=call(13))
    assert other.box.keys_heard[-1] == "id.ask_document"
    assert "id.affiliation_again" in other.box.keys_heard


# --- what is the same for everybody ---


class Watched:
    """Writes down what is awaited of a part, by name."""

    def __init__(self, part: object, seen: list[str]) -> None:
        self._part, self._seen = part, seen

    def __getattr__(self, name: str) -> object:
        self._seen.append(f"{type(self._part).__name__}.{name}")
        return getattr(self._part, name)


async def path(around: Rooms, number: int, *presses: str) -> tuple[list[str], list[str], Outcome | None]:
    """Give what the line was sent, and what was asked of register, memory and records, in order."""
    awaited: list[str] = []
    house = around.house
    parts: dict[str, Any] = {
        name: Watched(getattr(house, name), awaited) for name in ("registry", "attempts", "proofs", "codes")
    }
    around.house = replace(house, **parts)
    ended = await visit(around, *presses, call=call(number), caller=f"+346111111{number:02d}")
    around.house = house
    return ended.box.sent, awaited, ended.outcome


async def test_nobody_takes_the_same_path_as_anybody_who_answers_wrongly(around: Rooms) -> None:
    around.register.people["00000001R"] = Person("p-protected", FACTS, protected=True)
    around.register.people["00000002W"] = Person("p-locked", FACTS, locked=True)
    around.register.people["00000003A"] = Person("p-bare", {})
    documents = (DNI, NOBODY, ("00000001", "7", "1"), ("00000002", "9", "1"), ("00000003", "2", "1"))
    paths = [await path(around, number, *keys, *WRONG) for number, keys in enumerate(documents)]
    assert {outcome.name for _, _, outcome in paths if outcome} == {"refused"}
    assert len({tuple(awaited) for _, awaited, _ in paths}) == 1
    commands = {tuple(line for line in sent if "vt/n." not in line) for sent, _, _ in paths}
    assert len(commands) == 1, "but for the document's own digits, read back"


async def test_nobody_is_blocked_as_anybody_is(around: Rooms) -> None:
    ends = []
    for number in range(3):
        for keys in (DNI, NOBODY):
            ended = await visit(
                around, *keys, *WRONG, call=call(number), caller=f"+3461111{number}{keys[1]}11"
            )
            ends.append((number, ended.outcome and ended.outcome.name))
    assert ends == [
        (number, end) for number in range(3) for end in ["refused" if number < 2 else "blocked"] * 2
    ]


# --- guessing ---


async def test_no_question_is_put_again_within_30_days_to_the_same_person(around: Rooms) -> None:
    heard = []
    for number in range(3):
        ended = await visit(around, *DNI, *RIGHT, "2", call=call(number))
        heard.append(questions(ended.box.keys_heard))
        around.now += DAY
    assert len({question for one in heard for question in one}) == 9
    fourth = await visit(around, *DNI, *RIGHT, call=call(4))
    assert fourth.outcome is not None
    assert fourth.outcome.name == "person"
    assert fourth.box.keys_heard[-1] == "id.no_questions"
    around.now += 29 * DAY
    later = await visit(around, *DNI, *RIGHT, "2", call=call(5))
    assert later.outcome == Outcome("done", 1, PERSON)
    assert questions(later.box.keys_heard)[0] == heard[0][0]


async def test_who_has_no_questions_left_has_lost_no_attempt(around: Rooms) -> None:
    for number in range(3):
        await visit(around, *DNI, *RIGHT, "2", call=call(number))
    for number in range(3, 6):
        ended = await visit(around, *DNI, *RIGHT, call=call(number))
        assert ended.outcome == Outcome("person", 0, None)


async def test_two_right_answers_out_of_three_prove_nothing(around: Rooms) -> None:
    for number, answers in enumerate((["1", KNOWS, KNOWS], [KNOWS, KNOWS, "1"])):
        ended = await visit(around, *DNI, *answers, call=call(number))
        assert ended.outcome == Outcome("refused", 0, None)
        assert ended.box.keys_heard[-1] == "id.refused"


async def test_a_person_is_locked_out_whatever_numbers_and_documents_are_used(around: Rooms) -> None:
    around.register.people[NSS] = around.register.people[DOCUMENT]
    await visit(around, *DNI, *WRONG, call=call(1), caller="+34611111111")
    await visit(around, "*4281234", "567840", "1", *WRONG, call=call(2), caller="+34622222222")
    for caller in ("+34633333333", None):
        ended = await visit(around, *DNI, call=call(3), caller=caller)
        assert ended.outcome == Outcome("blocked", 0, None)


async def test_hanging_up_on_the_questions_is_an_attempt_as_well(around: Rooms) -> None:
    for number in range(2):
        await visit(around, *DNI, call=call(number), caller=f"+3461111111{number}")
    ended = await visit(around, *DNI, call=call(3))
    assert ended.outcome == Outcome("blocked", 0, None)


LETTERS = dict(zip("TRWAGMYFPDXBNJZSQVHLCKE", "87924693394265977844523", strict=True))


def document(number: int) -> tuple[str, str, str]:
    """Key the DNI with this number, whoever has it, if anybody."""
    return f"{number:08d}", LETTERS["TRWAGMYFPDXBNJZSQVHLCKE"[number % 23]], "1"


async def test_a_number_that_tries_many_is_locked_out_before_it_names_another(around: Rooms) -> None:
    for number in range(5):
        await visit(around, *document(number), *WRONG, call=call(number))
    ended = await visit(around, *DNI, *RIGHT, call=call(9))
    assert ended.outcome == Outcome("blocked", 0, None)
    assert "id.ask_document" not in ended.box.keys_heard
    assert (await visit(around, *DNI, *RIGHT, "2", call=call(10), caller="+34622222222")).outcome == Outcome(
        "done", 1, PERSON
    )


async def test_hiding_the_number_is_no_way_around_the_limit(around: Rooms) -> None:
    most = around.house.institution().identity.refusals_hidden
    for number in range(most):
        hidden = "hidden PJSIP/trunk"
        await around.house.attempts.open(call(number), f"document {number}", hidden, around.now)
    ended = await visit(around, *DNI, *RIGHT, call=call(99), caller=None)
    assert ended.outcome == Outcome("blocked", 0, None)
    shown = await visit(around, *DNI, *RIGHT, "2", call=call(98))
    assert shown.outcome == Outcome("done", 1, PERSON)


async def test_one_number_that_tries_four_persons_is_told_as_an_alarm(around: Rooms) -> None:
    for number in range(5):
        await visit(around, *document(number), *WRONG, call=call(number))
    alarms = [(alarm.call, alarm.source, alarm.persons) for alarm in told_alarms(around)]
    assert alarms == [(call(3), "number", 4), (call(4), "number", 5)]


def told_alarms(around: Rooms) -> list[facts.IdentityAlarm]:
    return [fact for fact in around.facts if isinstance(fact, facts.IdentityAlarm)]


async def test_one_person_who_tries_again_is_no_alarm_and_neither_are_hidden_numbers(around: Rooms) -> None:
    for number in range(5):
        await visit(around, *DNI, *WRONG, call=call(number))
        await visit(around, *document(number), *WRONG, call=call(10 + number), caller=None)
    assert told_alarms(around) == []


# --- protected and locked ---


async def test_a_protected_person_who_proves_it_is_served_nothing_and_led_to_the_team(around: Rooms) -> None:
    around.register.people[DOCUMENT] = Person(PERSON, FACTS, protected=True)
    ended = await visit(around, *DNI, *RIGHT)
    assert ended.outcome == Outcome("protected", 0, None, "protected")
    assert not [key for key in ended.box.keys_heard if key.startswith("case.")]
    assert around.told(facts.IdentityProtected) == [facts.IdentityProtected(call(12), around.now)]
    assert not around.told(facts.IdentityProven)
    assert PERSON not in repr(around.facts), "nobody is told who it is"
    proof = await around.house.proofs.of(call(12))
    assert proof is not None
    assert (proof.person, proof.protected) == (PERSON, True)


async def test_a_protected_proof_opens_nothing_later_in_the_call_either(around: Rooms) -> None:
    around.register.people[DOCUMENT] = Person(PERSON, FACTS, protected=True)
    await visit(around, *DNI, *RIGHT)
    again = await visit(around, *DNI, *RIGHT)
    assert again.outcome == Outcome("protected", 0, None, "protected")


async def test_a_locked_identity_is_told_so_only_to_who_answers_everything_rightly(around: Rooms) -> None:
    around.register.people[DOCUMENT] = Person(PERSON, FACTS, locked=True)
    wrong = await visit(around, *DNI, *WRONG, call=call(1))
    right = await visit(around, *DNI, *RIGHT, call=call(2))
    assert [ended.outcome and ended.outcome.name for ended in (wrong, right)] == ["refused", "blocked"]
    assert not around.told(facts.IdentityProven)
    assert await around.house.proofs.of(call(2)) is None


# --- what is kept ---


async def test_a_call_that_proved_itself_before_the_server_was_lost_is_not_asked_again(around: Rooms) -> None:
    await visit(around, *DNI, *RIGHT)  # the line goes in the middle of the service: no outcome
    back = await visit(around, "2")
    assert back.outcome == Outcome("done", 1, PERSON)
    assert "id.intro" not in back.box.keys_heard
    assert (await visit(around, "2", call=call(13))).outcome is None, "another call has proved nothing"


async def test_no_answer_no_document_and_no_number_is_in_any_fact_or_record(
    around: Rooms, caplog: pytest.LogCaptureFixture
) -> None:
    await visit(around, *DNI, *RIGHT, "2")
    await visit(around, *DNI, "7391", "7392", "7393", call=call(2))
    written = repr(around.facts) + caplog.text
    async with around.engine.connect() as connection:
        for table in (tables.attempts, tables.asked, tables.proofs):
            written += repr((await connection.execute(select(table))).all())
    written = re.sub("[0-9a-f]{32,}", "", written)  # random ids and hashes have any four digits now and then
    for secret in ("12345678", "032019", "1204", "7391", "7392", "611111111"):
        assert secret not in written


# --- a person instead ---


@pytest.mark.parametrize(
    "before",
    [(), (DNI[0],), DNI[:2], ("*4100000", "000182")],
    ids=["document", "letter", "read back", "NSS again"],
)
async def test_0_is_a_person_before_the_questions_and_costs_no_attempt(
    around: Rooms, before: tuple[str, ...]
) -> None:
    for number in range(4):
        ended = await visit(around, *before, "0", call=call(number))
        assert ended.outcome == Outcome("person", 0)
    ended = await visit(around, *DNI, *RIGHT, "2", call=call(9))
    assert ended.outcome == Outcome("done", 1, PERSON)


async def test_0_at_a_question_is_a_person_and_an_attempt_like_hanging_up(around: Rooms) -> None:
    for number in range(2):
        ended = await visit(around, *DNI, "0", call=call(number))
        assert ended.outcome == Outcome("person", 0)
    third = await visit(around, *DNI, call=call(3))
    assert third.outcome == Outcome("blocked", 0)


@pytest.mark.parametrize("question", sorted(identity.NOUGHT))
async def test_0_is_an_answer_where_it_may_be_one(around: Rooms, question: str) -> None:
    around.house = replace(around.house, chance=lambda known, count: _first(question, known, count))
    ended = await visit(around, *DNI, "0", KNOWS, KNOWS)
    assert f"id.question.{question}" in ended.box.keys_heard
    assert ended.outcome is not None
    assert ended.outcome.name == "refused"


def _first(wanted: str, known: Sequence[str], count: int) -> list[str]:
    return sorted(known, key=lambda question: question != wanted)[:count]


class Falls(Register):
    """A register that finds people and falls over the answers."""

    async def answers_hold(self, document: str, answers: Mapping[str, str]) -> bool:
        del document, answers
        raise RegistryDown


async def test_an_outage_of_ours_counts_against_nobody_and_burns_no_questions(around: Rooms) -> None:
    for number in range(4):
        falls = Falls()
        ended = await visit(around, *DNI, *RIGHT, call=call(number), caller=f"+3461{number}", registry=falls)
        assert ended.outcome == Outcome("down", 0, None)
        assert questions(ended.box.keys_heard) == list(identity.QUESTIONS[:3])
    assert (await visit(around, *DNI, *RIGHT, "2", call=call(9))).outcome == Outcome("done", 1, PERSON)
