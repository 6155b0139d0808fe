"""Prior appointment: every way it can end, and what stands in the institution's book afterwards."""

import asyncio
import datetime as dt
import random
from collections.abc import Awaitable, Callable
from typing import NoReturn

import pytest
from sqlalchemy import select, update

from corporate import Corporate, Declined
from corporate.adapters import tables
from corporate.adapters.appointments.reference import Reference
from corporate.appointments import Booking, SlotTaken
from corporate.demonstration import OFFICES
from dialplans import texts
from dialplans.grammar import GRAMMARS
from dialplans.outcomes import expected
from ivr.adapters.line import HungUp
from ivr.services import Leaves, catalogue
from tests.dialplans.institutions import INSS
from tests.ivr.box import SILENCE, Box
from tests.ivr.services.counter import MARIA, MOBILE, Counter

ASK, SEE_TO = "1", "2"
CENTRE = ("28013", "1")  # Madrid's first office
FIRST, SECOND = ("1", "1"), ("1", "2")  # of the first day, the first time, and the second
YES, NO, OTHER, AGAIN, PERSON, BACK = "1", "2", "2", "1", "0", "#"
BOOK = (ASK, *CENTRE, *FIRST, YES)
MONDAY = dt.date(2026, 11, 23)
DATE = "appointment.day"


async def book(counter: Counter, person: str = MARIA, nth: int = 0, office: str = "madrid_1") -> Booking:
    port = counter.visit("appointment", Box()).corporate.appointments
    slot = (await port.free(office, "pension", MONDAY, 1))[nth]
    return await port.book(person, "pension", slot.id, f"before:{person}:{nth}:{office}")


async def in_the_book(counter: Counter, person: str = MARIA) -> list[tuple[str, float]]:
    rows = tables.bookings
    query = select(rows).where(rows.c.person == person, rows.c.desk.is_not(None)).order_by(rows.c.starts_at)
    async with counter.engine.connect() as connection:
        return [(row.office, row.starts_at) for row in await connection.execute(query)]


async def close(counter: Counter, *offices: str) -> None:
    """Let offices never open."""
    async with counter.engine.begin() as connection:
        shut = update(tables.offices).where(tables.offices.c.id.in_(offices)).values(opens=540, closes=540)
        await connection.execute(shut)


def at(hour: int, minute: int, day: dt.date = MONDAY) -> float:
    return dt.datetime(day.year, day.month, day.day, hour - 1, minute, tzinfo=dt.UTC).timestamp()


# --- asking for one ---


async def test_a_caller_finds_an_office_and_a_time_and_has_them_in_writing(counter: Counter) -> None:
    outcome, box = await counter.serve("appointment", *BOOK, OTHER)
    assert outcome.name == "done"
    assert await in_the_book(counter) == [("madrid_1", at(9, 0))]
    heard = box.keys_heard
    wanted = ("appointment.offices", "appointment.office.madrid_1", "appointment.days", "appointment.times")
    assert all(key in heard for key in (*wanted, "appointment.to_confirm", "service.confirm"))
    assert (
        heard.index("appointment.booked") < heard.index("appointment.sent") < heard.index("service.reference")
    )
    (left,) = counter.outbox.kept.values()
    assert (left.message, left.to.number, left.to.language) == ("appointment.booked", MOBILE, "es")
    assert left.fields["date"] == "23/11/2026"
    assert left.fields["time"] == "09:00"
    assert left.fields["office"] == "Madrid Centro"


async def test_other_days_and_other_times_are_a_key_away_and_come_round_again(counter: Counter) -> None:
    presses = (ASK, *CENTRE, "4", "2", "5", "3", YES, OTHER)
    await counter.serve("appointment", *presses)
    ((_, starts_at),) = await in_the_book(counter)
    assert starts_at == at(10, 30, dt.date(2026, 11, 27))
    round_again = (ASK, *CENTRE, "1", *("5",) * 5, "1", NO, BACK)
    _, box = await counter.serve("appointment", *round_again, turn=5)
    assert box.keys_heard.count("appointment.times") == 6
    assert await in_the_book(counter) == [("madrid_1", starts_at)]


async def test_what_is_not_right_is_chosen_again(counter: Counter) -> None:
    outcome, _ = await counter.serve("appointment", ASK, *CENTRE, *FIRST, NO, "2", "2", YES, OTHER)
    assert outcome.name == "done"
    assert await in_the_book(counter) == [("madrid_1", at(9, 15, MONDAY + dt.timedelta(days=1)))]


async def test_said_again_the_reference_comes_with_it(counter: Counter) -> None:
    _, box = await counter.serve("appointment", *BOOK, AGAIN, OTHER)
    assert box.keys_heard.count("service.reference") == 2


@pytest.mark.parametrize("postcode", ["99999", "00000", "53001", "1234"])
async def test_a_postcode_that_cannot_be_is_asked_again_and_the_third_leads_to_a_person(
    counter: Counter, postcode: str
) -> None:
    outcome, box = await counter.serve("appointment", ASK, postcode, postcode, postcode)
    assert outcome.name == "gave_up"
    assert box.keys_heard.count("appointment.wrong_postcode") == 3


async def test_a_right_postcode_after_a_wrong_one_is_taken(counter: Counter) -> None:
    outcome, _ = await counter.serve("appointment", ASK, "99999", *CENTRE, *FIRST, YES, OTHER)
    assert outcome.name == "done"


async def test_a_province_without_offices_is_told_so_and_in_the_end_a_person_helps(counter: Counter) -> None:
    outcome, box = await counter.serve("appointment", ASK, "50001", "50002", "50003")
    assert outcome.name == "person"
    assert box.keys_heard.count("appointment.no_office") == 3


async def test_without_a_free_time_another_office_is_looked_for(counter: Counter) -> None:
    await close(counter, "madrid_1")
    outcome, box = await counter.serve("appointment", ASK, *CENTRE, "1", "28013", "2", *FIRST, YES, OTHER)
    assert outcome.name == "done"
    assert "appointment.no_slots" in box.keys_heard
    assert [office for office, _ in await in_the_book(counter)] == ["madrid_2"]


async def test_without_a_free_time_a_caller_may_leave_it(counter: Counter) -> None:
    await close(counter, "madrid_1")
    outcome, _ = await counter.serve("appointment", ASK, *CENTRE, OTHER)
    assert (outcome.name, await in_the_book(counter)) == ("done", [])


async def test_after_the_last_day_there_are_no_more(counter: Counter) -> None:
    outcome, box = await counter.serve("appointment", ASK, *CENTRE, *("4",) * 14, OTHER)
    assert (outcome.name, "appointment.no_slots" in box.keys_heard) == ("done", True)


async def test_a_time_taken_meanwhile_is_told_and_another_chosen(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Reference.book

    async def too_late(port: Reference, person: str, subject: str, slot: str, key: str) -> Booking:
        if person == MARIA and slot.endswith(f"@{at(9, 0):.0f}"):
            for other in ("demo-jose", "demo-carmen", "demo-vicent"):  # three desks
                await real(port, other, subject, slot, f"theirs:{other}")
        return await real(port, person, subject, slot, key)

    monkeypatch.setattr(Reference, "book", too_late)
    outcome, box = await counter.serve("appointment", *BOOK, *FIRST, YES, OTHER)
    assert outcome.name == "done"
    assert "appointment.taken" in box.keys_heard
    assert await in_the_book(counter) == [("madrid_1", at(9, 15))]


async def test_who_is_too_late_three_times_is_helped_by_a_person(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def always_too_late(*_: object) -> NoReturn:
        raise SlotTaken

    monkeypatch.setattr(Reference, "book", always_too_late)
    outcome, _ = await counter.serve("appointment", *BOOK, *FIRST, YES, *FIRST, YES, *FIRST)
    assert (outcome.name, await in_the_book(counter)) == ("person", [])


async def test_who_holds_one_may_change_it_for_the_new_time(counter: Counter) -> None:
    before = await book(counter, nth=8)
    outcome, box = await counter.serve("appointment", ASK, *CENTRE, *FIRST, "1", YES, OTHER)
    assert outcome.name == "done"
    assert "appointment.moved" in box.keys_heard
    assert await in_the_book(counter) == [("madrid_1", at(9, 0))]
    (left,) = counter.outbox.of("appointment.moved")
    assert left.fields["reference"] == before.reference


async def test_who_holds_one_may_have_both_and_a_fourth_is_refused(counter: Counter) -> None:
    for nth in (4, 5):
        await book(counter, nth=nth)
    await counter.serve("appointment", ASK, *CENTRE, *FIRST, "2", YES, OTHER)
    outcome, box = await counter.serve("appointment", ASK, *CENTRE, *SECOND, "2", YES, OTHER, turn=5)
    assert (outcome.name, len(await in_the_book(counter))) == ("done", 3)
    assert "appointment.too_many" in box.keys_heard
    assert "service.reference" not in box.keys_heard


# --- seeing to one ---


async def test_who_holds_none_is_told_so(counter: Counter) -> None:
    outcome, box = await counter.serve("appointment", SEE_TO, OTHER)
    assert (outcome.name, "appointment.none_held" in box.keys_heard) == ("done", True)


async def test_an_appointment_is_heard_again_and_again_and_left_as_it_is(counter: Counter) -> None:
    await book(counter)
    outcome, box = await counter.serve("appointment", SEE_TO, "*", "3")
    assert outcome.name == "done"
    assert box.keys_heard.count("appointment.office.madrid_1") == 2
    assert counter.outbox.kept == {}


async def test_an_appointment_is_moved_to_another_time_of_its_office(counter: Counter) -> None:
    before = await book(counter)
    outcome, box = await counter.serve("appointment", SEE_TO, "1", "2", "1", YES, OTHER)
    assert (outcome.name, "service.reference" in box.keys_heard) == ("done", True)
    assert await in_the_book(counter) == [("madrid_1", at(9, 0, MONDAY + dt.timedelta(days=1)))]
    (left,) = counter.outbox.of("appointment.moved")
    assert left.fields["reference"] == before.reference


async def test_an_appointment_is_cancelled_once_confirmed_and_in_writing(counter: Counter) -> None:
    await book(counter)
    outcome, box = await counter.serve("appointment", SEE_TO, "2", YES, OTHER)
    assert (outcome.name, await in_the_book(counter)) == ("done", [])
    assert "appointment.cancelled" in box.keys_heard
    assert len(counter.outbox.of("appointment.cancelled")) == 1


async def test_an_appointment_is_kept_when_cancelling_is_not_confirmed(counter: Counter) -> None:
    await book(counter)
    outcome, box = await counter.serve("appointment", SEE_TO, "2", NO, OTHER)
    assert (outcome.name, len(await in_the_book(counter))) == ("done", 1)
    assert "appointment.kept" in box.keys_heard
    assert counter.outbox.kept == {}


async def test_of_several_appointments_the_one_chosen_is_cancelled(counter: Counter) -> None:
    await book(counter)
    await book(counter, nth=6, office="madrid_2")
    outcome, _ = await counter.serve("appointment", SEE_TO, "2", "2", YES, OTHER)
    assert outcome.name == "done"
    assert await in_the_book(counter) == [("madrid_1", at(9, 0))]


async def test_an_appointment_cancelled_elsewhere_meanwhile_is_told_as_gone(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    await book(counter)

    async def gone(*_: object) -> NoReturn:
        raise Declined("nothing_there")

    monkeypatch.setattr(Reference, "cancel", gone)
    monkeypatch.setattr(Reference, "move", gone)
    for presses in ((SEE_TO, "2", YES, OTHER), (SEE_TO, "1", *FIRST, YES, OTHER)):
        outcome, box = await counter.serve("appointment", *presses)
        assert (outcome.name, "appointment.gone" in box.keys_heard) == ("done", True)


async def test_an_appointment_with_nowhere_to_go_is_kept(counter: Counter) -> None:
    await book(counter)
    await close(counter, "madrid_1")
    outcome, box = await counter.serve("appointment", SEE_TO, "1", OTHER)
    assert (outcome.name, len(await in_the_book(counter))) == ("done", 1)
    assert "appointment.kept" in box.keys_heard


# --- who is not served, and what is down ---


@pytest.mark.parametrize("verdict", ["refused", "blocked", "protected", "gave_up", "person", "back"])
@pytest.mark.parametrize("presses", [(SEE_TO,), (ASK, *CENTRE, *FIRST)])
async def test_who_is_not_proven_books_hears_and_cancels_nothing(
    counter: Counter, monkeypatch: pytest.MonkeyPatch, verdict: str, presses: tuple[str, ...]
) -> None:
    async def refuses(*_: object) -> NoReturn:
        raise Leaves(verdict)

    await book(counter)
    monkeypatch.setattr(f"{catalogue()['appointment'].serve.__module__}.prove", refuses)
    counter.level, counter.person = 0, None
    outcome, box = await counter.serve("appointment", *presses)
    assert outcome.name == verdict
    assert "appointment.one_held" not in box.keys_heard
    assert len(await in_the_book(counter)) == 1


@pytest.mark.parametrize(("system", "presses"), [("appointments", (ASK, "28013")), ("affiliation", BOOK)])
async def test_a_system_that_is_down_is_told_and_nothing_is_booked(
    counter: Counter, system: str, presses: tuple[str, ...]
) -> None:
    counter.down.add(system)
    outcome, _ = await counter.serve("appointment", *presses)
    assert (outcome.name, await in_the_book(counter)) == ("down", [])


async def test_without_the_post_the_reference_is_said_and_no_message_is_promised(counter: Counter) -> None:
    counter.down.add("post")
    outcome, box = await counter.serve("appointment", *BOOK, OTHER)
    assert outcome.name == "done"
    assert "appointment.sent" not in box.keys_heard
    assert "service.reference" in box.keys_heard


async def test_a_caller_who_hangs_up_has_an_appointment_with_its_message_or_none(counter: Counter) -> None:
    for step in range(len(BOOK) + 1):
        with pytest.raises(HungUp):
            await counter.serve("appointment", *BOOK[:step])
        booked = await in_the_book(counter)
        assert len(booked) == len(counter.outbox.of("appointment.booked")) == (step == len(BOOK))


async def test_who_was_cut_off_after_booking_hears_of_it_and_is_not_booked_twice(counter: Counter) -> None:
    with pytest.raises(HungUp):
        await counter.serve("appointment", *BOOK)
    outcome, box = await counter.serve("appointment", ASK, *CENTRE, *FIRST, "1", YES, OTHER)
    assert (outcome.name, "appointment.already" in box.keys_heard) == ("done", True)
    assert len(await in_the_book(counter)) == 1


async def test_the_same_choice_twice_in_one_visit_is_one_booking(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    together, whole = asyncio.Barrier(2), counter.corporate

    def beside() -> Corporate:
        """Let neither book before both know that nothing is held yet."""
        systems = whole()
        held = systems.appointments.held

        async def asked(person: str) -> tuple[Booking, ...]:
            found = await held(person)
            await together.wait()
            return found

        monkeypatch.setattr(systems.appointments, "held", asked)
        return systems

    counter.corporate = beside  # type: ignore[method-assign]

    async def same() -> object:
        return await counter.serve("appointment", *BOOK, OTHER)

    both: list[Callable[[], Awaitable[object]]] = [same, same]
    await asyncio.gather(*(one() for one in both))
    assert len(await in_the_book(counter)) == 1
    assert len(counter.outbox.kept) == 1


STEPS = (*(BOOK[:n] for n in range(len(BOOK))), (SEE_TO,), (SEE_TO, "2"), (SEE_TO, "1"))


@pytest.mark.parametrize("presses", STEPS, ids="-".join)
async def test_at_every_step_a_person_and_the_way_back_are_a_key_away_and_silence_ends(
    counter: Counter, presses: tuple[str, ...]
) -> None:
    if presses[:1] == (SEE_TO,):
        await book(counter)
    endings = ((PERSON,), "person"), ((BACK,), "back"), ((SILENCE, SILENCE, SILENCE), "gave_up")
    for keys, ending in endings:
        outcome, _ = await counter.serve("appointment", *presses, *keys)
        assert outcome.name == ending


# --- the words ---


@pytest.mark.parametrize("language", GRAMMARS)
async def test_every_language_says_every_office_and_serves_to_the_end(
    counter: Counter, language: str
) -> None:
    said, wrong = texts.read(INSS, language)
    assert not wrong
    assert {f"appointment.office.{office}" for office, *_ in OFFICES} <= set(said)
    assert catalogue()["appointment"].prompts <= set(said)
    counter.language = language
    outcome, box = await counter.serve("appointment", *BOOK, OTHER)
    assert (outcome.name, "service.reference" in box.keys_heard) == ("done", True)
    (left,) = counter.outbox.kept.values()
    assert left.to.language == language


async def test_an_office_without_a_recorded_name_is_said_by_its_postal_code(counter: Counter) -> None:
    async with counter.engine.begin() as connection:
        await connection.execute(update(tables.offices).values(prompt="appointment.office.new"))
    _, box = await counter.serve("appointment", *BOOK, OTHER)
    assert "appointment.unnamed_office" in box.keys_heard


@pytest.mark.parametrize("seed", range(40))
async def test_whatever_is_keyed_ends_in_an_outcome_or_a_hang_up_and_no_booking_is_without_its_message(
    counter: Counter, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same callers every time
    likely = [ASK, SEE_TO, "28013", "46001", *"11123459*", SILENCE, "99999", "7777"]
    presses = [chance.choice(likely) for _ in range(chance.randint(1, 25))]
    try:
        outcome, _ = await counter.serve("appointment", *presses)
    except HungUp:
        pass
    else:
        assert outcome.name in expected(catalogue()["appointment"].outcomes, 0)
    told = counter.outbox.of("appointment.booked")
    cancelled = counter.outbox.of("appointment.cancelled")
    assert len(await in_the_book(counter)) == len(told) - len(cancelled)
