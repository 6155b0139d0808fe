"""Changing the account: what is caught, what is asked before it, who is warned after it."""

from dataclasses import replace

import pytest
from stdnum.es import iban

from corporate import Corporate, Receipt
from dialplans.institution import ServiceRule
from ivr.adapters.line import HungUp
from ivr.services import Leaves, catalogue
from ivr.services.bank_account import BANKS, COOLING_S, bank, holds
from tests.corporate.conftest import NOON
from tests.dialplans.institutions import inss
from tests.ivr.services.counter import MARIA, MOBILE, Counter
from tests.ivr.services.scenarios import AGREED, GOOD_IBAN, NO, OTHER, OWN_IBAN, SMALL_IBAN, YES

CHANGE = ("1", GOOD_IBAN, YES, AGREED, OTHER)
BEFORE = "+34611222333"


@pytest.mark.parametrize("right", [GOOD_IBAN, OWN_IBAN, SMALL_IBAN])
def test_every_wrong_digit_and_every_swap_of_neighbours_is_caught(right: str) -> None:
    assert holds(right)
    wrong = {
        right[:place] + digit + right[place + 1 :] for place in range(len(right)) for digit in "0123456789"
    }
    wrong |= {
        right[:place] + right[place + 1] + right[place] + right[place + 2 :]
        for place in range(len(right) - 1)
    }
    assert [keys for keys in wrong - {right} if holds(keys)] == []


@pytest.mark.parametrize("keys", ["", "1", GOOD_IBAN[:-1], GOOD_IBAN + "0", "0" * 22, "²" * 22, "x" * 22])
def test_what_is_no_iban_does_not_hold(keys: str) -> None:
    assert not holds(keys)


def test_the_bank_is_the_one_of_the_four_digits_after_the_check_digits() -> None:
    assert {bank(f"00{code}{'0' * 16}") for code in BANKS} == set(BANKS.values())
    assert bank(SMALL_IBAN) == "other"
    assert iban.is_valid(f"ES{SMALL_IBAN}")


async def test_the_new_account_is_the_one_on_file_afterwards(counter: Counter) -> None:
    await counter.serve("bank_account", *CHANGE)
    _, box = await counter.serve("bank_account", "3", turn=4)
    heard = box.keys_heard
    assert heard[heard.index("bank_account.ends") + 1 :][:4] == ["n.1", "n.3", "n.3", "n.2"]


async def test_no_more_than_four_digits_of_any_account_are_ever_said(counter: Counter) -> None:
    _, box = await counter.serve("bank_account", "1", GOOD_IBAN, NO, GOOD_IBAN, YES, AGREED, OTHER)
    for files in box.heard:
        before_the_reference = [file.rpartition("/")[2] for file in files]
        if "service.reference" in before_the_reference:
            before_the_reference = before_the_reference[: before_the_reference.index("service.reference")]
        assert sum(key.startswith("n.") for key in before_the_reference) <= 4


async def test_the_consent_is_opened_before_a_word_of_it_is_said_and_says_which_account(
    counter: Counter,
) -> None:
    await counter.serve("bank_account", *CHANGE)
    (held,) = counter.agreements.held
    assert (held.asked.act, held.asked.person, held.asked.level) == ("bank_account", MARIA, 2)
    assert held.asked.leg
    assert held.asked.text.startswith("Usted pide cobrar desde ahora en otra cuenta")
    assert held.asked.text.endswith("1 332") or held.asked.text.replace(" ", "").endswith("1332")
    assert held.outcome == "accepted by 1"


async def test_a_call_that_cannot_be_recorded_changes_nothing_and_finds_a_person(counter: Counter) -> None:
    counter.agreements.recorded = False
    outcome, box = await counter.serve("bank_account", "1", GOOD_IBAN, YES)
    assert outcome.name == "person"
    assert "consent.not_recorded" in box.keys_heard
    assert "consent.bank_account" not in box.keys_heard
    assert await counter.orders() == []


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (("2",), "refused by 2"),
        (("", "", ""), "interrupted: gave_up"),
        (("0",), "interrupted: person"),
        (("#",), "interrupted: back"),
    ],
)
async def test_whatever_is_not_a_yes_changes_nothing_and_is_on_record(
    counter: Counter, answer: tuple[str, ...], outcome: str
) -> None:
    await counter.serve("bank_account", "1", GOOD_IBAN, YES, *answer)
    assert [held.outcome for held in counter.agreements.held] == [outcome]
    assert await counter.orders() == []


async def test_who_hangs_up_over_the_question_has_interrupted_it(counter: Counter) -> None:
    with pytest.raises(HungUp):
        await counter.serve("bank_account", "1", GOOD_IBAN, YES)
    assert [held.outcome for held in counter.agreements.held] == ["interrupted: hung_up"]


async def test_the_account_is_keyed_off_the_recording(counter: Counter) -> None:
    await counter.serve("bank_account", *CHANGE)
    assert counter.agreements.muted_calls


async def test_an_institution_that_asks_for_no_consent_gets_none(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{Counter.__module__}.inss", lambda: replace(inss(), acts={}))
    await counter.serve("bank_account", "1", GOOD_IBAN, YES, OTHER)
    assert counter.agreements.held == []
    assert len(await counter.orders()) == 1


async def test_the_warning_names_the_last_digits_and_the_day(counter: Counter) -> None:
    await counter.serve("bank_account", *CHANGE)
    (warning,) = counter.outbox.of("changed.account")
    assert warning.fields == {"last4": "1332", "date": "22/11/2026"}
    assert (warning.to.number, warning.to.person) == (MOBILE, MARIA)


async def test_an_account_whose_warning_cannot_be_kept_is_not_changed(counter: Counter) -> None:
    counter.down.add("post")
    outcome, box = await counter.serve("bank_account", *CHANGE[:-1])
    assert (outcome.name, await counter.orders()) == ("down", [])
    assert "bank_account.changed" not in box.keys_heard


async def test_the_warning_is_left_before_the_change_is_asked_for(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    warned, whole = list[int](), counter.corporate

    def watched() -> Corporate:
        pensions = whole().pensions
        change = pensions.change_account

        async def looks(person: str, account: str, key: str) -> Receipt:
            warned.append(len(counter.outbox.of("changed.account")))
            return await change(person, account, key)

        monkeypatch.setattr(pensions, "change_account", looks)
        return replace(whole(), pensions=pensions)

    counter.corporate = watched  # type: ignore[method-assign]
    await counter.serve("bank_account", *CHANGE)
    assert warned == [1]


async def test_after_the_cool_down_the_warning_still_goes_to_the_number_that_was_given_up(
    counter: Counter,
) -> None:
    await counter.change("contacts", changed_at=NOON - COOLING_S, before=BEFORE)
    await counter.serve("bank_account", *CHANGE)
    assert counter.outbox.of("changed.account")[0].to.number == BEFORE
    assert counter.outbox.of("receipt")[0].to.number == MOBILE


async def test_a_number_given_up_long_ago_may_be_somebody_elses_and_is_told_nothing(counter: Counter) -> None:
    await counter.change("contacts", changed_at=NOON - 91 * 86400, before=BEFORE)
    await counter.serve("bank_account", *CHANGE)
    assert {left.to.number for left in counter.outbox.kept.values()} == {MOBILE}


@pytest.mark.parametrize(("age_s", "asked"), [(0.0, False), (COOLING_S - 1, False), (COOLING_S, True)])
async def test_the_cool_down_ends_after_three_days(counter: Counter, age_s: float, *, asked: bool) -> None:
    await counter.change("contacts", changed_at=NOON - age_s)
    presses = CHANGE if asked else ("1",)
    _, box = await counter.serve("bank_account", *presses)
    assert ("bank_account.ask" in box.keys_heard) is asked


async def test_a_visit_that_is_taken_up_again_changes_once_and_gives_the_same_reference(
    counter: Counter,
) -> None:
    said = [(await counter.serve("bank_account", *CHANGE))[1].keys_heard[-20:] for _ in range(3)]
    assert len(await counter.orders()) == 1
    assert len(counter.outbox.kept) == 2
    assert said[0] == said[1] == said[2]


async def test_another_account_in_the_same_call_is_another_change(counter: Counter) -> None:
    for turn, account in enumerate((GOOD_IBAN, SMALL_IBAN, GOOD_IBAN)):
        await counter.serve("bank_account", "1", account, YES, AGREED, OTHER, turn=turn)
    assert [details["iban"][-4:] for _, _, details in await counter.orders()] == ["1332", "5678", "1332"]


async def test_no_digits_of_an_account_stand_in_a_key_or_a_fact(counter: Counter) -> None:
    await counter.serve("bank_account", *CHANGE)
    for kept in counter.outbox.kept:
        assert GOOD_IBAN[-6:] not in kept
    assert GOOD_IBAN[-6:] not in repr(counter.facts)


async def test_level_two_of_another_procedure_is_none_for_the_account(counter: Counter) -> None:
    counter.coded_for = "certificate"
    with pytest.raises(AssertionError, match="issue was asked"):  # a code of its own is sent
        await counter.serve("bank_account", *CHANGE)
    assert await counter.orders() == []


async def test_nothing_is_changed_below_level_two_whatever_the_institution_asks(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter.level = 1
    lowered = {**inss().services, "bank_account": ServiceRule(level=1)}
    monkeypatch.setattr(f"{Counter.__module__}.inss", lambda: replace(inss(), services=lowered))

    async def refuses(_: object, level: int) -> None:
        assert level == 2
        raise Leaves("refused")

    monkeypatch.setattr(f"{catalogue()['bank_account'].serve.__module__}.prove", refuses)
    outcome, box = await counter.serve("bank_account", *CHANGE)
    assert outcome.name == "refused"
    assert await counter.orders() == []
    assert "bank_account.ask" not in box.keys_heard
