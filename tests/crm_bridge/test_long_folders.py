"""A folder in which more has changed than is read at once: what is open is found all the same."""

from crm_bridge.adapters.search import MOST_OPEN
from crm_bridge.requests import reference
from crm_bridge.writes import Note, Open
from tests.crm_bridge.conftest import NOON, Desk

CALL = "ventanilla-1795345200.1"
MARIA = "demo-maria"
DAY_S = 86_400.0
OLD = reference(2026, 9001)


async def _much_is_over_since(desk: Desk) -> None:
    """Leave one request open about a pension, and resolve more since than a folder holds."""
    crm = desk.bridge._connector
    await crm.write("old", Open(OLD, "c-0", MARIA, "pension", "telephone", 3, 1, NOON - 30 * DAY_S))
    for number in range(1, MOST_OPEN + 5):
        one, call, at = reference(2026, 9001 + number), f"c-{number}", NOON - 20 * DAY_S + number
        await crm.write(f"open-{number}", Open(one, call, MARIA, "certificate", "telephone", 3, 1, at))
        await crm.write(f"note-{number}", Note(one, call, "ana", "resolved", "", at + 1))


async def test_a_card_shows_what_is_open_however_much_else_has_changed_since(desk: Desk) -> None:
    await _much_is_over_since(desk)
    card = await desk.bridge.card(CALL, None, MARIA, "es", 1, "pension")
    assert OLD in [one.reference for one in card.open_requests]
    assert card.last_contacts


async def test_and_a_call_continues_it(desk: Desk) -> None:
    await _much_is_over_since(desk)
    assert await desk.bridge.open_or_continue(CALL, MARIA, "pension") == OLD
