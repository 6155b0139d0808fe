"""What do I receive: heard word by word."""

import datetime as dt

from tests.ivr.services.counter import NOBODY, Counter

AGAIN, OTHER = "1", "2"


async def test_kind_amount_tax_next_payment_and_this_years_rise_are_heard_in_order(counter: Counter) -> None:
    counter.person = "demo-jose"
    outcome, box = await counter.serve("benefit", OTHER)
    heard = box.keys_heard
    assert outcome.name == "done"
    wanted = [
        "benefit.kind.retirement", "benefit.monthly", "benefit.withholding", "benefit.next_payment",
        "benefit.since", "benefit.revaluation",
    ]  # fmt: skip
    places = [heard.index(key) for key in wanted]
    assert places == sorted(places)
    day = heard[heard.index("benefit.next_payment") + 1 : heard.index("benefit.since")]
    assert day[:2] == ["n.25", "month.11"]
    rise = heard[heard.index("benefit.revaluation") + 1 :]
    assert rise[:3] == ["n.2", "benefit.comma", "n.7"]


async def test_who_receives_nothing_is_told_so(counter: Counter) -> None:
    counter.person = NOBODY
    outcome, box = await counter.serve("benefit", OTHER)
    assert (outcome.name, box.keys_heard) == ("done", ["benefit.none", "menu.after_service"])


async def test_two_concurrent_pensions_are_read_one_by_one_and_the_ceiling_is_said(counter: Counter) -> None:
    _, box = await counter.serve("benefit", OTHER)
    assert box.keys_heard[0] == "benefit.several"
    assert "benefit.concurrent" in box.keys_heard
    assert {"benefit.kind.retirement", "benefit.kind.widowhood"} <= set(box.keys_heard)


async def test_a_supplement_is_part_of_the_amount_and_said_apart(counter: Counter) -> None:
    counter.person = "demo-jose"
    await counter.change(
        "benefits", "demo-jose", monthly_cents=90000, complement_cents=5050, withholding_cents=0
    )
    _, box = await counter.serve("benefit", OTHER)
    heard = box.keys_heard
    amount = heard[heard.index("benefit.monthly") + 1 : heard.index("benefit.complement")]
    assert amount == ["n.900", "n.50", "euro.many.and", "n.50", "cent.many"]
    assert "benefit.no_withholding" in heard


async def test_a_rise_of_two_and_a_half_tenths_is_said_as_it_is_written(counter: Counter) -> None:
    for hundredths, spoken in (
        (275, ["n.2", "benefit.comma", "n.75"]),
        (205, ["n.2", "benefit.comma", "n.0", "n.5"]),
        (300, ["n.3", "menu.after_service"]),
    ):
        counter.person = "demo-jose"
        await counter.change("benefits", "demo-jose", revaluation_hundredths=hundredths)
        _, box = await counter.serve("benefit", OTHER)
        rise = box.keys_heard[box.keys_heard.index("benefit.revaluation") + 1 :]
        assert rise[: len(spoken)] == spoken


async def test_a_benefit_without_a_rise_says_nothing_of_one(counter: Counter) -> None:
    counter.person = "demo-jose"
    await counter.change("benefits", "demo-jose", revaluation_hundredths=0, since=dt.date(1998, 3, 1))
    _, box = await counter.serve("benefit", OTHER)
    assert "benefit.revaluation" not in box.keys_heard


async def test_it_is_said_again_as_often_as_wished(counter: Counter) -> None:
    counter.person = "demo-jose"
    _, box = await counter.serve("benefit", AGAIN, "*", OTHER)
    assert box.keys_heard.count("benefit.monthly") == 3
