"""Level 2: the code that is sent and keyed back, and what somebody would try with it. Level 3: the way to a person."""

import pytest
from sqlalchemy import select, update

from corporate.adapters import tables as corporate_tables
from dialplans.machine import Outcome
from dialplans.walks import Walk
from ivr import facts
from ivr.adapters import tables
from ivr.adapters.codes import SqlCodes
from ivr.one_time import ARRIVES_S, WAITS
from ivr.ports.proving import Proof
from ivr.ports.requests import Recipient
from ivr.services import Service, Visit
from tests.ivr.rooms import DOCUMENT, FACTS, PERSON, Letter, Person, Rooms
from tests.ivr.window import CODE, DNI, RIGHT, Ended, visit

CALL, OTHER = "ventanilla-1763791200.12", "ventanilla-1763791200.13"
MOBILE = "+34600123456"  # María's, on file with affiliation
PROVEN_1 = Walk("901166565", "general/main", "es", level=1, person=PERSON)
MINUTE = 60.0


async def nothing(visit: Visit) -> Outcome:
    """Do what a service does that is served at once."""
    del visit
    return Outcome("done")


NOTHING = Service("certificate", frozenset(), 0, frozenset(), {}, nothing)


async def prove(around: Rooms, *presses: str, service: str = "certificate", call: str = CALL) -> Ended:
    """Let María, proven to level 1, come to a service that asks for level 2."""
    return await visit(around, *presses, service=service, call=call, walk=PROVEN_1, level=2, serve=NOTHING)


async def change_contact(around: Rooms, **values: object) -> None:
    contacts = corporate_tables.contacts
    async with around.engine.begin() as connection:
        await connection.execute(update(contacts).where(contacts.c.person == PERSON).values(values))


def refusals(around: Rooms) -> list[str]:
    return [fact.why for fact in around.facts if isinstance(fact, facts.CodeRefused)]


async def test_the_code_goes_to_the_registered_mobile_at_once_and_proves_level_2(around: Rooms) -> None:
    ended = await prove(around, CODE)
    assert ended.outcome == Outcome("done", 2, PERSON)
    (letter,) = around.letters.of("code")
    code = letter.fields["code"]
    fields = {"code": code, "procedure": "certificate", "minutes": "5"}
    assert letter == Letter("code", Recipient("es", MOBILE, person=PERSON), fields, urgent=True)
    assert len(code) == 6
    assert ended.box.keys_heard == ["code.sent.six", "code.right"]
    assert around.told(facts.IdentityProven) == [
        facts.IdentityProven(CALL, PERSON, 2, "code", (), around.now)
    ]
    kept = Proof(CALL, PERSON, 2, "code", (), around.now, procedure="certificate")
    assert await around.house.proofs.of(CALL) == kept


async def test_both_levels_are_proven_one_after_the_other_from_nothing(around: Rooms) -> None:
    ended = await visit(around, *DNI, *RIGHT, CODE, service="bank_account", level=2, serve=NOTHING)
    assert ended.outcome == Outcome("done", 2, PERSON)
    assert [fact.level for fact in around.facts if isinstance(fact, facts.IdentityProven)] == [1, 2]


async def test_money_takes_eight_digits(around: Rooms) -> None:
    ended = await prove(around, CODE, service="bank_account")
    assert ended.outcome == Outcome("done", 2, PERSON)
    assert ended.box.keys_heard[0] == "code.sent.eight"
    (letter,) = around.letters.of("code")
    assert len(letter.fields["code"]) == 8
    assert letter.fields["procedure"] == "bank_account"


async def test_a_slip_may_be_keyed_again(around: Rooms) -> None:
    ended = await prove(around, "1", "", CODE)
    assert ended.outcome == Outcome("done", 2, PERSON)
    assert ended.box.keys_heard == ["code.sent.six", "code.wrong", "code.waiting", "code.right"]


async def test_three_wrong_codes_prove_nothing_and_the_right_one_comes_too_late(around: Rooms) -> None:
    ended = await prove(around, "1", "2", "3", CODE)
    assert ended.outcome == Outcome("refused", 1, PERSON)
    assert ended.box.keys_heard[-1] == "code.failed"
    assert refusals(around) == ["wrong"]
    code = around.letters.of("code")[0].fields["code"]
    assert await around.house.codes.check(CALL, PERSON, "certificate", code, around.now) == "worn_out"


async def test_a_code_keyed_after_five_minutes_is_no_good(around: Rooms) -> None:
    def later() -> None:
        around.now += 6 * MINUTE

    first = await prove(around, "")
    assert first.outcome is None
    code = around.letters.of("code")[0].fields["code"]
    later()
    assert await around.house.codes.check(CALL, PERSON, "certificate", code, around.now) == "expired"


async def test_a_code_that_never_comes_proves_nothing(around: Rooms) -> None:
    ended = await prove(around, *[""] * WAITS)
    assert ended.box.keys_heard.count("code.waiting") == WAITS - 1
    assert ended.box.keys_heard.count("code.another") == 1
    assert WAITS * ARRIVES_S <= 5 * MINUTE
    assert ended.outcome == Outcome("refused", 1, PERSON)
    assert refusals(around) == ["expired"]


async def test_a_code_overheard_in_one_call_proves_nothing_in_another(around: Rooms) -> None:
    await prove(around, CODE)
    stolen = around.letters.of("code")[0].fields["code"]
    ended = await prove(around, stolen, stolen, stolen, call="ventanilla-1763791200.13")
    assert ended.outcome is not None
    assert ended.outcome.name == "refused"
    assert len(around.letters.of("code")) == 2


async def test_level_2_once_proven_serves_the_whole_call_and_no_other(around: Rooms) -> None:
    await prove(around, CODE)
    walk = PROVEN_1._replace(level=2)
    again = await visit(around, service="certificate", walk=walk, level=2, serve=NOTHING)
    assert again.outcome == Outcome("done", 2, PERSON)
    assert again.box.sent == []


async def test_a_code_for_another_procedure_moves_no_money(around: Rooms) -> None:
    await prove(around, CODE)
    walk = PROVEN_1._replace(level=2)
    ended = await visit(around, CODE, service="bank_account", walk=walk, level=2, serve=NOTHING)
    assert ended.outcome == Outcome("done", 2, PERSON)
    assert ended.box.keys_heard[0] == "code.sent.eight"
    assert [len(letter.fields["code"]) for letter in around.letters.of("code")] == [6, 8]
    refused = await visit(around, "1", "2", "3", service="bank_account", call=OTHER, walk=walk, serve=NOTHING)
    assert refused.outcome is not None
    assert refused.outcome.name == "refused", "the eight digits of another call count for nothing either"


async def test_eight_digits_once_keyed_serve_money_and_everything_else_of_the_call(around: Rooms) -> None:
    await prove(around, CODE, service="bank_account")
    walk = PROVEN_1._replace(level=2)
    for service in ("bank_account", "address", "certificate"):
        again = await visit(around, service=service, walk=walk, level=2, serve=NOTHING)
        assert again.outcome == Outcome("done", 2, PERSON)
        assert again.box.sent == []


async def test_a_code_that_somebody_else_keyed_in_this_call_moves_no_money(around: Rooms) -> None:
    await prove(around, CODE, service="bank_account")
    walk = PROVEN_1._replace(level=2, person="demo-jose")
    ended = await visit(around, service="bank_account", walk=walk, level=2, serve=NOTHING)
    assert ended.outcome != Outcome("done", 2, "demo-jose")


async def test_keys_of_a_machine_lead_back_or_to_a_person(around: Rooms) -> None:
    for key, outcome in (("#", "back"), ("0", "person")):
        ended = await prove(around, key, call=f"ventanilla-1763791200.{ord(key)}")
        assert ended.outcome == Outcome(outcome, 1, PERSON)


async def test_who_has_neither_mobile_nor_mail_on_file_is_led_to_a_person(around: Rooms) -> None:
    await change_contact(around, mobile=None, email=None)
    ended = await prove(around)
    assert ended.outcome == Outcome("person", 1, PERSON)
    assert refusals(around) == ["no_contact"]
    assert around.letters.left == {}


async def test_who_has_no_mobile_on_file_gets_the_code_by_mail(around: Rooms) -> None:
    await change_contact(around, mobile=None)
    ended = await prove(around, CODE)
    assert ended.outcome == Outcome("done", 2, PERSON)
    assert ended.box.keys_heard == ["code.mailed.six", "code.right"]
    (letter,) = around.letters.of("code")
    assert letter.to == Recipient("es", email="maria@ejemplo.example", person=PERSON)


async def test_a_mail_address_that_was_changed_lately_gets_no_code_either(around: Rooms) -> None:
    await change_contact(around, mobile=None, changed_at=around.now - 71 * 3600)
    assert (await prove(around)).outcome == Outcome("person", 1, PERSON)
    assert around.letters.left == {}


async def test_star_has_another_code_sent_and_the_first_is_good_no_more(around: Rooms) -> None:
    ended = await prove(around, "*", CODE)
    assert ended.outcome == Outcome("done", 2, PERSON)
    assert ended.box.keys_heard == ["code.sent.six", "code.sent_again", "code.right"]
    first, second = around.letters.of("code")
    assert ended.visit.level == 2
    if first.fields["code"] != second.fields["code"]:
        verdict = await around.house.codes.check(
            CALL, PERSON, "certificate", first.fields["code"], around.now
        )
        assert verdict == "expired"


async def test_another_code_counts_like_the_first_and_the_fourth_is_not_sent(around: Rooms) -> None:
    ended = await prove(around, "*", "*", "*", CODE)
    assert ended.outcome == Outcome("blocked", 1, PERSON)
    assert len(around.letters.of("code")) == 3
    assert refusals(around) == ["limit"]


async def test_a_day_of_wrong_codes_blocks_the_person_until_staff_lift_it(around: Rooms) -> None:
    for number in range(5):
        ended = await prove(around, "1", "2", "3", call=f"ventanilla-1763791200.{number}")
        assert ended.outcome is not None
        around.now += 61 * MINUTE
    assert (await prove(around, call="ventanilla-1763791200.90")).outcome == Outcome("blocked", 1, PERSON)
    around.now += 48 * 60 * MINUTE
    late = await prove(around, call="ventanilla-1763791200.91")
    assert late.outcome == Outcome("blocked", 1, PERSON), "two days later still"
    assert late.box.keys_heard == ["code.limit"], "which of the limits it is, nobody is told"
    store = around.house.codes
    assert isinstance(store, SqlCodes)
    assert await store.unblock(PERSON)
    assert not await store.unblock(PERSON)
    ended = await prove(around, CODE, call="ventanilla-1763791200.92")
    assert ended.outcome == Outcome("done", 2, PERSON)


async def test_a_mobile_that_was_changed_lately_gets_no_code(around: Rooms) -> None:
    await change_contact(around, mobile="+34699999999", changed_at=around.now - 71 * 3600)
    ended = await prove(around)
    assert ended.outcome == Outcome("person", 1, PERSON)
    assert refusals(around) == ["new_contact"]
    assert around.letters.left == {}
    around.now += 2 * 3600
    assert (await prove(around, CODE)).outcome == Outcome("done", 2, PERSON)


async def test_the_number_that_calls_gets_no_code_unless_it_is_the_registered_one(around: Rooms) -> None:
    await prove(around, CODE)
    assert [letter.to.number for letter in around.letters.left.values()] == [MOBILE]


async def test_the_fourth_code_in_an_hour_and_the_sixth_in_a_day_are_not_sent(around: Rooms) -> None:
    ends = []
    for number in range(9):
        ended = await prove(around, "#", call=f"ventanilla-1763791200.{number}")
        ends.append(ended.outcome and ended.outcome.name)
        around.now += 61 * MINUTE if number == 3 else 1.0
    assert ends == ["back"] * 3 + ["blocked"] + ["back"] * 2 + ["blocked"] * 3
    assert len(around.letters.of("code")) == 5


async def test_a_post_that_takes_nothing_is_told_as_a_service_that_is_down(around: Rooms) -> None:
    around.letters.shut = True
    assert (await prove(around)).outcome == Outcome("down", 1, PERSON)


async def test_neither_code_nor_mobile_is_in_any_fact_or_log_or_in_our_table(
    around: Rooms, caplog: pytest.LogCaptureFixture
) -> None:
    await prove(around, "7391", CODE)
    (letter,) = around.letters.of("code")
    async with around.engine.connect() as connection:
        kept = repr((await connection.execute(select(tables.codes))).all())
    for secret in (letter.fields["code"], "7391", MOBILE[3:]):
        assert secret not in repr(around.facts) + caplog.text + kept


# --- level 3 ---


async def test_level_3_is_the_way_to_a_person_with_what_was_proven(around: Rooms) -> None:
    ended = await visit(around, *DNI, *RIGHT, CODE, service="certificate", level=3, serve=NOTHING)
    assert ended.outcome == Outcome("video", 2, PERSON, "video")
    assert ended.box.keys_heard[-1] == "id.video"


async def test_a_protected_person_gets_no_code(around: Rooms) -> None:
    around.register.people[DOCUMENT] = Person(PERSON, FACTS, protected=True)
    ended = await visit(around, *DNI, *RIGHT, service="certificate", level=2, serve=NOTHING)
    assert ended.outcome == Outcome("protected", 0, None, "protected")
    assert around.letters.left == {}


async def test_codes_that_never_left_count_for_nothing(around: Rooms) -> None:
    around.letters.shut = True
    for number in range(5):
        ended = await prove(around, call=f"ventanilla-1763791200.{number}")
        assert ended.outcome == Outcome("down", 1, PERSON)
    around.letters.shut = False
    ended = await prove(around, CODE, call="ventanilla-1763791200.9")
    assert ended.outcome == Outcome("done", 2, PERSON)
