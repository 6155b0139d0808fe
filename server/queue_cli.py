"""`ventanilla queue`: why a caller waits, why a call went to whom it did, and who would be asked for a wish."""

from __future__ import annotations

import json
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Annotated

import typer
from rich.text import Text
from sqlalchemy import select

from queues.rules import rule_of, steps_of
from queues.wishes import TEXT, VOICE, Kind, Rules
from server.console import EXIT_FAULT, out, settings
from server.database import open_engine
from server.facts_store import facts
from server.flows import load
from server.on_file import on_file
from server.reloading import ask
from server.routing import rules_of
from server.runtime.serving import Serving

queue = typer.Typer(help="Who waits, and why.", no_args_is_help=True)


class Channel(StrEnum):
    """How somebody asks for a person."""

    VOICE = VOICE
    TEXT = TEXT


TOLD = (
    "CallerWaiting",
    "NobodyCanServe",
    "AgentReserved",
    "RangOut",
    "LeaseExpired",
    "TalkStarted",
    "TalkEnded",
    "CallSteered",
    "HandedOver",
    "PersonRefused",
    "CallerLeft",
)
REFUSED = {
    "closed": "it is closed at this hour, nobody is waited for",
    "promised": "waits for the call that was promised before",
    "closing": "led out of the line: closing time",
    "shut": "led out of the line: a supervisor closed the queue",
    "too_long": "led out of the line: nobody may wait longer",
}
"""Why nobody answers a wish (ivr/facts.py, PersonRefused)."""

"""The facts that tell how a call was routed."""


@queue.command("explain")
def explain(
    call: Annotated[str, typer.Argument(help="The call's id, such as ventanilla-1763791200.12.")],
) -> None:
    """Say why a caller is not served yet (the running server is asked), and how the call was routed so far."""
    wanted = settings()
    server = Serving((), wanted.runtime, wanted.runtime / "log").pid()
    now = () if server is None else ask(wanted.runtime, server, "explain", call=call)
    zone = load(wanted.institution_folder).time_zone
    before = on_file(wanted.database, lambda _: routed(wanted.database, call, zone))
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


async def routed(database: str, call: str, zone: tzinfo) -> tuple[str, ...]:
    """Tell from the table of facts how a call was routed, oldest first, times of the institution's zone."""
    engine = open_engine(database)
    try:
        query = select(facts).where(facts.c.call == call, facts.c.type.in_(TOLD)).order_by(facts.c.id)
        async with engine.connect() as connection:
            rows = (await connection.execute(query)).mappings().all()
    finally:
        await engine.dispose()
    return tuple(
        line
        for row in rows
        for line in told(datetime.fromtimestamp(row["at"], zone), row["type"], json.loads(row["body"]))
    )


def told(at: datetime, kind: str, body: dict[str, object]) -> tuple[str, ...]:  # noqa: C901, PLR0911 - one for each fact
    """Say one fact in sentences."""
    when, agent = f"{at:%Y-%m-%d %H:%M:%S}", body.get("agent")
    match kind:
        case "CallerWaiting":
            wants = f"{body['subject']}, {body['language']}, level {body['level']}"
            return (f"{when} waits: {wants}, position {body['position']}",)
        case "NobodyCanServe":
            return (f"{when} nobody who is {str(body['among']).replace('_', ' ')} could ever take this call",)
        case "AgentReserved":
            reasons = body["reasons"]
            said = reasons if isinstance(reasons, list) else ()
            return (f"{when} {agent} is reserved, because:", *(f"    {reason}" for reason in said))
        case "RangOut":
            return (f"{when} {agent} did not answer; the caller is back in line",)
        case "LeaseExpired":
            return (f"{when} the reservation of {agent} ended without a word",)
        case "TalkStarted":
            return (f"{when} talks with {agent}, after {float(str(body['waited'])):.0f} s of waiting",)
        case "TalkEnded":
            return (f"{when} the conversation with {agent} is over",)
        case "CallSteered":
            wants = f"{body['subject']}, level {body['level']}, priority {body['priority']}"
            return (f"{when} moved by {body['by']} ({body['reason']}): {wants}",)
        case "HandedOver":
            return (f"{when} given over from {agent} to {body['to']}",)
        case "PersonRefused":
            return (f"{when} {REFUSED[str(body['why'])]}",)
        case "CallerLeft":
            return (f"{when} left without having been answered",)
        case _:
            raise ValueError(f"{kind} is no fact of how a call was routed")
