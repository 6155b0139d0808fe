"""Writes into parties: answers of the identification protocol, and made-up citizens for trying out."""

import json
from collections.abc import Mapping
from typing import Any

from crm_bridge.adapters.exchange import numbers
from crm_bridge.answers import all_keyed
from crm_bridge.connectors.tryton.line import Line
from crm_bridge.connectors.tryton.rows import IDENTITY, Layout
from crm_bridge.demonstration import Inhabitant


async def furnish(line: Line, layout: Layout, key: bytes, people: tuple[Inhabitant, ...]) -> None:
    """Create who is missing; who is there stays as they are. Languages that Tryton does not list are added."""
    languages = await _languages(line, {one.citizen.language for one in people})
    codes = [one.citizen.id for one in people]
    known = await line.call("model.party.party.search_read", [("code", "in", codes)], 0, None, None, ["code"])
    there = {row["code"] for row in known}
    fresh = [one for one in people if one.citizen.id not in there]
    if fresh:
        ids = await line.call("model.party.party.create", [_party(one, layout, languages) for one in fresh])
        for number, one in zip(ids, fresh, strict=True):
            await keep(line, number, all_keyed(key, one.citizen.id, one.answers))


async def keep(line: Line, party: int, answers: Mapping[str, str]) -> None:
    """Write the note of a party's hashes (question to hash). Tryton lets no note be changed, so it is a new one."""
    owner = f"party.party,{party}"
    domain = [("resource", "=", owner), ("message", "like", f"{IDENTITY}%")]
    message = f"{IDENTITY}\n{json.dumps(dict(answers))}"
    there = numbers(await line.call("model.ir.note.search", domain, 0, None, None), "ir.note")
    await line.call("model.ir.note.create", [{"resource": owner, "message": message}])
    if there:
        await line.call("model.ir.note.delete", there)


async def _languages(line: Line, wanted: set[str]) -> dict[str, int]:
    words = ([("code", "in", sorted(wanted))], 0, None, None, ["code"])
    there = {row["code"]: row["id"] for row in await line.call("model.ir.lang.search_read", *words)}
    for code in sorted(wanted - there.keys()):
        (there[code],) = await line.call("model.ir.lang.create", [{"code": code, "name": code}])
    return there


def _party(one: Inhabitant, layout: Layout, languages: dict[str, int]) -> dict[str, Any]:
    citizen = one.citizen
    marks = {layout.protected: citizen.protected, layout.locked: citizen.locked}
    documents = [{"type": None, "code": code} for code in (citizen.document, citizen.affiliation) if code]
    return {
        "code": citizen.id,
        "name": citizen.name,
        "lang": languages[citizen.language],
        "categories": [["add", [category for category, marked in marks.items() if marked]]],
        "identifiers": [["create", documents]],
        "contact_mechanisms": [["create", [{"type": "mobile", "value": one} for one in citizen.telephones]]],
    }
