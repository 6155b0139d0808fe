"""The access matrix, both ways: what it allows is shown, what it denies is nowhere; and there is no second way."""

import ast
from itertools import product
from pathlib import Path

import pytest

from crm_bridge import access
from crm_bridge.access import Action, Field, Grounds, Role, View, Viewer, may, sealed, view
from crm_bridge.card import Attachment, Card, Contact, Folder, Found, Occasion, Whole, compose
from crm_bridge.demonstration import MARIA, PROTECTED
from crm_bridge.folder import Looking, contact_seen, request_seen, whole_seen, whose
from crm_bridge.requests import Request, State

ROOT = Path(__file__).parents[2]
LEVELS = (0, 1, 2, 3, None)
AT = 1_795_345_200.0
REQUEST = Request("2026-0000077-1", "demo-maria", "pension", AT, AT, AT + 9, reason="Importe en duda")
CONTACT = Contact(AT, "telephone", "pension", REQUEST.reference, "informed", "c-1", "in", "ana", "Vive sola")
WHOLE = Whole(REQUEST, (CONTACT,), (Attachment("document", "DOC-2026-1", AT),))

# Written by hand, apart from the code: the least level at which an agent of the first level sees a field whole.
FIRST_LEVEL_SEES = {
    Field.NUMBER: 0, Field.NAME: 1, Field.DOCUMENT: 2, Field.AFFILIATION: 2, Field.REQUESTS: 1,
    Field.CONTACTS: 1, Field.NOTES: 1, Field.CASES: 1, Field.ATTACHMENTS: 2, Field.QUESTIONS: 0,
}  # fmt: skip


def viewer(role: Role, *, named: bool = False) -> Viewer:
    return Viewer("ana", role, named)


@pytest.mark.parametrize("field", Field)
@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_the_first_level_sees_what_the_rules_of_identity_say(field: Field, level: int) -> None:
    least = FIRST_LEVEL_SEES.get(field)
    shown = view(viewer(Role.AGENT), field, Grounds(level)) is View.SHOWN
    assert shown == (least is not None and level >= least)


def test_nobody_ever_sees_an_answer_of_the_protocol() -> None:
    for role, level, named in product(Role, LEVELS, (True, False)):
        for protected, unsealed in product((True, False), repeat=2):
            grounds = Grounds(level, protected, unsealed)
            assert view(viewer(role, named=named), Field.ANSWERS, grounds) is View.HIDDEN


def test_proving_more_never_uncovers_less() -> None:
    order = [View.HIDDEN, View.MASKED, View.SHOWN]
    for role, field in product(Role, Field):
        seen = [order.index(view(viewer(role), field, Grounds(level))) for level in range(4)]
        assert seen == sorted(seen), (role, field)
    for role, action in product(Role, Action):
        done = [may(viewer(role), action, Grounds(level)) for level in range(4)]
        assert done == sorted(done), (role, action)


def test_a_provider_sees_nothing_of_a_file_and_a_supervisor_nothing_of_a_person() -> None:
    for level, field in product(LEVELS, Field):
        if field not in {Field.NUMBER, Field.QUESTIONS}:
            assert view(viewer(Role.PROVIDER), field, Grounds(level)) is View.HIDDEN
        if field is not Field.REQUESTS:
            assert view(viewer(Role.SUPERVISOR), field, Grounds(level)) is View.HIDDEN
    assert not any(
        may(viewer(Role.PROVIDER), action, Grounds(level)) for action in Action for level in LEVELS
    )


def test_a_protected_person_is_shut_but_for_named_staff_whom_a_second_person_let_in() -> None:
    for role, level, field in product(Role, LEVELS, Field):
        for named, unsealed in ((False, False), (False, True), (True, False)):
            grounds = Grounds(level, protected=True, unsealed=unsealed)
            assert sealed(viewer(role, named=named), grounds)
            assert view(viewer(role, named=named), field, grounds) is View.HIDDEN
            assert not any(may(viewer(role, named=named), action, grounds) for action in Action)
        opened = Grounds(level, protected=True, unsealed=True)
        assert view(viewer(role, named=True), field, opened) is view(viewer(role), field, Grounds(level))


def test_masked_values_tell_nobody_the_rest() -> None:
    assert access.masked_name("María", "García López") == "María G. L."
    assert access.masked_document("12345678Z") == "***4567**"
    assert access.masked_document("X2482300W") == "***8230**"
    assert access.masked_number("+34915551234") == "··· 234"
    assert access.masked_number("") == ""
    assert access.masked_document("12") == "**"


# --- what is composed goes through the matrix, field by field ---


def _everything(looking: Looking) -> str:
    return repr(
        (
            whose(looking, MARIA.citizen),
            request_seen(looking, REQUEST),
            contact_seen(looking, CONTACT),
            whole_seen(looking, WHOLE),
        )
    )


WORDS = {
    Field.NAME: "María García López",
    Field.DOCUMENT: "12345678Z",
    Field.AFFILIATION: "281234567840",
    Field.TELEPHONES: "+34915551234",
    Field.REQUESTS: "2026-0000077-1",
    Field.NOTES: "Vive sola",
    Field.ATTACHMENTS: "DOC-2026-1",
}


@pytest.mark.parametrize(("role", "level"), list(product(Role, LEVELS)))
def test_a_folder_holds_a_fields_words_exactly_where_the_matrix_shows_it(
    role: Role, level: int | None
) -> None:
    looking = Looking(viewer(role), Grounds(level), "call")
    said = _everything(looking)
    for field, word in WORDS.items():
        if field is Field.REQUESTS and looking.sees(Field.CONTACTS) is View.SHOWN:
            continue  # a contact names its request
        assert (word in said) == (looking.sees(field) is View.SHOWN), (field, said)


@pytest.mark.parametrize("level", LEVELS)
def test_a_shut_folder_holds_no_word_of_anybody(level: int | None) -> None:
    looking = Looking(viewer(Role.SPECIALIST, named=True), Grounds(level, protected=True), "call")
    said = _everything(looking)
    assert looking.shut
    assert not any(word in said for word in (*WORDS.values(), "4567", "María"))


def _card(role: Role, level: int) -> Card:
    occasion = Occasion("call", "+34915551234", "es", level, "pension", None, AT)
    found = Found("ok", proven=MARIA.citizen if level else None, candidates=() if level else (MARIA.citizen,))
    folder = Folder((REQUEST,), (CONTACT,))
    return compose(occasion, _with(found, folder), viewer(role))


def _with(found: Found, folder: Folder) -> Found:
    return Found(found.crm, found.proven, found.candidates, folder, MARIA.cases)


@pytest.mark.parametrize(("role", "level"), list(product(Role, range(4))))
def test_a_card_holds_what_the_matrix_shows_and_no_notes(role: Role, level: int) -> None:
    card, looker, grounds = _card(role, level), viewer(role), Grounds(level)
    assert bool(card.open_requests) == (view(looker, Field.REQUESTS, grounds) is View.SHOWN)
    assert bool(card.hidden_requests) == (view(looker, Field.REQUESTS, grounds) is View.MASKED)
    assert bool(card.last_contacts) == (view(looker, Field.CONTACTS, grounds) is View.SHOWN)
    assert bool(card.cases) == (view(looker, Field.CASES, grounds) is View.SHOWN)
    names = {View.SHOWN: MARIA.citizen.name, View.MASKED: "María G. L.", View.HIDDEN: None}
    assert card.who == names[view(looker, Field.NAME, grounds)]
    numbers = {View.SHOWN: "+34915551234", View.MASKED: "··· 234", View.HIDDEN: None}
    assert card.number == numbers[view(looker, Field.NUMBER, grounds)]
    assert (card.citizen is None) == (not card.proven or names[View.SHOWN] != card.who)
    assert "Vive sola" not in repr(card.to_dict())


@pytest.mark.parametrize(("role", "level"), list(product(Role, range(4))))
def test_a_protected_persons_card_tells_of_nobody_whoever_looks(role: Role, level: int) -> None:
    occasion = Occasion("call", "+34612000111", "es", level, "case", None, AT)
    found = Found("ok", PROTECTED.citizen if level else None, (PROTECTED.citizen,), None, PROTECTED.cases)
    card = compose(occasion, found, viewer(role, named=True))
    assert (card.protected, card.who, card.number, card.cases) == (True, None, None, ())


# --- no second way ---

MAY_ASK = {
    "crm_bridge/adapters/bridge.py", "crm_bridge/adapters/search.py", "crm_bridge/adapters/folders.py",
    "crm_bridge/adapters/examining.py", "server/vault.py",
}  # fmt: skip
"""Who asks the CRM about people: the bridge for cards and the machine, the folders, `crm check` (which shows nobody)
and who listens to recordings (whether the person is protected by now, and nothing else)."""
PERSONAL = frozenset(
    {"citizen", "citizens_by_telephone", "citizen_by_document", "folder", "contacts", "requests"}
)


def _asks(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    names = (one for one in calls if isinstance(one, ast.Attribute) and one.attr in PERSONAL)
    return {
        one.attr
        for one in names
        if isinstance(one.value, ast.Attribute | ast.Name)
        and _name(one.value) in {"_connector", "crm", "connector"}
    }


def _name(node: ast.Attribute | ast.Name) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id


def test_the_desk_reads_people_from_the_crm_by_no_other_way() -> None:
    rooms = [file for room in ("crm_bridge", "server", "web", "ivr") for file in (ROOT / room).rglob("*.py")]
    files = [file for file in rooms if "connectors" not in file.parts and not file.name.startswith("crm_")]
    asking = {str(file.relative_to(ROOT)): _asks(file) for file in files if _asks(file)}
    assert set(asking) <= MAY_ASK, asking


def test_the_pages_never_touch_the_crm_or_its_tables() -> None:
    for file in (ROOT / "web").rglob("*.py"):
        assert "crm_" not in file.read_text(encoding="utf-8").replace("crm_down", ""), file


def test_the_docs_print_the_matrix_as_the_code_has_it() -> None:
    page = (ROOT / "docs/requests.md").read_text(encoding="utf-8")
    assert access.printed().strip() in page


def test_a_state_that_is_over_is_not_open() -> None:
    looking = Looking(viewer(Role.AGENT), Grounds(1), "call")
    closed = Request("2026-0000078-2", None, "pension", AT, AT, AT, state=State.CLOSED)
    assert [request_seen(looking, one)["open"] for one in (REQUEST, closed)] == [True, False]  # type: ignore[index]
