"""The ledger reads contacts, calls and spells out of the facts, also out of a record that the world has damaged."""

from typing import Any

from server.figures.ledger import Ledger
from server.figures.records import Call, Contact, Ending, Promise, Spell

CALL, AT = "ventanilla-1800000000.1", 1_800_000_000.0


class Book(Ledger):
    """A ledger that keeps all it says."""

    def __init__(self) -> None:
        self.contacts: list[Contact] = []
        self.gone: list[Call] = []
        self.spells: list[Spell] = []
        self.promises: list[Promise] = []
        super().__init__(self.contacts.append, self.gone.append, self.spells.append, self.promises.append)

    def says(self, kind: str, after: float, **more: Any) -> "Book":  # noqa: ANN401 - fields of any fact
        self.take({"type": kind, "call": CALL, "at": AT + after, **more})
        return self

    def agent(self, state: str, after: float, call: str | None = CALL) -> "Book":
        return self.says("AgentStateChanged", after, agent="ana", state=state, reason="", call=call)


WISH = {"subject": "pension", "language": "es", "level": 1}


def waiting(book: Book, after: float = 0.0) -> Book:
    book.says("PersonWanted", after, **WISH)
    return book.says("CallerWaiting", after, **WISH, position=1, since=AT + after)


def served(book: Book) -> Book:
    waiting(book).agent("reserved", 5).says("TalkStarted", 10, agent="ana", waited=10.0)
    return book.agent("talking", 10).agent("wrap_up", 70).says("TalkEnded", 70, agent="ana", talked=60.0)


def test_a_contact_lasts_from_the_line_to_the_end_of_the_wrap_up() -> None:
    book = served(Book().says("CallArrived", -30, number="901166565", campaign="general", language="es"))
    assert not book.contacts
    assert [one.call for one in book.open()] == [CALL]
    book.says("CallEnded", 75, reason="served").agent("ready", 90, None)
    (contact,) = book.contacts
    assert (contact.ending, contact.agent, contact.number) == (Ending.ANSWERED, "ana", "901166565")
    assert (contact.waited_s, contact.talk_s, contact.wrap_s) == (10.0, 60.0, 20.0)
    assert not [*book.open()]


def test_a_caller_who_hangs_up_ends_the_call_before_the_talk_is_said_to_be_over() -> None:
    book = waiting(Book()).says("TalkStarted", 10, agent="ana", waited=10.0)
    book.says("CallEnded", 69.9, reason="hung_up").agent("wrap_up", 70)
    book.says("TalkEnded", 70, agent="ana", talked=60.0).agent("ready", 100, None)
    (contact,) = book.contacts
    assert (contact.talk_s, contact.wrap_s) == (60.0, 30.0)
    assert [call.reason for call in book.gone] == ["hung_up"]


def test_an_event_that_comes_twice_is_counted_once() -> None:
    book = Book()
    for _ in range(2):
        book.says("CallerWaiting", 0, **WISH, position=1, since=AT)
    for _ in range(2):
        book.says("TalkStarted", 10, agent="ana", waited=10.0)
    for _ in range(2):
        book.says("TalkEnded", 70, agent="ana", talked=60.0)
    for _ in range(2):
        book.says("CallEnded", 70, reason="served")
    assert [one.talk_s for one in book.contacts] == [60.0]
    assert len(book.gone) == 1


def test_a_contact_whose_beginning_was_lost_begins_with_the_wish_of_its_call() -> None:
    book = Book().says("PersonWanted", 0, subject="imv", language="ca", level=2)
    book.says("TalkStarted", 40, agent="ana", waited=40.0).says("TalkEnded", 50, agent="ana", talked=10.0)
    book.says("CallEnded", 51, reason="served")
    (contact,) = book.contacts
    assert (contact.subject, contact.language, contact.level, contact.began) == ("imv", "ca", 2, AT)


def test_a_contact_whose_end_was_lost_ends_with_its_call_and_its_talk_has_no_length() -> None:
    book = waiting(Book()).says("TalkStarted", 10, agent="ana", waited=10.0)
    book.says("CallEnded", 60, reason="unheard").close(AT + 100)
    (contact,) = book.contacts
    assert (contact.ending, contact.talk_s) == (Ending.ANSWERED, None)


def test_a_caller_who_is_passed_on_is_a_contact_again() -> None:
    book = waiting(Book()).says("TalkStarted", 10, agent="ana", waited=10.0)
    book.says("RequestPassedOn", 30, request="R1", level=2, subject="pension")
    book.says("TalkEnded", 31, agent="ana", talked=21.0)
    waiting(book, 31).says("CallerLeft", 60, waited=29.0).says("CallEnded", 60, reason="hung_up")
    assert [one.ending for one in book.contacts] == [Ending.ANSWERED, Ending.ABANDONED]
    assert [one.passed_on for one in book.contacts] == [True, False]


def test_who_is_led_on_at_closing_time_did_not_give_up() -> None:
    book = waiting(Book()).says("CallerLeft", 60, waited=60.0)
    book.says("PersonRefused", 60, **WISH, why="closing").says("CallEnded", 80, reason="served")
    assert [one.ending for one in book.contacts] == [Ending.TURNED_AWAY]


def test_a_wish_at_a_closed_door_is_a_call_that_was_blocked() -> None:
    book = Book().says("PersonRefused", 0, **WISH, why="closed").says("CallEnded", 9, reason="served")
    assert [(call.refused, call.contacts) for call in book.gone] == [("closed", [])]


def test_a_clock_that_runs_back_makes_no_time_negative() -> None:
    book = Book().agent("ready", 100, None).agent("paused", 40, None)
    book.close(AT)
    assert [spell.ended - spell.began for spell in book.spells] == [0.0, 0.0]


def test_facts_of_a_call_nobody_knows_are_no_contacts() -> None:
    book = Book().says("TalkEnded", 0, agent="ana", talked=5.0).says("CallerLeft", 1, waited=3.0)
    book.close(AT)
    assert (book.contacts, book.gone) == ([], [])


def handed(book: Book, talked_whole: float) -> Book:
    """Ana gives the caller to jordi in the middle of the talk (queues/helping.py `complete`)."""
    waiting(book).says("TalkStarted", 10, agent="ana", waited=10.0).agent("wrap_up", 40)
    book.says("TalkEnded", 40, agent="ana", talked=30.0).says("HandedOver", 40, agent="ana", to="jordi")
    book.says("AgentStateChanged", 90, agent="jordi", state="wrap_up", reason="", call=CALL)
    book.says("TalkEnded", 90, agent="jordi", talked=talked_whole).agent("ready", 95, None)
    book.says("AgentStateChanged", 100, agent="jordi", state="ready", reason="", call=None)
    return book.says("CallEnded", 101, reason="served")


def test_a_talk_that_is_handed_over_is_one_contact_whoever_times_the_rest() -> None:
    for talked in (80.0, 50.0):
        (contact,) = handed(Book(), talked).contacts
        assert (contact.passed_on, contact.talk_s, contact.wrap_s) == (True, 80.0, 65.0)


def test_a_caller_who_is_rung_through_to_another_agent_is_a_contact_again() -> None:
    book = waiting(Book()).says("TalkStarted", 10, agent="ana", waited=10.0)
    book.says("TalkEnded", 40, agent="ana", talked=30.0).says("HandedOver", 40, agent="ana", to="jordi")
    book.says("TalkStarted", 48, agent="jordi", waited=8.0)
    book.says("TalkEnded", 60, agent="jordi", talked=12.0).says("CallEnded", 61, reason="served")
    assert [(one.agent, one.talk_s, one.began - AT) for one in book.contacts] == [
        ("ana", 30.0, 0.0), ("jordi", 12.0, 40.0)
    ]  # fmt: skip


def test_who_takes_a_callback_has_not_given_up_and_the_promise_is_counted_when_it_was_given() -> None:
    for order in (("CallerLeft", "CallbackTaken"), ("CallbackTaken", "CallerLeft")):
        book = waiting(Book())
        for kind in order:
            book.says(kind, 30, waited=30.0, placed="ventanilla-back-1800000030.1", **WISH)
        book.says("CallEnded", 31, reason="served").says("CallbackKept", 900, attempts=1)
        assert [one.ending for one in book.contacts] == [Ending.CALLED_BACK]
        assert book.promises == [Promise(CALL, "pension", "es", 1, AT + 30, kept=True)]


def test_a_caller_on_hold_hears_music_while_the_agent_has_them() -> None:
    book = waiting(Book()).says("TalkStarted", 10, agent="ana", waited=10.0)
    for after, stage in ((20, "held"), (25, "talk"), (30, "asking"), (35, "consulting"), (40, "meeting")):
        book.says("LegsChanged", after, stage=stage, agent="ana", second="jordi")
    book.says("TalkEnded", 70, agent="ana", talked=60.0).says("CallEnded", 71, reason="served")
    assert [(one.talk_s, one.hold_s) for one in book.contacts] == [(60.0, 15.0)]


def test_whom_a_supervisor_moves_belongs_to_the_last_wish() -> None:
    book = waiting(Book()).says("CallSteered", 5, subject="imv", level=2, priority=9, by="rosa", reason="")
    book.says("CallerLeft", 9, waited=9.0).says("CallEnded", 9, reason="hung_up")
    assert [(one.subject, one.level) for one in book.contacts] == [("imv", 2)]
