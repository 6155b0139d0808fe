"""`ventanilla queue`: why a caller waits, why a call went to whom it did, and who would be asked for a wish."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Annotated

import typer
from rich.text import Text
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from queues.adapters.callback_store import SqlCallbacks
from queues.callbacks import attempt_call, is_ours
from queues.rules import rule_of, steps_of
from queues.wishes import TEXT, VOICE, Kind, Rules
from server.console import EXIT_FAULT, out, settings
from server.database import open_engine
from server.facts_store import facts
from server.flows import load
from server.on_file import on_file
from server.reloading import ask
from server.routing import rules_of
from server.routing_told import TOLD, told
from server.runtime.serving import Serving

queue = typer.Typer(help="Who waits, and why.", no_args_is_help=True)


class Channel(StrEnum):
    """How somebody asks for a person."""

    VOICE = VOICE
    TEXT = TEXT


@queue.command("explain")
def explain(
    call: Annotated[str, typer.Argument(help="The call's id, such as ventanilla-1763791200.12.")],
) -> None:
    """Say why a caller is not served yet (the running server is asked), and how the call was routed so far.

    A call in which a callback was promised, and one that keeps it or tried to, tell the story of both.
    """
    wanted = settings()
    zone = load(wanted.institution_folder).time_zone
    calls = on_file(wanted.database, lambda engine: same_story(engine, call))
    before = on_file(wanted.database, lambda _: routed(wanted.database, calls, zone))
    server = Serving((), wanted.runtime, wanted.runtime / "log").pid()
    now = (
        ()
        if server is None
        else tuple(line for one in calls for line in ask(wanted.runtime, server, "explain", call=one))
    )
    for line in (*before, *now):
        out.print(Text(line))
    if not before and not now:
        out.print(f"Nothing is known of a call {call}.", highlight=False)
        raise typer.Exit(EXIT_FAULT)


@queue.command("try")
def try_out(
    subject: Annotated[str, typer.Option(help="What it is about: pension.")],
    language: Annotated[str, typer.Option(help="What the caller speaks: ca.")],
    level: Annotated[int, typer.Option(help="1: anybody, 2: a trained specialist.", min=1, max=2)] = 1,
    channel: Annotated[
        Channel, typer.Option(help="A call that is spoken, or one in writing.")
    ] = Channel.VOICE,
) -> None:
    """Say which rule serves a wish and what its steps are, by the files as they stand; no server is asked."""
    institution = load(settings().institution_folder)
    for name, given, known in (
        ("subject", subject, tuple(institution.subjects)),
        ("language", language, institution.languages),
    ):
        if given not in known:
            raise typer.BadParameter(f"there is no {name} {given}; there are: {', '.join(known)}")
    kind = Kind(institution.subjects[subject].priority, level, language, subject, channel.value)
    for line in steps_told(kind, rules_of(institution)):
        out.print(Text(line), soft_wrap=True)


def steps_told(kind: Kind, rules: Rules) -> tuple[str, ...]:
    """Say the rule that serves a kind of wish, and its steps with those of its overflow."""
    serving = rule_of(kind, rules).name
    said = [
        step.sentence + ("" if step.rule == serving else f" (overflow: rule {step.rule})")
        for step in steps_of(kind, rules)
    ]
    opens = ("Steps open by waiting time, or at once when nobody who is signed in fits a step before.",)
    return (
        f"Rule {serving}, priority {kind.priority}.",
        *(f"Step {number}, {one}." for number, one in enumerate(said, start=1)),
        *(opens if len(said) > 1 else ()),
    )


async def same_story(engine: AsyncEngine, call: str) -> tuple[str, ...]:
    """Give this call and those it belongs with: the one that asked for a callback, and those placed for it."""
    store = SqlCallbacks(engine)
    asking = (await store.asked_in(call) if is_ours(call) else None) or call
    promise = await store.given_in(asking)
    if promise is None:
        return tuple(dict.fromkeys((asking, call)))
    coming = promise.attempts + promise.open
    return (asking, *(attempt_call(promise, attempt) for attempt in range(1, coming + 1)))


async def routed(database: str, calls: Sequence[str], zone: tzinfo) -> tuple[str, ...]:
    """Tell from the table of facts how calls were routed, oldest first, times of the institution's zone."""
    engine = open_engine(database)
    try:
        query = select(facts).where(facts.c.call.in_(calls), facts.c.type.in_(TOLD)).order_by(facts.c.id)
        async with engine.connect() as connection:
            rows = (await connection.execute(query)).mappings().all()
    finally:
        await engine.dispose()
    return tuple(
        line
        for row in rows
        for line in told(datetime.fromtimestamp(row["at"], zone), row["type"], json.loads(row["body"]))
    )
