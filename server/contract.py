"""The published contract, out of the code that fulfils it: AsyncAPI 3 for MQTT and the desk, OpenAPI for HTTP.

`python -m server.contract` writes them into docs/contract/; a test compares them with the code, and real messages with
them. The card and the desk's messages are written there by hand, for readers; tests hold the server to them.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, cast, get_type_hints

from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, PydanticSchemaGenerationError, TypeAdapter

import corporate.facts
import crm_bridge.facts
import ivr.facts
import messages.facts
import queues.facts
import recordings.facts
import server.facts
import web.facts
from server.contract_crm import crm_openapi
from server.topics import ROUTES, VERSION, said_outward
from web.app import create_app
from web.forms import Active, CardShown, Rang
from web.house import House
from web.settings import WebSettings

CONTRACT = "1.0.0"
"""The first figure changes when what others send or read changes its meaning; new things change the second."""
FOLDER = Path(__file__).resolve().parents[1] / "docs" / "contract"
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
TO_THE_DESK = ("state", "card", "waiting", "legs", "consent", "proved", "supervised", "refused", "beat")
FROM_THE_PAGE: Mapping[str, type[BaseModel]] = {"card_shown": CardShown, "rang": Rang, "active": Active}
Json = dict[str, Any]


def kinds() -> Mapping[str, type]:
    """Give every type of fact by its name."""
    found = (item for room in ROOMS for item in vars(room).items())
    return {name: kind for name, kind in found if isinstance(kind, type) and name in ROUTES}


def fact_schema(kind: type) -> Json:
    """Give the JSON Schema of a fact as it stands in a message."""
    hints = get_type_hints(kind)
    fields = {name: _field(hints[name]) for name in said_outward(kind)}
    if kind is server.facts.CardPushed:
        fields["card"] = {"$ref": "./card.schema.json"}
    return {
        "type": "object",
        "description": " ".join((inspect.getdoc(kind) or "").split()),
        "required": ["v", "type", *fields],
        "properties": {"v": {"const": VERSION}, "type": {"const": kind.__name__}, **fields},
    }


def _field(hint: Any) -> Json:  # noqa: ANN401 (a type)
    try:
        schema = TypeAdapter(hint).json_schema(mode="serialization")
    except PydanticSchemaGenerationError:
        return {"type": "object"}
    return {"type": "object"} if "$defs" in schema else schema


def asyncapi() -> Json:
    """Give the AsyncAPI document."""
    facts = {name: kind for name, kind in kinds().items() if ROUTES[name].topic}
    channels: Json = {}
    for name in sorted(facts):
        way = ROUTES[name]
        channel = channels.setdefault(_key(way.topic), _channel(way.topic, retained=way.retain))
        channel["messages"][name] = {"$ref": f"#/components/messages/{name}"}
    channels["desk"] = _desk()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Ventanilla: what happens",
            "version": CONTRACT,
            "description": "Facts over MQTT, an agent's news over a WebSocket. Pass over what you do not know.",
        },
        "servers": {
            "broker": {
                "host": "127.0.0.1:1883",
                "protocol": "mqtt",
                "description": "The private broker, or your own (the setting mqtt_url; TLS). MQTT 3.1.1 or 5, QoS 1.",
                "security": [{"$ref": "#/components/securitySchemes/password"}],
            },
            "pages": {
                "host": "ventanilla.example",
                "protocol": "wss",
                "description": "Where the pages are; the session's cookie says whose desk it is. Origin must be ours.",
            },
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": {**{key: _operation(key, channels[key]) for key in channels}, "desk_hears": _hears()},
        "components": {
            "messages": {name: _message(name, kind) for name, kind in sorted(facts.items())}
            | {f"desk_{name}": _desk_message(name) for name in TO_THE_DESK}
            | {f"page_{name}": _page_message(form) for name, form in FROM_THE_PAGE.items()},
            "securitySchemes": {"password": {"type": "userPassword"}},
        },
    }


def _key(topic: str) -> str:
    return re.sub(r"[^a-z]+", "_", topic).strip("_")


def _channel(topic: str, *, retained: bool) -> Json:
    names = ["institution", *re.findall(r"\{(\w+)\}", topic)]
    return {
        "address": f"ventanilla/{{institution}}/{topic}",
        "servers": [{"$ref": "#/servers/broker"}],
        "parameters": {
            name: {"description": PARAMETERS.get(name, "The field of the fact.")} for name in names
        },
        "messages": {},
        "description": "Retained: who subscribes gets the last one." if retained else "Not retained.",
    }


PARAMETERS = {
    "institution": "The folder that the calls follow, e.g. inss.",
    "call": "The call's id, e.g. ventanilla-1795345200.1.",
    "agent": "An agent's account name.",
    "system": "A corporate system.",
}


def _message(name: str, kind: type) -> Json:
    return {"name": name, "title": name, "contentType": "application/json", "payload": fact_schema(kind)}


def _desk() -> Json:
    names = (*(f"desk_{name}" for name in TO_THE_DESK), *(f"page_{name}" for name in FROM_THE_PAGE))
    said = {name: {"$ref": f"#/components/messages/{name}"} for name in names}
    return {
        "address": "/desk/updates",
        "servers": [{"$ref": "#/servers/pages"}],
        "messages": said,
        "description": "An agent's news: the present state first, then every change; and the page's three words.",
    }


def _operation(key: str, channel: Json) -> Json:
    said = [name for name in channel["messages"] if not name.startswith("page_")]
    messages = [{"$ref": f"#/channels/{key}/messages/{name}"} for name in said]
    return {"action": "send", "channel": {"$ref": f"#/channels/{key}"}, "messages": messages}


def _hears() -> Json:
    messages = [{"$ref": f"#/channels/desk/messages/page_{name}"} for name in FROM_THE_PAGE]
    return {"action": "receive", "channel": {"$ref": "#/channels/desk"}, "messages": messages}


def _page_message(form: type[BaseModel]) -> Json:
    return {"name": form.__name__, "payload": form.model_json_schema()}


def _desk_message(name: str) -> Json:
    return {"name": name, "payload": {"$ref": f"./desk.schema.json#/$defs/{name}"}}


def openapi() -> Json:
    """Give the OpenAPI document of everything that is asked by HTTP."""
    house = cast("House", _Unfurnished())
    return get_openapi(
        title="Ventanilla: what can be asked and done",
        version=CONTRACT,
        description="A session is a cookie (POST /session); Origin must be the pages'. Refusals: docs/events.md.",
        routes=create_app(house).routes,
    )


class _Unfurnished:
    """Stands where a house would: the addresses are the same in an empty one."""

    settings = WebSettings(origins=("https://ventanilla.example",))


def documents() -> Iterator[tuple[str, str]]:
    """Give each generated file: its name and its text."""
    for name, document in (
        ("asyncapi.json", asyncapi()),
        ("openapi.json", openapi()),
        ("crm.openapi.json", crm_openapi(CONTRACT)),
    ):
        yield name, json.dumps(document, indent=1, ensure_ascii=False, sort_keys=False) + "\n"


if __name__ == "__main__":
    for file, text in documents():
        (FOLDER / file).write_text(text, encoding="utf-8")
