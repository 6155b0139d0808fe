"""Which telephone numbers are taken, and where what is promised to them goes."""

import pytest

from ivr.numbers import fit
from tests.ivr.services.counter import MARIA, MOBILE, Counter
from tests.ivr.services.scenarios import LANDLINE, OTHER, YES


@pytest.mark.parametrize(
    ("number", "mobile", "taken"),
    [
        ("+34600123456", True, True),
        ("+34722123456", True, True),
        ("+34911234567", True, False),
        ("+34911234567", False, True),
        ("+34806123456", False, False),  # premium
        ("+34901166565", False, False),  # shared cost: ours would be called by us
        ("+34900202222", False, False),  # free: no person answers there
        ("+33612345678", True, False),
        ("+33612345678", False, False),
        ("+34112", False, False),
        ("+1", False, False),
    ],
)
def test_only_ordinary_numbers_of_the_country_are_taken(number: str, *, mobile: bool, taken: bool) -> None:
    assert (fit(number, "ES", mobile=mobile) is not None) is taken


def test_no_number_is_no_number() -> None:
    assert fit(None, "ES", mobile=True) is None


async def test_the_link_goes_to_the_number_that_was_confirmed_in_the_language_that_is_spoken(
    counter: Counter,
) -> None:
    counter.person, counter.level, counter.language = None, 0, "ca"
    await counter.serve("forms", "1", "2", "654321987", YES, OTHER)
    (link,) = counter.outbox.of("form.link")
    assert (link.to.number, link.to.language, link.to.person) == ("+34654321987", "ca", None)
    assert link.fields["link"].startswith("https://")


async def test_the_same_form_to_the_same_number_is_sent_once_in_a_visit(counter: Counter) -> None:
    counter.person, counter.level = None, 0
    for _ in range(3):
        await counter.serve("forms", "1", "1", OTHER)
    assert len(counter.outbox.kept) == 1


async def test_of_the_number_that_calls_three_digits_are_said(counter: Counter) -> None:
    _, box = await counter.serve("forms", "1", "1", OTHER)
    (ask,) = [files for files in box.heard if "es/vt/number.this_ends" in files]
    assert [file.rpartition("/")[2] for file in ask if "/n." in file] == ["n.4", "n.5", "n.6"]


async def test_a_callback_has_the_number_the_hours_and_who_asked(counter: Counter) -> None:
    counter.caller = LANDLINE
    await counter.serve("callback", "1", "2", OTHER)
    ((back, _),) = counter.ringing.kept.values()
    assert (back.number, back.hours, back.person, back.language) == (LANDLINE, "afternoon", MARIA, "es")


async def test_a_person_has_one_callback_whatever_number_they_ask_it_for(counter: Counter) -> None:
    await counter.serve("callback", "1", "1", OTHER)
    _, box = await counter.serve("callback", "2", "911234567", YES, "2", OTHER, turn=9)
    assert "callback.already" in box.keys_heard
    assert len(counter.ringing.kept) == 1


async def test_a_complaint_of_a_stranger_is_answered_to_the_mobile_that_calls(counter: Counter) -> None:
    counter.person, counter.level = None, 0
    await counter.serve("complaint", "1", "2", OTHER)
    (receipt,) = counter.outbox.of("receipt")
    assert (receipt.to.number, receipt.to.person) == (MOBILE, None)
    ((_, person, details),) = await counter.orders()
    assert (person, details) == (None, {"caller": MOBILE, "subject": "treatment"})
