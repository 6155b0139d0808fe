"""The published contract is the code's: what is generated is up to date, and messages fit their schemas."""

import dataclasses
import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError
from openapi_spec_validator import validate as validate_openapi
from referencing import Registry, Resource

from crm_bridge.card import Card, Found, Occasion, compose
from crm_bridge.demonstration import MARIA, PROTECTED
from crm_bridge.pop import template
from queues.agents import AgentState, State
from server.contract import CONTRACT, FOLDER, TO_THE_DESK, documents, kinds
from server.desk import card_message, state_message
from server.facts import CardPushed
from server.legs_house import legs_message
from server.topics import ROUTES
from tests.web.samples import card as page_card

CALL, AT = "ventanilla-1795345200.1", 1_795_345_200.0
PAGE = (FOLDER.parent / "connect-your-crm.md").read_text(encoding="utf-8")


def _json(name: str) -> Any:  # noqa: ANN401 (JSON)
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


REGISTRY: Registry[Any] = Registry().with_resources(
    [
        (address, Resource.from_contents(_json(name)))
        for name in ("card.schema.json", "desk.schema.json")
        for address in (name, f"./{name}", f"urn:ventanilla:contract:1:{name.partition('.')[0]}")
    ]
)


def fits(schema: Any, message: object) -> None:  # noqa: ANN401 (JSON)
    """Raise ValidationError unless the message fits, and has no field that the schema does not know."""
    plain = json.loads(json.dumps(message, default=str))
    Draft202012Validator(schema, registry=REGISTRY).validate(plain)
    assert set(plain) <= set(schema.get("properties", plain)), set(plain) - set(schema["properties"])


def of_mqtt(name: str) -> Any:  # noqa: ANN401 (JSON)
    return _json("asyncapi.json")["components"]["messages"][name]["payload"]


def of_the_desk(name: str) -> Any:  # noqa: ANN401 (JSON)
    return _json("desk.schema.json")["$defs"][name]


@pytest.mark.parametrize("name", ["asyncapi.json", "openapi.json"])
def test_what_is_published_is_what_the_code_does(name: str) -> None:
    remedy = "the contract has changed: run .venv/bin/python -m server.contract, and look at the difference"
    assert dict(documents())[name] == (FOLDER / name).read_text(encoding="utf-8"), remedy


def test_the_openapi_document_is_one_by_its_own_rules() -> None:
    validate_openapi(_json("openapi.json"))
    assert _json("openapi.json")["info"]["version"] == CONTRACT


@pytest.mark.parametrize("name", ["card.schema.json", "desk.schema.json"])
def test_the_schemas_are_schemas(name: str) -> None:
    Draft202012Validator.check_schema(_json(name))


def test_the_page_says_which_version_it_is_of() -> None:
    assert f"Contract version **{CONTRACT.rpartition('.')[0]}**" in PAGE


def test_every_topic_is_in_the_asyncapi_document_with_every_fact_that_goes_there() -> None:
    document = _json("asyncapi.json")
    said = {
        (channel["address"].removeprefix("ventanilla/{institution}/"), name)
        for channel in document["channels"].values()
        for name in channel["messages"]
    }
    assert said >= {(way.topic, name) for name, way in ROUTES.items() if way.topic}
    assert set(document["operations"]) == {*document["channels"], "desk_hears"}
    for channel in document["channels"].values():
        for message in channel["messages"].values():
            assert message["$ref"].rpartition("/")[2] in document["components"]["messages"]


def test_no_schema_of_a_message_names_a_caller() -> None:
    for name in kinds():
        if ROUTES[name].topic and name != "CardPushed":
            assert (
                not {"caller", "page", "number"} & set(of_mqtt(name)["properties"]) or name == "CallArrived"
            )


def _card(level: int, people: tuple[Any, ...]) -> Card:
    occasion = Occasion(CALL, "+34915551234", "es", level, "pension", "2026-0000077-2", AT)
    return compose(
        occasion, Found("ok", people[0] if level else None, () if level else people, None, MARIA.cases)
    )


@pytest.mark.parametrize("level", [0, 1, 3])
@pytest.mark.parametrize(
    "people", [(), (MARIA.citizen,), (PROTECTED.citizen,), (MARIA.citizen, PROTECTED.citizen)]
)
def test_every_card_fits_its_schema(level: int, people: tuple[Any, ...]) -> None:
    if level and not people:
        return
    one = _card(level, people)
    pop = template("https://crm.example/?tel={telephone}").link(one)
    for shown in (one, dataclasses.replace(one, pop=pop, as_of=AT, crm="down")):
        fits(_json("card.schema.json"), shown.to_dict())


def test_a_card_of_the_wrong_shape_does_not_fit() -> None:
    right = _card(1, (MARIA.citizen,)).to_dict()
    wrongs: tuple[dict[str, Any], ...] = (
        {"who": 7},
        {"crm": "ill"},
        {"proven_level": 4},
        {"pop": {"url": "x"}},
        {"cases": [{}]},
    )
    for wrong in wrongs:
        with pytest.raises(ValidationError):
            fits(_json("card.schema.json"), {**right, **wrong})
    with pytest.raises(AssertionError, match="secret"):
        fits(_json("card.schema.json"), {**right, "secret": 1})


def test_the_card_of_the_pages_tests_is_a_card() -> None:
    fits(_json("card.schema.json"), {"citizen": None, "as_of": None, "pop": None, **page_card(request=None)})


def test_what_the_desk_is_told_fits() -> None:
    state = AgentState("ana", State.READY, AT)
    pushed = CardPushed(CALL, "ana", _card(1, (MARIA.citizen,)).to_dict(), 12.0, AT)
    for message in (state_message(state), card_message(pushed), legs_message(None)):
        fits(of_the_desk(str(message["type"])), {"v": 1, **message, "sent_at": AT})
    assert set(TO_THE_DESK) == set(_json("desk.schema.json")["$defs"])


def test_what_the_desk_is_told_is_listed_where_the_pages_people_look() -> None:
    events = (FOLDER.parent / "events.md").read_text(encoding="utf-8")
    for name in TO_THE_DESK:
        assert f"| `{name}` |" in events
