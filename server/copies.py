"""What our own tables keep of a person besides the CRM's folder, for that person's own copy (GDPR art. 15).

Messages in their words, promises to call back, proofs of identity and consents. Of staff their role stands there and
never a name; what a code was, and the right answers of the protocol, nobody keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.export import moment
from ivr.adapters.tables import proofs
from messages.adapters.tables import outbox
from queues.adapters.tables import callbacks
from recordings.adapters.tables import episodes
from recordings.episodes import MACHINE
from server.promises import promises

AnyRow = Row[Any]
Said = Mapping[str, object]


async def kept_of(engine: AsyncEngine, person: str, zone: tzinfo) -> dict[str, list[Said]]:
    """Give what is kept of the citizen with this id, by kind, the oldest first; moments as ISO 8601 in the zone."""

    def when(at: float | None) -> str | None:
        return None if at is None else moment(at, zone)

    async def rows(query: Select[Any], said: Callable[[AnyRow], Said]) -> list[Said]:
        async with engine.connect() as connection:
            return [said(row) for row in await connection.execute(query)]

    def message(row: AnyRow) -> Said:
        said = {
            "message": row.message,
            "language": row.language,
            "text": row.text or None,
            "state": row.state,
        }
        return {"at": when(row.left_at), **said, "to": row.number or row.email, "held_a_code": not row.text}

    def promise(row: AnyRow) -> Said:
        about = {"request": row.request, "subject": row.subject, "number": row.number, "hours": row.hours}
        return {"at": when(row.promised_at), **about, "ended_at": when(row.kept_at), "ending": row.ending}

    def callback(row: AnyRow) -> Said:
        about = {"request": None, "subject": row.subject, "number": row.number, "hours": None}
        return {"at": when(row.taken_at), **about, "ended_at": when(row.ended_at), "ending": row.why or None}

    def proof(row: AnyRow) -> Said:
        how = {"level": row.level, "method": row.method, "questions": list(row.questions)}
        return {"at": when(row.at), "call": row.call, **how, "procedure": row.procedure or None}

    def consent(row: AnyRow) -> Said:
        about = {"act": row.act, "statement": row.statement_id, "language": row.language, "text": row.text}
        by = {"asked_by": _role(row.asked_by), "heard_by": _role(row.heard_by)}
        return {"at": when(row.begun_at), "call": row.call, **about, "outcome": row.outcome, **by}

    return {
        "messages": await rows(_of(outbox.c.person, person, outbox.c.left_at), message),
        "promises": [
            *await rows(_of(promises.c.person, person, promises.c.promised_at), promise),
            *await rows(_of(callbacks.c.person, person, callbacks.c.taken_at), callback),
        ],
        "proofs": await rows(_of(proofs.c.person, person, proofs.c.at), proof),
        "consents": await rows(_of(episodes.c.citizen, person, episodes.c.begun_at), consent),
    }


def _of(whose: Any, person: str, at: Any) -> Select[Any]:  # noqa: ANN401 (a column, of whatever type)
    return select(whose.table).where(whose == person).order_by(at)


def _role(who: str | None) -> str | None:
    """Give who of us it was, by their role: names of staff are not the citizen's."""
    if who is None:
        return None
    return "machine" if who == MACHINE else "agent"


def rows_of(
    folder: Mapping[str, Any], words: Callable[[str], str]
) -> Sequence[tuple[str, list[tuple[object, ...]]]]:
    """Give the tables of the page: each with its title, and rows without a head."""
    said = [
        (one["at"], one["text"] or f"({words('prove.procedure.identity')})", one["to"], one["state"])
        for one in folder.get("messages", ())
    ]
    back = [
        (one["at"], one["number"], one["hours"] or "", one["ended_at"] or "")
        for one in folder.get("promises", ())
    ]
    shown = [(one["at"], words(f"card.level.{one['level']}")) for one in folder.get("proofs", ())]
    agreed = [
        (one["at"], one["text"], words(f"recordings.outcome.{one['outcome']}"))
        for one in folder.get("consents", ())
    ]
    unwritten = [
        (one["at"], one["request"], _words_of(one, words), words(f"copy.{one['state']}"))
        for one in folder.get("unwritten", ())
    ]
    titled: Sequence[tuple[str, list[tuple[object, ...]]]] = (
        ("copy.unwritten", [*unwritten]),
        ("attachment.message", [*said]),
        ("outcome.callback", [*back]),
        ("prove.procedure.identity", [*shown]),
        ("recordings.column.act", [*agreed]),
    )
    return [(words(title), rows) for title, rows in titled]


def _words_of(one: Mapping[str, Any], words: Callable[[str], str]) -> str:
    """Give what a write that is not in the CRM says, as people read it."""
    channel, outcome, kind = (one.get(name) for name in ("channel", "outcome", "kind"))
    thing = words(f"attachment.{kind}") if one["what"] == "attach" else ""
    said = (
        words(f"channel.{channel}") if channel else "",
        words(f"outcome.{outcome}") if outcome else "",
        one.get("notes", ""),
        one.get("reason", ""),
        f"{thing} {one.get('reference', '')}".strip(),
    )
    return " · ".join(part for part in said if part)
