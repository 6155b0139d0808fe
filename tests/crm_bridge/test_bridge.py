import json

from sqlalchemy import func, select

from crm_bridge.adapters import tables
from crm_bridge.adapters.seeding import seed
from crm_bridge.facts import CardComposed, RequestContinued, RequestOpened
from crm_bridge.requests import State
from tests.crm_bridge.conftest import KEY, Desk

CALL = "ventanilla-1795345200.1"
MARIA, MARIAS_NUMBER = "demo-maria", "+34915551234"


async def _states(desk: Desk) -> dict[str, tuple[str | None, str, int]]:
    async with desk.engine.connect() as connection:
        rows = await connection.execute(select(tables.requests))
        return {row.reference: (row.citizen, row.state, row.level) for row in rows}


async def test_a_number_only_hints_at_a_name_and_shows_no_file(desk: Desk) -> None:
    card = await desk.bridge.card(CALL, MARIAS_NUMBER, None, "es", 0, "pension")
    assert (card.who, card.proven, card.crm) == ("María G. L.", False, "ok")
    assert not any((card.open_requests, card.cases, card.last_contacts))


async def test_a_proven_citizen_shows_requests_contacts_and_cases(desk: Desk) -> None:
    await desk.bridge.open_or_continue(CALL, MARIA, "pension")
    await desk.bridge.deliver()
    card = await desk.bridge.card(CALL, MARIAS_NUMBER, MARIA, "es", 1, "pension")
    assert (card.who, card.proven) == ("María García López", True)
    assert [request.reference for request in card.open_requests] == [card.request]
    assert [contact.outcome for contact in card.last_contacts] == [None, "informed"]
    assert [case.state for case in card.cases] == ["in_progress", "granted"]


async def test_two_people_on_one_number_are_told_as_two_and_neither_is_named(desk: Desk) -> None:
    card = await desk.bridge.card(CALL, "+34963123456", None, "ca", 0, "case")
    assert (card.who, card.candidates) == (None, 2)


async def test_a_protected_person_is_never_shown_at_any_level(desk: Desk) -> None:
    for person, level in ((None, 0), ("demo-protected", 1), ("demo-protected", 3)):
        card = await desk.bridge.card(CALL, "+34612000111", person, "es", level, "case")
        assert card.protected
        assert (card.who, card.number, card.cases, card.open_requests) == (None, None, (), ())


async def test_a_withheld_number_and_an_unknown_one_make_a_card_without_a_name(desk: Desk) -> None:
    for number in (None, "+33142685300"):
        card = await desk.bridge.card(CALL, number, None, "es", 0, "general")
        assert (card.who, card.candidates, card.crm) == (None, 0, "ok")


async def test_whether_a_telephone_is_on_file_is_told_and_nothing_else(desk: Desk) -> None:
    assert await desk.bridge.knows(MARIAS_NUMBER) is True
    assert await desk.bridge.knows("+33142685300") is False


async def test_a_claimed_person_at_level_0_is_not_uncovered(desk: Desk) -> None:
    card = await desk.bridge.card(CALL, None, MARIA, "es", 0, "case")
    assert (card.who, card.proven, card.cases) == (None, False, ())


async def test_the_card_becomes_json_and_the_time_it_took_is_told(desk: Desk) -> None:
    card = await desk.bridge.card(CALL, MARIAS_NUMBER, MARIA, "es", 1, "pension")
    assert '"since": "2026-10-14"' in json.dumps(card.to_dict())
    assert len(desk.told(CardComposed)) == 1


async def test_the_protocol_gets_the_answers_and_the_cases(desk: Desk) -> None:
    person = await desk.bridge.person_by_document("12345678Z")
    assert person is not None
    assert "account_last4" in person.questions
    assert await desk.bridge.answers_hold("12345678Z", {"account_last4": "4821"})
    assert [case.reference for case in await desk.bridge.cases(person.id)] == ["2026-500123", "2026-310077"]
    assert await desk.bridge.person_by_document("87654321X") is None


async def test_every_call_opens_a_request_and_asking_again_opens_no_second(desk: Desk) -> None:
    first = await desk.bridge.open_or_continue(CALL, None, "imv")
    assert await desk.bridge.open_or_continue(CALL, None, "imv") == first
    await desk.bridge.deliver()
    assert (await _states(desk))[first] == (None, State.OPEN, 1)
    assert len(desk.told(RequestOpened)) == 1


async def test_a_second_call_about_the_same_matter_continues_the_request(desk: Desk) -> None:
    first = await desk.bridge.open_or_continue(CALL, MARIA, "pension")
    await desk.bridge.deliver()
    desk.clock.now += 3600
    again = await desk.bridge.open_or_continue("ventanilla-1795348800.9", MARIA, "pension")
    await desk.bridge.deliver()
    assert again == first
    assert (await _states(desk))[first] == (MARIA, State.IN_PROGRESS, 1)
    assert len(desk.told(RequestContinued)) == 1


async def test_a_caller_who_proves_themselves_later_gives_the_request_its_citizen(desk: Desk) -> None:
    request = await desk.bridge.open_or_continue(CALL, None, "case")
    await desk.bridge.open_or_continue(CALL, MARIA, "case")
    await desk.bridge.deliver()
    assert (await _states(desk))[request] == (MARIA, State.OPEN, 1)


async def test_a_call_that_arrives_unknown_ends_in_the_request_it_belongs_to(desk: Desk) -> None:
    first = await desk.bridge.open_or_continue(CALL, MARIA, "pension")
    later = "ventanilla-1795348800.9"
    fresh = await desk.bridge.open_or_continue(later, None, "general")
    await desk.bridge.deliver()
    assert await desk.bridge.open_or_continue(later, MARIA, "case") == fresh
    await desk.bridge.deliver()
    assert await desk.bridge.open_or_continue(later, MARIA, "pension") == first
    assert await desk.bridge.open_or_continue(later, MARIA, "pension") == first
    await desk.bridge.deliver()
    states = await _states(desk)
    assert (states[first], states[fresh][1]) == ((MARIA, State.OPEN, 1), State.CLOSED)
    card = await desk.bridge.card(later, None, MARIA, "es", 1, "pension")
    assert [one.reference for one in card.open_requests] == [card.request] == [first]
    assert len(desk.told(RequestContinued)) == 1


async def test_notes_and_passing_on_reach_the_request(desk: Desk) -> None:
    request = await desk.bridge.open_or_continue(CALL, MARIA, "subsidy")
    await desk.bridge.pass_on(CALL, 2, "subsidy")
    await desk.bridge.note(CALL, "ana", "waiting_citizen", "Falta el certificado.\x00")
    await desk.bridge.note(CALL, "ana", "waiting_citizen", "Falta el certificado.\x00")
    await desk.bridge.deliver()
    assert (await _states(desk))[request] == (MARIA, State.WAITING_CITIZEN, 2)
    async with desk.engine.connect() as connection:
        notes = select(tables.contacts.c.notes).where(tables.contacts.c.call == CALL)
        assert (await connection.execute(notes)).scalar_one() == "Falta el certificado."


async def test_seeding_twice_changes_nothing(desk: Desk) -> None:
    await seed(desk.engine, KEY)
    async with desk.engine.connect() as connection:
        counted = await connection.execute(select(func.count()).select_from(tables.citizens))
        assert counted.scalar_one() == 8
