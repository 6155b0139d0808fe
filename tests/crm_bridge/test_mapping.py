"""A mapping file is refused whole, and every fault names its field and the remedy."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_bridge.adapters.mappings import SHIPPED
from crm_bridge.filling import Unsayable, filled
from crm_bridge.mapping import Ask, MappingFault
from crm_bridge.mapping_check import read
from crm_bridge.reading import at_pointer
from tests.crm_bridge.records_crm import MAPPING

WHOLE = MAPPING.read_text(encoding="utf-8")
NATIVE = (SHIPPED / "native.toml").read_text(encoding="utf-8")
PAGE = (Path(__file__).parents[2] / "docs" / "connect-your-crm.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("file", sorted(SHIPPED.glob("*.toml")), ids=lambda file: file.stem)
def test_every_shipped_mapping_is_sound_and_the_page_names_it(file: Path) -> None:
    assert read(file.read_text(encoding="utf-8")).name == file.stem
    assert f"`{file.stem}`" in PAGE


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('citizen = { path = "/objects/Contact/{citizen}" }', "", "questions.citizen: is missing; add it."),
        (
            "/objects/Contact/{citizen}",
            "objects/Contact",
            'questions.citizen.path: write a path such as "/cit',
        ),
        (
            "/objects/Contact/{citizen}",
            "/objects/{person}",
            "questions.citizen.path: {person} is not known here",
        ),
        ("/objects/Case/{request}", "/objects/Case/{kind", "is not known here"),
        ('id = "/Id"', 'id = "Id"', "records.citizen.id: write a JSON Pointer (RFC 6901)"),
        ('id = "/Id"', "id = 7", "records.citizen.id: "),
        ('family_name = "/LastName"', "", "records.citizen.family_name: is missing; add it."),
        ('[auth]\nkind = "bearer"', '[auth]\nkind = "magic"', "auth.kind: "),
        ('[auth]\nkind = "bearer"', '[auth]\nkind = "oauth2"', "auth.url: is missing; write where tokens"),
        ('name = "records"', 'name = "Records!"', "name: "),
        ('times = "iso8601"', 'times = "local"', "times: "),
        ('times = "iso8601"', 'time = "iso8601"', "time: is no field of a mapping; take it out"),
        (
            "[words.state]\nopen",
            "[words.state]\nopened",
            "words.state.opened: is no state of ours; there are: open,",
        ),
        ('"New", "Reopened"', "", "words.state.open: an empty list"),
        ("[words.subject]", "[words.subjects]", "words.subjects: is nothing that is translated"),
        ("taken = { path", "token = { path", "questions.token: is no field of a mapping"),
        (
            'taken = { path = "/objects/Key/{key}" }',
            "",
            "questions.request, questions.taken: a CRM that only keeps",
        ),
        ('method = "PATCH"', 'method = "DELETE"', "writes.0.method: "),
        (
            'query = { Case = "{request}"',
            'query = { Case = "{case}"',
            "{case} is not known here; there are: request.",
        ),
        ("[records.case]", "[records.cases]", "records.cases: is no field of a mapping"),
        ("name =", "name", "the mapping is no TOML"),
        (
            'Whose = "{citizen}", offset = "{offset}", limit',
            'Whose = "{citizen}", limit',
            "questions.contacts: says {limit} or {offset} and not both, so every page is the first",
        ),
        (
            'which = "{which}", offset = "{offset}", limit = "{limit}"',
            'which = "{which}", offset = "{offset}", limit = "{upto}"',
            "questions.requests: says {limit} or {offset} and not both",
        ),
        (
            'which = "{which}", offset = "{offset}", limit = "{limit}"',
            'which = "{which}", offset = "{offset}", limit = "{limit}", top = "{upto}"',
            "not both ways at once",
        ),
        (
            'which = "{which}", offset',
            "offset",
            "questions.requests: says {limit} and not {which}, so closed requests fill a page",
        ),
        (
            'Name = "{attached}", ',
            "",
            "writes: what is attached to a request (a recording, a message, evidence) is said nowhere",
        ),
        (
            "[words.subject]",
            '[words.which]\nopen = "x"\n[words.subject]',
            "words.which: lacks all, closed; write",
        ),
    ],
)
def test_a_fault_is_named_by_field_with_its_remedy(before: str, after: str, said: str) -> None:
    assert before in WHOLE
    with pytest.raises(MappingFault) as refused:
        read(WHOLE.replace(before, after))
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            ', offset = "{offset}", limit = "{limit}" }, at = "/records" }\nrequest',
            ' }, at = "/records" }\nrequest',
        ),
        ('which = "{which}", offset = "{offset}", limit = "{limit}"', 'which = "{which}", top = "{upto}"'),
        ('which = "{which}", offset = "{offset}", limit = "{limit}"', 'all = "yes"'),
    ],
)
def test_a_crm_that_cannot_skip_or_gives_everything_at_once_is_fine(before: str, after: str) -> None:
    assert WHOLE.count(before) == 1
    assert read(WHOLE.replace(before, after)).name == "records"


def test_a_kind_of_write_that_no_step_is_for_is_named() -> None:
    with pytest.raises(MappingFault, match="nothing says how to escalate; add a step"):
        read(
            NATIVE.replace(
                "[[writes]]\n",
                '[[writes]]\nfor = ["open", "continue", "note", "talked", "close", "change", "contacted", "attach"]\n',
            )
        )


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(MappingFault) as refused:
        read(WHOLE.replace('id = "/Id"', "").replace('document = "/Dni__c"', 'document = "Dni"'))
    assert len(str(refused.value).splitlines()) >= 3


@given(st.text(max_size=60))
def test_what_stands_in_an_address_stays_one_value(value: str) -> None:
    ask = Ask(path="/a/{citizen}/b", query={"q": "x eq '{citizen}'"})
    try:
        said = filled(ask, {"citizen": value})
    except Unsayable:
        return
    assert said.path.count("/") == 3
    assert not set(said.path) & set("?# '\"")
    assert said.query[0][1] == f"x eq '{value}'"
    assert "'" not in value


@given(
    st.dictionaries(st.sampled_from(["subject", "level", "citizen"]), st.none() | st.text() | st.integers())
)
def test_a_body_is_json_whatever_is_filled_in(values: dict[str, object]) -> None:
    ask = Ask(
        path="/a", body={"one": "{subject}", "many": ["{level}", "level {level}", {"x": "{citizen}"}], "n": 3}
    )
    body = json.loads(filled(ask, values).body or "")
    assert body["one"] == values.get("subject")
    assert body["many"][0] == values.get("level")
    assert body["n"] == 3


def test_pointers_are_those_of_rfc_6901() -> None:
    document = {"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "m~n": 8, " ": 7}
    expected = {
        "": document,
        "/foo": ["bar", "baz"],
        "/foo/0": "bar",
        "/": 0,
        "/a~1b": 1,
        "/c%d": 2,
        "/m~0n": 8,
        "/ ": 7,
    }
    assert {pointer: at_pointer(document, pointer) for pointer in expected} == expected
    for lost in ("/foo/2", "/foo/x", "/foo/-1", "/nothing", "/foo/0/1"):
        assert at_pointer(document, lost) is None
