"""What every implementation of a corporate system must do, whoever wrote it.

A new implementation of one system is tried by a class of its own: inherit that system's contract and give it a fixture
`known` that says whom its test system knows. `test_reference.py` does so for ours, over both databases,
bare and through the guard.
"""

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise

import pytest

from corporate import Corporate, Declined, doubt
from corporate.affiliation import NewAddress
from corporate.appointments import SlotTaken
from ivr.services.forms import FORMS


@dataclass(frozen=True, slots=True)
class Known:
    """The systems to be tried, and whom they know.

    `person` has an address, a contact, a pension, an account, a health card and
    a case; `other` an address too; of `stranger` nobody has heard. `now` is the systems' clock.
    """

    corporate: Corporate
    person: str
    other: str
    stranger: str
    postcode: str  # of a place with offices
    now: float

    @property
    def tomorrow(self) -> dt.date:
        return dt.datetime.fromtimestamp(self.now, dt.UTC).date() + dt.timedelta(days=1)


class AffiliationContract:
    async def test_the_address_and_contact_on_file_can_be_believed(self, known: Known) -> None:
        affiliation = known.corporate.affiliation
        address, contact = await affiliation.address(known.person), await affiliation.contact(known.person)
        assert doubt.address(address, known.now) == address
        assert doubt.contact(contact, known.now) == contact

    async def test_of_a_stranger_there_is_neither(self, known: Known) -> None:
        affiliation = known.corporate.affiliation
        assert await affiliation.address(known.stranger) is None
        assert await affiliation.contact(known.stranger) is None

    async def test_a_change_of_address_is_taken_once(self, known: Known) -> None:
        to = NewAddress("28020", "7", street="calle de la Luna")
        affiliation = known.corporate.affiliation
        first = await affiliation.change_address(known.person, to, "call:address:1")
        again = await affiliation.change_address(known.person, to, "call:address:1")
        later = await affiliation.change_address(known.person, to, "call:address:2")
        assert doubt.receipt(first, known.now) == again
        assert later.reference != first.reference

    async def test_a_strangers_address_cannot_be_changed(self, known: Known) -> None:
        with pytest.raises(Declined):
            await known.corporate.affiliation.change_address(
                known.stranger, NewAddress("28020", "7"), "call:address:3"
            )


class PensionsContract:
    async def test_pensions_can_be_believed_and_the_highest_comes_first(self, known: Known) -> None:
        paid = doubt.many(doubt.benefit)(await known.corporate.pensions.benefits(known.person), known.now)
        assert paid
        assert all(one.monthly_cents >= two.monthly_cents for one, two in pairwise(paid))

    async def test_a_stranger_is_paid_nothing_on_no_account(self, known: Known) -> None:
        assert await known.corporate.pensions.benefits(known.stranger) == ()
        assert await known.corporate.pensions.account_last4(known.stranger) is None

    async def test_a_new_account_shows_by_its_last_digits_and_a_repeated_change_changes_nothing(
        self, known: Known
    ) -> None:
        pensions = known.corporate.pensions
        first = await pensions.change_account(known.person, "ES6300810418350200053344", "call:account:1")
        again = await pensions.change_account(known.person, "ES6300810418350200053344", "call:account:1")
        assert doubt.receipt(first, known.now) == again
        assert await pensions.account_last4(known.person) == "3344"

    async def test_who_is_paid_nothing_has_no_account_to_change(self, known: Known) -> None:
        with pytest.raises(Declined):
            await known.corporate.pensions.change_account(
                known.stranger, "ES6300810418350200053344", "call:account:2"
            )

    async def test_a_key_belongs_to_one_write(self, known: Known) -> None:
        pensions = known.corporate.pensions
        await pensions.certificate(known.person, "benefits", "post", "call:certificate:1")
        with pytest.raises(Declined, match="key_reused"):
            await pensions.certificate(known.other, "benefits", "post", "call:certificate:1")

    async def test_a_certificate_is_ordered_once(self, known: Known) -> None:
        pensions = known.corporate.pensions
        first = await pensions.certificate(known.person, "withholding", "email", "call:certificate:2")
        again = await pensions.certificate(known.person, "withholding", "email", "call:certificate:2")
        assert doubt.receipt(first, known.now) == again


class SubsidiesContract:
    async def test_a_health_card_is_requested_once_and_then_under_way(self, known: Known) -> None:
        subsidies = known.corporate.subsidies
        before = doubt.health_card(await subsidies.health_card(known.person), known.now)
        first = await subsidies.request_health_card(known.person, "call:card:1", renewal=True)
        again = await subsidies.request_health_card(known.person, "call:card:1", renewal=True)
        after = doubt.health_card(await subsidies.health_card(known.person), known.now)
        assert before.state in {"valid", "expired"}
        assert doubt.receipt(first, known.now) == again
        assert after.state == "requested"

    async def test_a_card_that_is_under_way_is_not_requested_again(self, known: Known) -> None:
        subsidies = known.corporate.subsidies
        await subsidies.request_health_card(known.other, "call:card:2", renewal=False)
        with pytest.raises(Declined, match="taken"):
            await subsidies.request_health_card(known.other, "call:card:3", renewal=False)

    async def test_a_stranger_has_no_card_and_no_subsidy(self, known: Known) -> None:
        assert (await known.corporate.subsidies.health_card(known.stranger)).state == "none"
        assert await known.corporate.subsidies.benefits(known.stranger) == ()


class CasesContract:
    async def test_cases_can_be_believed_and_the_newest_change_comes_first(self, known: Known) -> None:
        cases = doubt.many(doubt.case)(await known.corporate.cases.cases(known.person), known.now)
        assert cases
        assert all(one.since >= two.since for one, two in pairwise(cases))
        assert await known.corporate.cases.cases(known.stranger) == ()

    async def test_anybody_may_complain_and_once_is_once(self, known: Known) -> None:
        cases = known.corporate.cases
        first = await cases.complain(None, None, "waiting", "call:complaint:1")
        again = await cases.complain(None, None, "waiting", "call:complaint:1")
        proven = await cases.complain(known.person, "+34600123456", "payment", "call:complaint:2")
        assert doubt.receipt(first, known.now) == again
        assert proven.reference != first.reference

    async def test_a_survey_is_taken_again_without_harm(self, known: Known) -> None:
        for _ in range(2):
            await known.corporate.cases.survey("ventanilla-1.1", {"treatment": 5}, "call:survey:1")


class AppointmentsContract:
    async def test_offices_are_of_the_province_and_the_codes_own_comes_first(self, known: Known) -> None:
        found = doubt.many(doubt.office)(
            await known.corporate.appointments.offices(known.postcode), known.now
        )
        assert found[0].postcode == known.postcode
        assert {one.postcode[:2] for one in found} == {known.postcode[:2]}

    @pytest.mark.parametrize("postcode", ["99999", "00000", "53001", "1234", "", "28O13", "٢٨٠١٣"])
    async def test_a_code_that_cannot_be_has_no_office(self, known: Known, postcode: str) -> None:
        assert await known.corporate.appointments.offices(postcode) == ()

    async def test_free_times_are_to_come_in_order_of_one_office_and_of_as_many_days_as_asked(
        self, known: Known
    ) -> None:
        appointments = known.corporate.appointments
        office = (await appointments.offices(known.postcode))[0]
        free = doubt.many(doubt.slot)(
            await appointments.free(office.id, "pension", known.tomorrow, 3), known.now
        )
        assert {one.office for one in free} == {office.id}
        assert all(one.starts_at < two.starts_at for one, two in pairwise(free))
        assert free[0].starts_at > known.now
        assert len({int(one.starts_at // 86400) for one in free}) == 3

    async def test_an_unknown_office_is_never_free(self, known: Known) -> None:
        assert await known.corporate.appointments.free("atlantis", "pension", known.tomorrow, 3) == ()

    async def test_a_booking_is_made_once_and_held(self, known: Known) -> None:
        appointments = known.corporate.appointments
        slot = await self._slot(known)
        first = await appointments.book(known.person, "pension", slot, "call:book:1")
        again = await appointments.book(known.person, "pension", slot, "call:book:1")
        assert doubt.booking(first, known.now) == again
        assert await appointments.held(known.person) == (first,)

    @pytest.mark.parametrize("slot", ["", "nowhere@1", "@", "'; drop table", "madrid_1@99999999999999"])
    async def test_a_slot_that_never_was_is_taken(self, known: Known, slot: str) -> None:
        with pytest.raises(SlotTaken):
            await known.corporate.appointments.book(known.person, "pension", slot, f"call:book:{slot}")

    async def test_a_moved_appointment_keeps_its_reference_and_leaves_its_time(self, known: Known) -> None:
        appointments = known.corporate.appointments
        slot, to = await self._slot(known), await self._slot(known, 1)
        booking = await appointments.book(known.person, "pension", slot, "call:book:2")
        moved = await appointments.move(known.person, booking.reference, to, "call:move:1")
        again = await appointments.move(known.person, booking.reference, to, "call:move:1")
        assert moved == again
        assert (moved.reference, moved.starts_at > booking.starts_at) == (booking.reference, True)
        assert await appointments.held(known.person) == (moved,)

    async def test_a_cancelled_appointment_is_no_longer_held_and_cannot_be_moved(self, known: Known) -> None:
        appointments = known.corporate.appointments
        slot = await self._slot(known)
        booking = await appointments.book(known.person, "pension", slot, "call:book:3")
        for _ in range(2):
            await appointments.cancel(known.person, booking.reference, "call:cancel:1")
        assert await appointments.held(known.person) == ()
        with pytest.raises(Declined, match="nothing_there"):
            await appointments.move(known.person, booking.reference, slot, "call:move:2")

    async def test_nobody_touches_the_appointment_of_another(self, known: Known) -> None:
        appointments = known.corporate.appointments
        booking = await appointments.book(known.person, "pension", await self._slot(known), "call:book:4")
        with pytest.raises(Declined, match="nothing_there"):
            await appointments.cancel(known.other, booking.reference, "call:cancel:2")
        with pytest.raises(Declined, match="nothing_there"):
            await appointments.move(known.other, booking.reference, await self._slot(known, 1), "call:move:3")
        assert await appointments.held(known.person) == (booking,)

    async def _slot(self, known: Known, nth: int = 0) -> str:
        appointments = known.corporate.appointments
        office = (await appointments.offices(known.postcode))[0]
        return (await appointments.free(office.id, "pension", known.tomorrow, 1))[nth].id


class ContentContract:
    async def test_who_is_competent_and_every_form_can_be_believed(self, known: Known) -> None:
        content = known.corporate.content
        body = await content.competent("contributions")
        assert doubt.body(body, known.now) == body
        forms = [await content.form(code) for code in FORMS.values()]  # those that callers are offered
        assert any(forms)
        assert [doubt.perhaps(doubt.form)(form, known.now) for form in forms] == forms

    async def test_nothing_is_made_up(self, known: Known) -> None:
        content = known.corporate.content
        assert await content.competent("astrology") is None
        assert await content.form("astrology") is None
        assert await content.newest("astrology") is None


class CorporateContract(
    AffiliationContract,
    PensionsContract,
    SubsidiesContract,
    CasesContract,
    AppointmentsContract,
    ContentContract,
):
    """All six systems."""
