"""The address: heard as far as it can be, changed only with a second proof, never without a warning."""

from dataclasses import replace
from typing import NoReturn

import pytest

from corporate import Corporate, CorporateDown
from corporate.affiliation import Affiliation, NewAddress
from ivr.services import Leaves, catalogue
from tests.ivr.services.counter import MARIA, MOBILE, Counter
from tests.ivr.services.scenarios import AGREED, OTHER, YES

CHANGE = ("1", "08018", "505", "#", YES, AGREED, OTHER)


async def test_the_change_has_what_was_keyed_and_the_call_in_which_the_street_was_said(
    counter: Counter,
) -> None:
    await counter.serve("address", *CHANGE)
    ((kind, person, details),) = await counter.orders()
    assert (kind, person) == ("change_address", MARIA)
    wanted = {"postcode": "08018", "house": "505", "spoken_in": "ventanilla-1763791200.12", "street": ""}
    assert {name: details[name] for name in wanted} == wanted


async def test_the_warning_goes_to_the_contact_on_file(counter: Counter) -> None:
    await counter.serve("address", *CHANGE)
    (warning,) = counter.outbox.of("changed.address")
    assert warning.to.number == MOBILE
    assert warning.fields == {"date": "22/11/2026"}


async def test_an_address_whose_warning_cannot_be_kept_is_not_changed(counter: Counter) -> None:
    counter.down.add("post")
    outcome, box = await counter.serve("address", *CHANGE[:-1])
    assert (outcome.name, await counter.orders()) == ("down", [])
    assert "address.changed" not in box.keys_heard


async def test_a_change_whose_answer_is_lost_has_been_warned_of(counter: Counter) -> None:
    whole = counter.corporate

    def lost() -> Corporate:
        return replace(whole(), affiliation=AnswersAreLost(whole().affiliation))  # type: ignore[arg-type]

    counter.corporate = lost  # type: ignore[method-assign]
    outcome, _ = await counter.serve("address", *CHANGE[:-1])
    assert outcome.name == "down"
    assert [kind for kind, *_ in await counter.orders()] == ["change_address"]
    assert [one.to.number for one in counter.outbox.of("changed.address")] == [MOBILE]


class AnswersAreLost:
    """A system that takes a change and dies before it says so."""

    def __init__(self, affiliation: Affiliation) -> None:
        self._affiliation = affiliation

    def __getattr__(self, question: str) -> object:
        return getattr(self._affiliation, question)

    async def change_address(self, person: str, to: NewAddress, key: str) -> NoReturn:
        await self._affiliation.change_address(person, to, key)
        raise CorporateDown("affiliation")


async def test_nothing_is_changed_below_level_two(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    counter.level = 1

    async def refuses(_: object, level: int) -> None:
        assert level == 2
        raise Leaves("refused")

    monkeypatch.setattr(f"{catalogue()['address'].serve.__module__}.prove", refuses)
    outcome, box = await counter.serve("address", *CHANGE)
    assert outcome.name == "refused"
    assert await counter.orders() == []
    assert "address.ask_postcode" not in box.keys_heard


async def test_a_house_without_a_number_is_said_without_one(counter: Counter) -> None:
    await counter.change("addresses", house="s/n")
    _, box = await counter.serve("address", "2")
    assert "address.number" not in box.keys_heard
