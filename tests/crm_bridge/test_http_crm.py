"""A CRM over HTTP that is down, lying, of another schema, or does not know us: nothing wrong is shown, nothing lost."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from crm_bridge.connectors import NoSuchCrm, chosen
from crm_bridge.connectors.http import HttpCrm, connect
from crm_bridge.demonstration import CARMEN, JOSE, MARIA
from crm_bridge.ports import Connector, CrmDown, WriteNotTaken
from crm_bridge.requests import State, reference
from crm_bridge.writes import Escalate, Note, Open
from tests.crm_bridge.records_crm import MAPPING, TOKEN, Manners, RecordsCrm, a_records_crm
from tests.crm_bridge.strangers import NO_ENGINE, connected

AT = 1_795_345_200.0
REQUEST, CALL = reference(2026, 77), "ventanilla-1795345200.1"
MARIAS, NUMBER = MARIA.citizen.id, "+34915551234"
OPEN = Open(REQUEST, CALL, MARIAS, "pension", "telephone", 3, 1, AT)


@pytest.fixture
async def theirs() -> AsyncIterator[RecordsCrm]:
    async with a_records_crm() as crm:
        yield crm


@pytest.fixture
async def crm(theirs: RecordsCrm) -> AsyncIterator[Connector]:
    async with connected(theirs) as connector:
        yield connector


@pytest.mark.parametrize("manners", ["slams", "garbles", "expired"])
async def test_a_crm_that_breaks_off_talks_nonsense_or_does_not_know_us_is_down(
    crm: Connector, theirs: RecordsCrm, manners: Manners
) -> None:
    theirs.manners = manners
    with pytest.raises(CrmDown) as down:
        await crm.citizens_by_telephone(NUMBER)
    assert "915551234" not in str(down.value)
    with pytest.raises(CrmDown):
        await crm.write("k1", OPEN)


async def test_a_crm_that_is_not_there_is_down(theirs: RecordsCrm) -> None:
    options = {"url": "http://127.0.0.1:1", "token": TOKEN, "mapping": str(MAPPING)}
    async with connect(NO_ENGINE, b"", options) as crm:
        with pytest.raises(CrmDown):
            await crm.citizen(MARIAS)
    assert theirs.asked == 0


async def test_a_line_that_was_closed_between_two_questions_is_opened_anew(
    crm: Connector, theirs: RecordsCrm
) -> None:
    assert await crm.citizen(MARIAS) == MARIA.citizen
    theirs.manners = "slams"
    with pytest.raises(CrmDown):
        await crm.citizen(MARIAS)
    theirs.manners = "answers"
    assert await crm.citizen(MARIAS) == MARIA.citizen


async def test_a_refusal_says_the_crms_word_and_nothing_of_the_citizen(
    crm: Connector, theirs: RecordsCrm
) -> None:
    await crm.write("k1", OPEN)
    theirs.manners = "refuses"
    with pytest.raises(CrmDown):  # 422 is a refusal of a write only
        await crm.citizen(MARIAS)
    theirs.manners = "answers"
    theirs.objects["Case"][REQUEST]["Status"] = "Closed"
    await crm.write("k2", Note(REQUEST, CALL, "ana", "resolved", "", AT + 1))
    with pytest.raises(WriteNotTaken) as refused:
        await crm.write("k3", Escalate(reference(2026, 999), 2, "imv", AT))
    assert str(refused.value) == "no such request"


async def test_every_step_of_a_write_has_the_same_key_when_it_comes_again(
    crm: Connector, theirs: RecordsCrm
) -> None:
    theirs.manners = "takes and slams"
    with pytest.raises(CrmDown):
        await crm.write(f"learn:{MARIAS}", OPEN)
    theirs.manners = "answers"
    await crm.write(f"learn:{MARIAS}", OPEN)
    first, again, *others = theirs.keys
    assert first == again
    assert len({first, *others}) == 3
    assert all(MARIAS not in key and len(key) <= 40 for key in theirs.keys)
    assert list(theirs.objects["Case"]) == [REQUEST]
    assert len(theirs.objects["Task"]) == 1


@pytest.mark.parametrize(
    ("kind", "field", "value", "said"),
    [
        ("Contact", "FirstName", {"first": "María"}, "citizen.given_name is no text"),
        ("Contact", "LastName", {"last": "López"}, "citizen.family_name is no text"),
        ("Contact", "Protected__c", "perhaps", "citizen.protected is neither true nor false"),
        ("Contact", "Protected__c", None, "citizen.protected is missing"),
        ("Contact", "Phone", {"n": 1}, "citizen.telephones has something that is no text"),
        ("Case", "Status", "Escalated by macro", "request.state is a word that `words.state` does not have"),
        ("Case", "CreatedDate", "yesterday", "request.opened_at is no moment as iso8601"),
        ("Case", "CreatedDate", 17, "request.opened_at is no moment as iso8601"),
        ("Case", "Priority", "high", "request.priority is no whole number"),
        ("Expediente", "Since", "14/10/2026", "case.since is no day"),
        ("Expediente", "Status", "lost", "case.state is a word that `words.case_state` does not have"),
    ],
)
async def test_a_changed_schema_is_named_by_field_and_never_by_value(
    crm: Connector, theirs: RecordsCrm, kind: str, field: str, value: object, said: str
) -> None:
    await crm.write("k1", OPEN)
    for thing in theirs.objects[kind].values():
        thing[field] = value

    async def all_of_it() -> None:
        await crm.citizen(MARIAS)
        await crm.folder(MARIAS)
        await crm.cases(MARIAS)

    with pytest.raises(CrmDown, match="does not fit its mapping") as down:
        await all_of_it()
    assert said in str(down.value)
    assert str(value) not in str(down.value) or value in (None, 17)


async def test_a_crm_that_answers_about_somebody_else_is_not_believed(
    crm: Connector, theirs: RecordsCrm
) -> None:
    await crm.write("k1", OPEN)
    theirs.answer = _everybody(theirs)  # type: ignore[method-assign] # a filter that filters nothing
    assert await crm.citizens_by_telephone(NUMBER) == (MARIA.citizen,)
    assert [one.id for one in await crm.citizens_by_telephone("+34963123456")] == [
        CARMEN.citizen.id,
        "demo-vicent",
    ]
    with pytest.raises(CrmDown, match="somebody else"):
        await crm.citizen_by_document(JOSE.citizen.document)
    with pytest.raises(CrmDown, match="somebody else"):
        await crm.folder(JOSE.citizen.id)


def _everybody(theirs: RecordsCrm) -> Any:  # noqa: ANN401 (a method of the CRM's)
    def answer(method: str, path: str, query: dict[str, str], body: dict[str, Any]) -> tuple[int, Any]:
        del method, query, body
        kind = path.split("/")[2]
        return 200, {"records": [{"Id": name, **one} for name, one in theirs.objects[kind].items()]}

    return answer


@pytest.mark.parametrize(
    "citizen", ["..", "a/b", "a b", "o'brien' or 1=1", "x" * 300, "ñ", "a?b=c", "%2e%2e", ""]
)
async def test_an_id_that_cannot_stand_in_an_address_is_nobodys(
    crm: Connector, theirs: RecordsCrm, citizen: str
) -> None:
    assert await crm.citizen(citizen) is None
    assert await crm.folder(citizen) == await crm.folder("x")
    assert theirs.asked == 2


async def test_an_answer_larger_than_any_folder_is_not_read_to_its_end(
    crm: Connector, theirs: RecordsCrm
) -> None:
    theirs.objects["Contact"][MARIAS]["FirstName"] = "a" * 5_000_000
    with pytest.raises(CrmDown, match="larger than any folder"):
        await crm.citizen(MARIAS)


async def test_a_crm_without_questions_identifies_nobody(theirs: RecordsCrm, tmp_path: Path) -> None:
    lines = MAPPING.read_text(encoding="utf-8").splitlines()
    less = "\n".join(line for line in lines if not line.startswith(("person =", "cases =", "due =")))
    (tmp_path / "less.toml").write_text(less, encoding="utf-8")
    options = {
        "url": f"http://127.0.0.1:{theirs.port}",
        "token": TOKEN,
        "mapping": str(tmp_path / "less.toml"),
    }
    async with connect(NO_ENGINE, b"", options) as crm:
        assert await crm.person(MARIA.citizen.document) is None
        assert not await crm.answers_hold(MARIA.citizen.document, dict(MARIA.answers))
        assert await crm.cases(MARIAS) == ()
        assert await crm.due(AT, 5) == ()


async def test_two_at_once_with_one_key_are_one(crm: Connector, theirs: RecordsCrm) -> None:
    await asyncio.gather(*(crm.write("k1", OPEN) for _ in range(5)))
    whole = await crm.request(REQUEST)
    assert whole is not None
    assert (whole.request.state, len(whole.contacts), len(theirs.objects["Case"])) == (State.OPEN, 1, 1)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"url": "http://crm.example"}, "http only to this very machine"),
        ({"url": "ftp://crm.example"}, "write https://host"),
        ({"mapping": "nativ"}, "cannot be read"),
        ({"mapping": "/"}, "cannot be read"),
    ],
)
def test_an_option_that_cannot_be_is_said_before_anything_is_asked(
    options: dict[str, str], said: str
) -> None:
    fine = {"url": "https://crm.example", "token": "very secret", "mapping": "native"}
    with pytest.raises(NoSuchCrm, match=said) as refused:
        chosen("http", {**fine, **options})
    assert "very secret" not in str(refused.value)


async def test_the_check_says_what_can_be_asked_and_what_cannot_be_read(
    crm: Connector, theirs: RecordsCrm
) -> None:
    assert isinstance(crm, HttpCrm)
    assert (crm.abilities.identity, crm.abilities.due, crm.abilities.limits) == (True, True, ())
    assert await crm.examine() == ()
    theirs.chokes_on = "/Expediente"
    (finding,) = await crm.examine()
    assert (finding.weight, finding.what) == ("fault", "cases: the CRM answered 500")
    theirs.manners = "expired"
    with pytest.raises(CrmDown, match="401"):
        await crm.examine()
