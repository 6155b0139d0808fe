"""Prior appointment: found by anybody; booked, heard, moved and cancelled by who has been proven to level 1."""

from corporate import Declined
from corporate.appointments import Booking, Office, Slot, SlotTaken
from dialplans.machine import MAX_TRIES, Outcome
from dialplans.outcomes import PROOF
from ivr import appointments, receipts
from ivr.dialogue import choose, confirm, reference, tell
from ivr.identification import prove
from ivr.services import Leaves, Visit

OUTCOMES = PROOF  # proven in the middle, whatever level is asked before
LEAST_LEVEL = 0  # finding one is for anybody; LEVEL proves who books

LEVEL = 1
MOST_HELD = 4

PROMPTS = appointments.PROMPTS | frozenset(
    {
        "appointment.menu", "appointment.no_slots", "appointment.other_office", "appointment.to_confirm",
        "appointment.taken", "appointment.too_many", "appointment.already", "appointment.replace",
        "appointment.booked", "appointment.moved", "appointment.cancelled", "appointment.sent",
        "appointment.none_held", "appointment.one_held", "appointment.several_held", "appointment.actions",
        "appointment.cancel", "appointment.kept", "appointment.gone",
    }
)  # fmt: skip


async def serve(visit: Visit) -> Outcome:
    """Ask for an appointment, or see to those that are held."""
    if await choose(visit, "12", "appointment.menu") == "1":
        return await _ask(visit)
    await prove(visit, LEVEL)
    return await _see_to(visit)


async def _ask(visit: Visit) -> Outcome:
    """Find an office and a time, then see who is calling, then book."""
    office = await appointments.office(visit)
    while (slot := await appointments.slot(visit, office)) is None:
        if not await _elsewhere(visit):
            return Outcome("done")
        office = await appointments.office(visit)
    await prove(visit, LEVEL)
    before = await visit.corporate.appointments.held(visit.proven)
    if before and await _replaces(visit, before[0]):
        return await _take(visit, office, slot, before[0])
    return await _take(visit, office, slot, None)


async def _elsewhere(visit: Visit) -> bool:
    return await choose(visit, "12", "appointment.no_slots", "appointment.other_office") == "1"


async def _replaces(visit: Visit, booking: Booking) -> bool:
    """Ask whether the new time is instead of the one held: also of who was cut off just after booking it."""
    words = appointments.held(visit, booking)
    return await choose(visit, "12", "appointment.already", *words, "appointment.replace") == "1"


async def _take(visit: Visit, office: Office, slot: Slot, moved: Booking | None) -> Outcome:
    """Have the time confirmed and take it; another is chosen when it is not right.

    So it is when somebody was faster, or the caller has an appointment then.
    """
    for _ in range(MAX_TRIES):
        words = appointments.spoken(visit, office, slot.starts_at)
        if await confirm(visit, "appointment.to_confirm", *words):
            try:
                return await _book(visit, slot, moved)
            except SlotTaken:
                visit.talk.owe("appointment.taken")
            except Declined as declined:
                clash = await _at_once(visit, slot) if declined.reason == "not_allowed" else None
                if clash is None:
                    return Outcome(await tell(visit, _why(declined)))
                visit.talk.owe("appointment.already", *appointments.held(visit, clash))
        another = await appointments.slot(visit, office)
        if another is None:
            return Outcome(await tell(visit, "appointment.no_slots"))
        slot = another
    raise Leaves("person")


async def _at_once(visit: Visit, slot: Slot) -> Booking | None:
    """Give what the caller holds at that very time, in whatever office: nobody is at two at once."""
    found = await visit.corporate.appointments.held(visit.proven)
    return next((one for one in found if one.starts_at == slot.starts_at), None)


def _why(declined: Declined) -> str:
    return "appointment.gone" if declined.reason == "nothing_there" else "appointment.too_many"


async def _book(visit: Visit, slot: Slot, moved: Booking | None) -> Outcome:
    """Book or move, tell it in writing and in words. Raises Declined."""
    contact, port = await receipts.contact_of(visit), visit.corporate.appointments
    if moved:
        key = visit.key("move", moved.reference, slot.id)
        booking, how = await port.move(visit.proven, moved.reference, slot.id, key), "moved"
    else:
        key = visit.key("book", slot.id)
        booking, how = await port.book(visit.proven, visit.subject, slot.id, key), "booked"
    office = booking.office
    place = {"office": office.name, "street": office.street, "town": office.town}
    written = {**appointments.written(office, booking.starts_at), "reference": booking.reference}
    to = receipts.reached(visit, contact)
    sent = await receipts.leave(visit, f"appointment.{how}", to, **place, **written)
    visit.talk.owe(f"appointment.{how}", *(("appointment.sent",) if sent else ()))
    await reference(visit, booking.reference)
    return Outcome(await tell(visit))


async def _see_to(visit: Visit) -> Outcome:
    """Tell the appointments held; move or cancel the one chosen."""
    booked = (await visit.corporate.appointments.held(visit.proven))[:MOST_HELD]
    if not booked:
        return Outcome(await tell(visit, "appointment.none_held"))
    chosen = booked[0]
    words = [appointments.held(visit, one) for one in booked]
    if len(booked) > 1:
        chosen = booked[await appointments.one_of(visit, words, "appointment.several_held")]
    said = appointments.held(visit, chosen)
    match await choose(visit, "123", "appointment.one_held", *said, "appointment.actions"):
        case "1":
            return await _move(visit, chosen)
        case "2":
            return await _cancel(visit, chosen)
        case _:
            return Outcome("done")


async def _move(visit: Visit, booking: Booking) -> Outcome:
    slot = await appointments.slot(visit, booking.office)
    if slot is None:
        return Outcome(await tell(visit, "appointment.no_slots", "appointment.kept"))
    return await _take(visit, booking.office, slot, booking)


async def _cancel(visit: Visit, booking: Booking) -> Outcome:
    """Cancel once it is confirmed, and tell it in writing, so that nobody is cancelled behind their back."""
    if not await confirm(visit, "appointment.cancel"):
        return Outcome(await tell(visit, "appointment.kept"))
    contact = await receipts.contact_of(visit)
    try:
        key = visit.key("cancel", booking.reference)
        await visit.corporate.appointments.cancel(visit.proven, booking.reference, key)
    except Declined:
        return Outcome(await tell(visit, "appointment.gone"))
    written = {**appointments.written(booking.office, booking.starts_at), "reference": booking.reference}
    sent = await receipts.leave(visit, "appointment.cancelled", receipts.reached(visit, contact), **written)
    return Outcome(await tell(visit, "appointment.cancelled", *(("appointment.sent",) if sent else ())))
