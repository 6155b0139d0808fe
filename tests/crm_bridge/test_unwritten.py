"""What the CRM has not taken, and whose it is, for a person's own copy: all of theirs, nothing of others."""

from datetime import UTC

from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.adapters.bridge import Bridge
from crm_bridge.adapters.ledger import Ledger
from crm_bridge.requests import reference
from crm_bridge.unwritten import Unwritten, copied, theirs
from crm_bridge.writes import Attach, Close, Continue, Escalate, Note, Open, Write
from tests.crm_bridge.conftest import NOON
from tests.crm_bridge.crms import MemoryCrm

MARIA, JOSE = "demo-maria", "demo-jose"
FIRST, SECOND = reference(2026, 1), reference(2026, 2)


def opened(request: str, call: str, who: str | None) -> Open:
    return Open(request, call, who, "pension", "telephone", 3, 1, NOON, due_at=NOON + 60)


def row(
    write: Write | None,
    call: str | None,
    caller: str | None = None,
    *,
    refused: str | None = None,
    at: float = NOON,
) -> Unwritten:
    return Unwritten(write.request if write else FIRST, call, caller, write, refused, at)


def test_what_names_a_person_what_their_call_said_and_what_is_about_their_request_is_theirs() -> None:
    outbox = [
        row(opened(FIRST, "c-1", MARIA), "c-1", MARIA),
        row(Note(FIRST, "c-1", "ana", "pending", "x", NOON), "c-1", MARIA, at=NOON + 1),
        row(Attach(FIRST, "document", "DOC-1", NOON), None, at=NOON + 2),
        row(Note(SECOND, "c-2", "ana", "pending", "of the counter's", NOON), "c-2", at=NOON + 3),
        row(None, "c-1", MARIA, at=NOON + 4),
    ]
    assert theirs(MARIA, [SECOND], outbox) == tuple(outbox)
    assert theirs(MARIA, [], outbox) == (*outbox[:3], outbox[4])
    assert theirs(JOSE, [], outbox) == ()


def test_another_persons_call_about_ones_request_is_the_other_persons() -> None:
    outbox = [row(Continue(FIRST, "c-2", JOSE, "pension", "telephone", NOON), "c-2", JOSE)]
    assert theirs(MARIA, [FIRST], outbox) == ()
    assert theirs(JOSE, [], outbox) == tuple(outbox)


def test_what_belongs_to_a_request_that_was_never_opened_is_not_of_whom_the_number_is_in_the_crm() -> None:
    taken = "reference_taken"
    stray = [
        row(opened(FIRST, "c-1", None), "c-1", refused=taken),
        row(Note(FIRST, "c-1", "ana", "pending", "a stranger's words", NOON), "c-1"),
        row(Continue(FIRST, "c-2", None, "pension", "telephone", NOON), "c-2"),
        row(Note(FIRST, "c-2", "ana", "pending", "the same stranger's", NOON), "c-2"),
    ]
    own = row(Attach(FIRST, "document", "DOC-1", NOON), None)
    assert theirs(JOSE, [FIRST], [*stray, own]) == (own,)
    of_maria = [row(opened(FIRST, "c-1", MARIA), "c-1", MARIA, refused=taken), own]
    assert theirs(MARIA, [], of_maria) == (of_maria[0],)
    assert theirs(JOSE, [FIRST], of_maria) == (own,)


def test_a_copy_says_the_words_and_of_staff_only_that_it_was_an_agent() -> None:
    noted = copied(row(Note(FIRST, "c-1", "ana", "pending", "Aporta el DNI", NOON), "c-1"), UTC)
    assert noted == {
        "at": "2026-11-22T11:00:00+00:00",
        "request": FIRST,
        "what": "note",
        "state": "waiting",
        "why": None,
        "by_an_agent": True,
        "outcome": "pending",
        "notes": "Aporta el DNI",
    }
    passed = copied(row(Escalate(FIRST, 2, "imv", NOON, "Falta un papel"), None, refused="never"), UTC)
    assert (passed["state"], passed["why"], passed["reason"], passed["level"]) == (
        "refused",
        "never",
        "Falta un papel",
        2,
    )
    assert copied(row(opened(FIRST, "c-1", MARIA), "c-1"), UTC)["due_at"] == "2026-11-22T11:01:00+00:00"
    assert copied(row(None, None), UTC)["what"] == "unreadable"


async def test_the_outbox_tells_what_waits_and_what_was_refused_and_not_what_was_taken(
    engine: AsyncEngine,
) -> None:
    bridge, ledger = Bridge(engine, MemoryCrm(), lambda _: None, lambda: NOON), Ledger(engine)
    await bridge.open_or_continue("c-1", MARIA, "pension")
    await bridge.deliver()
    assert await ledger.unwritten() == ()
    request = await bridge.open_or_continue("c-2", MARIA, "imv")
    await bridge.post("x", None, Close("2026-0999999-9", NOON))
    (refused,) = [one for one in await ledger.waiting() if one.key == "x"]
    await ledger.refused(refused, NOON, "no_such_request")
    found = await ledger.unwritten()
    assert [(one.request, one.call, one.caller, one.refused) for one in found] == [
        (request, "c-2", MARIA, None),
        ("2026-0999999-9", None, None, "no_such_request"),
    ]
