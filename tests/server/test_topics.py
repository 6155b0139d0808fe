"""The one table that says where facts go agrees with the facts there are."""

import dataclasses
import json
from pathlib import Path
from types import ModuleType

import corporate.facts
import crm_bridge.facts
import ivr.facts
import messages.facts
import queues.facts
import recordings.facts
import server.facts
import web.facts
from server.hooks import message_of
from server.topics import ROUTES, message, said_of, said_outward, written

ROOMS: tuple[ModuleType, ...] = (
    ivr.facts,
    queues.facts,
    recordings.facts,
    crm_bridge.facts,
    corporate.facts,
    messages.facts,
    web.facts,
    server.facts,
)


def declared() -> dict[str, type]:
    return {
        name: kind
        for room in ROOMS
        for name, kind in vars(room).items()
        if isinstance(kind, type) and kind.__module__ == room.__name__
        if dataclasses.is_dataclass(kind) or issubclass(kind, tuple)
    }


def test_every_fact_has_a_route_and_every_route_a_fact() -> None:
    names = {name for name, kind in declared().items() if "at" in said_of(kind)}
    assert names == set(ROUTES)


def test_every_topic_names_only_fields_of_its_fact() -> None:
    for name, way in ROUTES.items():
        fields = {field: field for field in said_of(declared()[name])}
        way.topic.format(**fields)


def test_a_message_says_its_version_and_type() -> None:
    said = message(queues.facts.CallerLeft("ventanilla-1763791200.12", 3.0, 1.0), "inss")
    ended = message(ivr.facts.CallEnded("ventanilla-1763791200.12", "served", 1.0), "inss")
    assert said is None
    assert ended is not None
    topic, payload, retain = ended
    assert topic.startswith("ventanilla/inss/calls/")
    assert json.loads(payload)["v"] == 1
    assert json.loads(payload)["type"] == "CallEnded"
    assert not retain


def test_no_message_names_the_caller() -> None:
    arrived = ivr.facts.CallArrived(
        "ventanilla-1763791200.12", "901166565", "general", "+34931234567", "ca", None, 1.0
    )
    said, row = message(arrived, "inss"), written(arrived)
    assert said is not None
    assert row is not None
    assert "34931234567" not in said[1] + row["body"]


PERSONS = {"person", "citizen", "caller", "page", "document", "telephone", "name", "notes"}


def test_nothing_that_leaves_says_who_somebody_is() -> None:
    """But for the card, on the agent's own topic; a field of such a name is named `inward` in its route."""
    said = {name: set(said_outward(declared()[name])) for name, way in ROUTES.items() if way.topic}
    assert {name: fields & PERSONS for name, fields in said.items() if fields & PERSONS} == {}
    assert all(way.inward <= set(said_of(declared()[name])) for name, way in ROUTES.items())


def test_who_was_proven_and_why_a_folder_is_to_be_opened_stay_in_the_table() -> None:
    proven = ivr.facts.IdentityProven("ventanilla-1763791200.12", "demo-maria", 2, "code", (), 1.0)
    asked = crm_bridge.facts.UnsealingAsked("ventanilla-1763791200.12", "iria", "Cita de Ana Ramos", 1.0)
    for fact, secret in ((proven, "demo-maria"), (asked, "Ana Ramos")):
        said, row = message(fact, "inss"), written(fact)
        assert said is not None
        assert row is not None
        hook = message_of(row["type"], row["at"], row["body"]).decode()
        assert secret in row["body"]
        assert secret not in said[1] + hook
        assert "ventanilla-1763791200.12" in said[1]
        assert "ventanilla-1763791200.12" in hook


def test_the_published_table_of_topics_is_the_one_we_route_by() -> None:
    page = (Path(__file__).parents[2] / "docs/events.md").read_text(encoding="utf-8")
    for name, way in ROUTES.items():
        line = f"| `{way.topic}` | `{name}` | {'yes' if way.retain else 'no'} |"
        assert (line in page) == bool(way.topic), name
