"""Puts made-up citizens into an Odoo that is only there to try things out."""

import json
from typing import Any

from crm_bridge.answers import all_keyed
from crm_bridge.connectors.odoo.layout import LANGUAGES
from crm_bridge.connectors.odoo.line import Line
from crm_bridge.connectors.odoo.rows import COUNTRY, OTHER
from crm_bridge.demonstration import Inhabitant


async def furnish(line: Line, key: bytes, people: tuple[Inhabitant, ...]) -> None:
    """Create who is missing; who is there stays as they are. The languages they speak are activated."""
    asleep = [["code", "in", list(LANGUAGES)], ["active", "=", False]]
    languages = await line.rows("res.lang", asleep, ("code",), archived=True)
    if languages:
        ids = tuple(int(row["id"]) for row in languages)
        await line.call("res.lang", "write", ids, vals={"active": True}, archived=True)
    known = await line.rows("res.partner", [["ref", "in", [one.citizen.id for one in people]]], ("ref",))
    there = {row["ref"] for row in known}
    fresh = [_partner(one, key) for one in people if one.citizen.id not in there]
    if fresh:
        await line.call("res.partner", "create", vals_list=fresh)


def _partner(one: Inhabitant, key: bytes) -> dict[str, Any]:
    citizen = one.citizen
    spoken = {code[:2]: code for code in LANGUAGES}
    further = [
        [0, 0, {"type": OTHER, "name": citizen.name, "phone": number}] for number in citizen.telephones[1:]
    ]
    return {
        "name": citizen.name,
        "ref": citizen.id,
        "vat": f"{COUNTRY}{citizen.document}",
        "lang": spoken[citizen.language],
        "phone": citizen.telephones[0] if citizen.telephones else False,
        "child_ids": further,
        "x_ventanilla_protected": citizen.protected,
        "x_ventanilla_locked": citizen.locked,
        "x_ventanilla_affiliation": citizen.affiliation or False,
        "x_ventanilla_answers": json.dumps(all_keyed(key, citizen.id, one.answers)),
    }
