"""A certificate: where it may go, and that what is on file is only hinted at."""

from tests.ivr.services.counter import MARIA, Counter
from tests.ivr.services.scenarios import OTHER


async def test_what_is_ordered_is_what_was_chosen(counter: Counter) -> None:
    for turn, (kind, way) in enumerate((("1", "1"), ("2", "2"), ("3", "3"))):
        await counter.serve("certificate", kind, way, OTHER, turn=turn)
    ordered = [(person, one["certificate"], one["delivery"]) for _, person, one in await counter.orders()]
    assert ordered == [
        (MARIA, "benefits", "post"),
        (MARIA, "revaluation", "email"),
        (MARIA, "withholding", "office"),
    ]


async def test_the_receipt_has_the_reference_that_is_said(counter: Counter) -> None:
    _, box = await counter.serve("certificate", "1", "3", OTHER)
    (receipt,) = counter.outbox.of("certificate.sent")
    assert receipt.fields == {"reference": "CE26000001"}
    heard = box.keys_heard
    said = heard[heard.index("service.reference") + 1 : heard.index("menu.after_service")]
    assert [key for key in said if key != "pause.short"] == [
        "letter.c", "letter.e", "n.2", "n.6", "n.0", "n.0", "n.0", "n.0", "n.0", "n.1",
    ]  # fmt: skip


async def test_the_reference_is_said_again_when_asked(counter: Counter) -> None:
    _, box = await counter.serve("certificate", "1", "3", "1", "*", OTHER)
    assert box.keys_heard.count("service.reference") == 3


async def test_of_the_address_three_digits_are_said_and_of_the_mailbox_two_signs(counter: Counter) -> None:
    _, box = await counter.serve("certificate", "1", "3", OTHER)
    ways = next(files for files in box.heard if "es/vt/certificate.to_office" in files)
    keys = [file.rpartition("/")[2] for file in ways]
    assert [key for key in keys if key.startswith(("n.", "letter."))] == [
        "n.0",
        "n.1",
        "n.3",
        "letter.m",
        "letter.a",
    ]


async def test_a_mailbox_that_begins_with_a_sign_nobody_recorded_is_offered_without_it(
    counter: Counter,
) -> None:
    await counter.change("contacts", email="m.garcia@ejemplo.example")
    _, box = await counter.serve("certificate", "1", "2", OTHER)
    assert "certificate.to_email" in box.keys_heard
    assert "certificate.email_begins" not in box.keys_heard
