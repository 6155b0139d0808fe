"""A prior appointment by telephone: found by postal code, proven, booked, heard, in the book and in the post."""

import pytest
from sqlalchemy import delete, update

from corporate.adapters.tables import bookings
from crm_bridge.demonstration import MARIA
from messages.adapters.tables import outbox
from server.database import open_engine
from server.probe.call import place
from server.probe.catalogue import Catalogue
from server.probe.script import Script, parse_steps
from tests.calls.centre import Centre
from tests.calls.keys import identified_by

pytestmark = pytest.mark.asterisk

TO_APPOINTMENTS = "1@language.offer~0,4@menu.main~0"
FIND = (
    "1@appointment.menu~0,28013@appointment.ask_postcode~0,1@appointment.press.2~0,1@appointment.later_days~0"
)


async def nothing_booked(centre: Centre) -> None:
    """Forget what an earlier try of this test had booked."""
    engine = open_engine(centre.settings.database)
    async with engine.begin() as connection:
        await connection.execute(update(bookings).values(desk=None))
        await connection.execute(delete(outbox))
    await engine.dispose()


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_an_appointment_is_found_booked_and_told_over_the_telephone(
    centre: Centre, catalogue: Catalogue
) -> None:
    await nothing_booked(centre)
    proven = identified_by(MARIA.citizen.document, MARIA.answers)
    press = f"{TO_APPOINTMENTS},{FIND},1@appointment.later_times~0,{proven},1@service.confirm~0"
    told = ("appointment.office.madrid_1", "appointment.booked")
    script = Script("901166565", centre.sip, "+34911000021", parse_steps(press), told, seconds=240)
    outcome = await place(script, catalogue)
    heard = [one.key for one in outcome.heard]
    assert (outcome.trouble, outcome.unmet) == ("", ()), heard
    said = (
        *told,
        "appointment.times",
        "id.proven",
        "appointment.to_confirm",
        "appointment.sent",
        "service.reference",
        "letter.c",
        "letter.p",
    )
    assert not set(said) - set(centre.played()), "Asterisk's own log must say so too"
    (booking,) = await centre.until(
        "SELECT * FROM corporate_bookings WHERE person = 'demo-maria' AND desk IS NOT NULL"
    )
    (letter,) = await centre.until("SELECT * FROM messages_outbox WHERE message = 'appointment.booked'")
    assert booking["office"] == "madrid_1"
    assert booking["reference"] in letter["text"]
    assert booking["reference"] not in centre.server_log()
