"""The health card: the edges of its dates, and a request that somebody else was faster with."""

import datetime as dt

import pytest

from corporate import Declined
from corporate.adapters.subsidies.reference import Reference
from tests.ivr.services.counter import Counter
from tests.ivr.services.scenarios import OTHER

TODAY = dt.date(2026, 11, 22)


@pytest.mark.parametrize(
    ("left", "offered"),
    [
        (31, None),
        (30, "health_card.offer_renewal"),
        (0, "health_card.offer_renewal"),
        (-1, "health_card.offer_renewal"),
    ],
)
async def test_a_card_is_renewed_from_thirty_days_before_its_last(
    counter: Counter, left: int, offered: str | None
) -> None:
    await counter.change("health_cards", expires=TODAY + dt.timedelta(days=left))
    _, box = await counter.serve("health_card", OTHER)
    assert [key for key in box.keys_heard if key.startswith("health_card.offer")] == (
        [offered] if offered else []
    )
    assert ("health_card.too_early" in box.keys_heard) is (offered is None)


async def test_a_second_request_in_another_visit_is_told_of_the_first(counter: Counter) -> None:
    await counter.serve("health_card", "1", OTHER)
    _, box = await counter.serve("health_card", OTHER, turn=8)
    assert "health_card.requested" in box.keys_heard
    assert len(await counter.orders()) == 1


async def test_who_was_overtaken_is_told_of_the_request_there_is(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def overtaken(_: Reference, *__: object, **___: object) -> None:
        await counter.change("health_cards", requested=TODAY)
        raise Declined("taken")

    monkeypatch.setattr(Reference, "request_health_card", overtaken)
    outcome, box = await counter.serve("health_card", "1", OTHER)
    assert (outcome.name, "health_card.requested" in box.keys_heard) == ("done", True)


async def test_a_system_that_declines_for_other_reasons_leads_to_a_person(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def forbids(_: Reference, *__: object, **___: object) -> None:
        raise Declined("not_allowed")

    monkeypatch.setattr(Reference, "request_health_card", forbids)
    outcome, box = await counter.serve("health_card", "1")
    assert (outcome.name, box.keys_heard[-1]) == ("person", "request.declined")
