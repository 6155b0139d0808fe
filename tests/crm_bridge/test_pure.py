"""Telephones, documents, references, moves and the breaker: the pure part, by its edges."""

from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import damm

from crm_bridge import doubt
from crm_bridge.breaker import FAILURES_TO_OPEN, OPEN_FOR_S, Breaker
from crm_bridge.card import Contact, Folder
from crm_bridge.citizens import document, telephone
from crm_bridge.demonstration import INHABITANTS, QUESTIONS
from crm_bridge.ports import CrmDown
from crm_bridge.requests import (
    CONTINUED_WITHIN_S,
    MOVES,
    OUTCOMES,
    RefusedMove,
    Request,
    State,
    after_contact,
    after_outcome,
    due,
    moved,
    outcome_word,
    plain_notes,
    reference,
    spoken,
    to_continue,
)
from crm_bridge.writes import Close, Continue, Escalate, Note, Open, Write, from_json, to_json

AT = 1_795_345_200.0


@pytest.mark.parametrize(
    ("typed", "region", "e164"),
    [
        ("931234567", "ES", "+34931234567"),
        ("+34 93 123 45 67", "ES", "+34931234567"),
        ("0034931234567", "ES", "+34931234567"),
        ("(93) 123-45-67", "ES", "+34931234567"),
        ("901166565", "ES", "+34901166565"),
        ("+33 1 42 68 53 00", "ES", "+33142685300"),
        ("01 42 68 53 00", "FR", "+33142685300"),
        ("+44 20 7946 0123", "ES", "+442079460123"),
        ("020 7946 0123", "GB", "+442079460123"),
        ("+52 55 1234 5678", "ES", "+525512345678"),
        ("55 1234 5678", "MX", "+525512345678"),
        ("+1 (202) 555-0143", "ES", "+12025550143"),
        ("+212 522 123456", "ES", "+212522123456"),
        ("+40 21 312 3456", "ES", "+40213123456"),
    ],
)
def test_telephones_of_several_countries_come_to_one_form(typed: str, region: str, e164: str) -> None:
    assert telephone(typed, region) == e164


@pytest.mark.parametrize(
    "typed",
    [
        None,
        "",
        "   ",
        "anonymous",
        "Anonymous",
        "restricted",
        "unavailable",
        "Unknown",
        "093",
        "+",
        "+34",
        "112",
        "+34931234",
        "+349312345678901",
        "931234567;ext=1",
        "931234567 ext 5",
        "sip:931234567@example.org",
        "٩٣١٢٣٤٥٦٧",
        "931234567\r\nX-Evil: yes",
        "9" * 10_000,
        "+999123456789",
        "1-800-FLOWERS",
    ],
)
def test_hidden_and_malformed_numbers_are_none(typed: str | None) -> None:
    assert telephone(typed) is None


@given(st.text())
def test_no_text_at_all_breaks_the_door(typed: str) -> None:
    found = telephone(typed)
    assert found is None or found.startswith("+")
    assert document(typed) is None or len(document(typed) or "") == 9


def test_documents_come_to_one_form_and_a_wrong_letter_is_refused() -> None:
    assert document(" 12345678-z ") == "12345678Z"
    assert document("x2482300w") == "X2482300W"
    for wrong in ("12345678A", "X2482300A", "12345678", "1234567Z", "B12345674", "Ñ2345678Z", None, ""):
        assert document(wrong) is None


def test_the_inhabitants_have_right_documents_telephones_and_answers() -> None:
    for one in INHABITANTS:
        assert document(one.citizen.document) == one.citizen.document
        assert [telephone(number) for number in one.citizen.telephones] == list(one.citizen.telephones)
        assert set(one.answers) == set(QUESTIONS)
        assert all(digits.isdigit() for digits in one.answers.values())


@given(st.integers(2000, 2099), st.integers(1, 9_999_999))
def test_every_slip_of_one_digit_or_swap_in_a_reference_is_caught(year: int, serial: int) -> None:
    written = reference(year, serial)
    digits = written.replace("-", "")
    assert "".join(spoken(written)) == digits
    assert damm.is_valid(digits)
    for place, digit in enumerate(digits):
        assert not damm.is_valid(digits[:place] + str((int(digit) + 3) % 10) + digits[place + 1 :])
    for place in range(len(digits) - 1):
        left, right = digits[place], digits[place + 1]
        if left != right:
            assert not damm.is_valid(digits[:place] + right + left + digits[place + 2 :])


def test_a_reference_has_an_end() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        reference(2026, 10_000_000)


def test_only_the_allowed_moves_are_made() -> None:
    for state in State:
        for to in State:
            if to is state or to in MOVES[state]:
                assert moved(state, to) is to
            else:
                with pytest.raises(RefusedMove):
                    moved(state, to)


def test_outcomes_and_new_contacts_never_leave_the_moves() -> None:
    for state in State:
        assert after_contact(state) in {State.IN_PROGRESS, State.CLOSED}
        for outcome in (*OUTCOMES, "something_else"):
            after = after_outcome(state, outcome)
            assert after is state or after in MOVES[state]
    assert after_outcome(State.OPEN, "resolved") is State.RESOLVED
    assert after_outcome(State.CLOSED, "pending") is State.CLOSED


def test_forms_words_are_checked_and_notes_cleaned() -> None:
    assert outcome_word("waiting_citizen") == "waiting_citizen"
    for typed in ("", "Resolved", "a b", "x" * 41, "1st", "<script>"):
        with pytest.raises(ValueError, match="outcome"):
            outcome_word(typed)
    assert plain_notes(" Llamará\nel lunes\x00\x1b[2J ") == "Llamará\nel lunes[2J"
    assert len(plain_notes("a" * 9_999)) == 4_000


def test_the_request_touched_last_is_continued_and_an_old_or_settled_one_is_not() -> None:
    def one(serial: int, changed_at: float, state: State = State.OPEN, subject: str = "pension") -> Request:
        return Request(reference(2026, serial), "x", subject, AT, changed_at, AT, state=state)

    older, newer = one(1, AT - 200), one(2, AT - 100)
    settled, other = one(3, AT, State.RESOLVED), one(4, AT, subject="imv")
    assert to_continue((older, newer, settled, other), "pension", AT) == newer
    assert to_continue((older,), "pension", AT + CONTINUED_WITHIN_S) is None
    assert to_continue((settled,), "pension", AT) is None


def test_an_urgent_request_is_due_sooner() -> None:
    assert due(AT, 9) < due(AT, 3)


@pytest.mark.parametrize(
    "write",
    [
        Open("2026-0000001-1", "c", None, "pension", "telephone", 3, 1, AT),
        Continue("2026-0000001-1", "c", "x", "pension", "telephone", AT),
        Note("2026-0000001-1", "c", "ana", "resolved", "Sí, «mañana»\n€", AT),
        Escalate("2026-0000001-1", 2, "imv", AT),
        Close("2026-0000001-1", AT),
    ],
)
def test_a_write_survives_its_wait_as_json(write: Write) -> None:
    assert from_json(to_json(write)) == write
    assert asdict(from_json(to_json(write))) == asdict(write)


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"write":"burn"}', '{"write":"close","x":1}'])
def test_what_is_no_write_is_told_as_such(text: str) -> None:
    with pytest.raises(ValueError, match="not a write"):
        from_json(text)


def test_the_breaker_opens_after_failures_in_a_row_tries_once_and_closes_on_success() -> None:
    breaker = Breaker()
    for _ in range(FAILURES_TO_OPEN):
        assert breaker.allows(AT)
        breaker = breaker.failed(AT)
    assert breaker.tripped
    assert not breaker.allows(AT + OPEN_FOR_S - 0.1)
    assert breaker.allows(AT + OPEN_FOR_S)
    assert not breaker.failed(AT + OPEN_FOR_S).allows(AT + OPEN_FOR_S + 1)
    assert breaker.succeeded() == Breaker()


def test_failures_between_successes_do_not_add_up() -> None:
    breaker = Breaker()
    for _ in range(10):
        breaker = breaker.failed(AT).succeeded().failed(AT)
        assert not breaker.tripped
        breaker = breaker.succeeded()


def test_questions_that_were_out_together_fail_once() -> None:
    breaker = Breaker()
    for _ in range(100):
        breaker = breaker.failed(AT + 0.25, asked_at=AT)
    assert (breaker.failures, breaker.allows(AT + 0.25)) == (1, True)
    breaker = breaker.failed(AT + 0.5, AT + 0.25).failed(AT + 0.75, AT + 0.5)
    assert not breaker.allows(AT + 1)


def test_after_the_pause_one_question_is_let_through_until_it_is_answered() -> None:
    breaker = Breaker().failed(AT).failed(AT).failed(AT)
    later = AT + OPEN_FOR_S
    assert breaker.allows(later)
    tried = breaker.tried(later)
    assert not tried.allows(later + 1)
    assert tried.succeeded().allows(later + 1)
    assert tried.allows(later + OPEN_FOR_S)  # a trial that nobody ever answered is no reason to stop for ever
    assert Breaker().tried(AT) == Breaker()


def test_a_contact_of_a_request_that_is_not_in_the_folder_is_left_out_of_it() -> None:
    mine = Request("2026-0000001-1", "C-1", "pension", AT, AT, AT)
    met = [Contact(AT, "telephone", "pension", one) for one in (mine.reference, "2026-0000002-2")]
    assert doubt.folder_of("C-1", Folder((mine,), tuple(met))) == Folder((mine,), (met[0],))
    with pytest.raises(CrmDown, match="somebody else"):
        doubt.folder_of("C-2", Folder((mine,)))
