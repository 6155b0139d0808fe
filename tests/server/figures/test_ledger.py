"""The ledger reads contacts, calls and spells out of the facts, also out of a record that the world has damaged."""

from datetime import UTC
from typing import Any

from queues.agents import State
from queues.thresholds import Thresholds
from server.figures.counts import TIMES, Counts
from server.figures.kpis import KPIS, asa_s, service_level
from server.figures.ledger import Ledger
from server.figures.records import Call, Contact, Ending, Promise, Row, Spell, Turn
from server.figures.repeats import Seen
from server.figures.report import Report, Terms
from server.figures.spans import Span

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


class Facts(Book):
    """Keeps the facts themselves."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        super().__init__()

    def take(self, fact: Row) -> None:
        self.rows.append(fact)


class Twice(Book):
    """Hears every fact twice, but for the wish, which may well be one more."""

    def take(self, fact: Row) -> None:
        super().take(fact)
        if fact["type"] != "PersonWanted":
            super().take(fact)


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
    assert [one.passed_on for one in book.contacts] == [1, 0]


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
        assert (contact.passed_on, contact.talk_s, contact.wrap_s) == (1, 80.0, 65.0)


def given(book: Book, agent: str, to: str, at: float) -> Book:
    """An agent gives the caller to a colleague who is rung now, and goes (queues/helping.py `hand`)."""
    book.says("AgentStateChanged", at, agent=agent, state="wrap_up", reason="", call=CALL)
    book.says("TalkEnded", at, agent=agent, talked=30.0)
    return book.says("HandedOver", at, agent=agent, to=to)


def test_a_caller_who_is_rung_through_to_a_colleague_is_the_same_contact() -> None:
    book = given(waiting(Book()).says("TalkStarted", 10, agent="ana", waited=10.0), "ana", "jordi", 40)
    book.says("TalkStarted", 48, agent="jordi", waited=8.0)
    book.says("TalkEnded", 60, agent="jordi", talked=12.0).says("CallEnded", 61, reason="served")
    book.close(AT + 99)
    (contact,) = book.contacts
    assert (contact.waited_s, contact.passed_on) == (10.0, 1)
    assert [(turn.agent, turn.talk_s, turn.passed_on) for turn in contact.turns] == [
        ("ana", 30.0, True), ("jordi", 12.0, False)
    ]  # fmt: skip


def test_whom_the_colleague_does_not_take_waits_again() -> None:
    book = given(waiting(Book()).says("TalkStarted", 10, agent="ana", waited=10.0), "ana", "jordi", 40)
    book.says("RangOut", 55, agent="jordi").says("CallerLeft", 70, waited=30.0)
    book.says("CallEnded", 70, reason="hung_up").close(AT + 99)
    contacts = sorted(book.contacts, key=lambda one: one.began)
    assert [(one.agent, one.ending, one.began - AT, one.rang_out) for one in contacts] == [
        ("ana", Ending.ANSWERED, 0.0, 0), (None, Ending.ABANDONED, 40.0, 1)
    ]  # fmt: skip


def consulted_then_given(book: Book) -> Book:
    """Ana asks jordi and gives him the caller in the middle of the talk; he hands on to marta, unasked."""
    handed_at, legs = 40, {"second": "jordi"}
    waiting(book).agent("reserved", 5).says("TalkStarted", 10, agent="ana", waited=10.0)
    book.says("LegsChanged", 20, stage="asking", agent="ana", **legs)
    book.says("LegsChanged", handed_at, stage="talk", agent="jordi", second="").agent("wrap_up", handed_at)
    book.says("TalkEnded", handed_at, agent="ana", talked=30.0)
    book.says("HandedOver", handed_at, agent="ana", to="jordi").agent("ready", 50, None)
    book.says("LegsChanged", 60, stage="held", agent="jordi", second="")
    book.says("LegsChanged", 65, stage="talk", agent="jordi", second="")
    given(book, "jordi", "marta", 70).says("TalkStarted", 70.5, agent="marta", waited=0.5)
    book.says("AgentStateChanged", 100, agent="jordi", state="ready", reason="", call=None)
    book.says("AgentStateChanged", 90, agent="marta", state="wrap_up", reason="", call=CALL)
    book.says("TalkEnded", 90.5, agent="marta", talked=20.0).says("CallEnded", 91, reason="served")
    return book.says("AgentStateChanged", 95, agent="marta", state="ready", reason="", call=None)


def test_every_agent_who_had_the_caller_has_their_own_talk_hold_wrap_up_and_transfer() -> None:
    (contact,) = consulted_then_given(Book()).contacts
    assert contact.turns == [
        Turn("ana", None, 30.0, 20.0, 10.0, passed_on=True),
        Turn("jordi", AT + 40, 30.0, 5.0, 30.0, passed_on=True),
        Turn("marta", AT + 70, 20.0, 0.0, 5.0, passed_on=False),
    ]
    assert (contact.waited_s, contact.passed_on, contact.hold_s) == (10.0, 2, 25.0)


def test_facts_of_a_hand_over_that_come_twice_change_nothing() -> None:
    assert consulted_then_given(Twice()).contacts == consulted_then_given(Book()).contacts


def figures_by(*dimensions: str) -> Report:
    book = Facts()
    consulted_then_given(book)
    terms = Terms(UTC, Thresholds(5.0, 1.0), dimensions)
    return Report(Span(AT - 99, AT + 999), terms, Seen(0)).read(book.rows, AT + 999)


def test_by_agent_whoever_had_the_caller_answered_and_the_wait_is_the_first_ones() -> None:
    report = figures_by("agent")
    agents = ("ana", "jordi", "marta")
    lines = [report.lines[name,] for name in agents]
    assert [(one.offered, one.answered, one.taken_over, one.transferred) for one in lines] == [
        (1, 1, 0, 1), (1, 1, 1, 1), (1, 1, 1, 0)
    ]  # fmt: skip
    assert [one.talk_ms for one in lines] == [30_000, 30_000, 20_000]
    assert [service_level(one) for one in lines] == [0.0, None, None]
    assert [asa_s(one) for one in lines] == [10.0, None, None]


def test_handing_on_does_not_raise_the_service_level() -> None:
    for report in (figures_by(), figures_by("agent"), figures_by("subject")):
        total = report.total
        assert (total.offered, total.answered, total.transferred, total.taken_over) == (1, 1, 2, 2)
        assert (service_level(total), asa_s(total), total.talk_ms) == (0.0, 10.0, 80_000)


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


def test_a_hold_lasts_until_the_talk_is_over_and_a_talk_without_one_counts_as_none() -> None:
    counts, book = Counts(), waiting(Book()).says("TalkStarted", 10, agent="ana", waited=10.0)
    book.says("LegsChanged", 60, stage="held", agent="ana", second="")
    book.says("TalkEnded", 70, agent="ana", talked=60.0).says("CallEnded", 71, reason="served")
    for contact in (*book.contacts, *served(Book()).open()):
        counts.contact(contact, Thresholds(20.0, 5.0))
    assert (counts.holds, counts.hold_ms) == (2, 10_000)
    (hold,) = (kpi for kpi in KPIS if kpi.name == "hold_s")
    assert hold.value(counts) == 5.0


def test_whom_a_supervisor_moves_belongs_to_the_last_wish() -> None:
    book = waiting(Book()).says("CallSteered", 5, subject="imv", level=2, priority=9, by="rosa", reason="")
    book.says("CallerLeft", 9, waited=9.0).says("CallEnded", 9, reason="hung_up")
    assert [(one.subject, one.level) for one in book.contacts] == [("imv", 2)]


def test_the_time_of_every_state_belongs_to_a_sum_but_of_who_is_not_there() -> None:
    assert {*TIMES} == {state.value for state in State} - {State.SIGNED_OUT.value}
