"""`ventanilla crm`: what the CRM that was chosen can do, whether it is there and as it must be, and making it so."""

from __future__ import annotations

import asyncio
import csv
import logging
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.text import Text

from crm_bridge.abilities import Examined, Prepared, abilities_of, told
from crm_bridge.adapters.bridge import LIMITS
from crm_bridge.demonstration import INHABITANTS, QUESTIONS
from crm_bridge.ports import Connector, CrmDown
from server.console import EXIT_FAULT, out, settings
from server.crm import crm_of
from server.crm_folder_cli import access, export
from server.database import is_missing, open_engine
from server.outbox_cli import again, refused
from server.runtime.credentials import load_secrets
from server.runtime.trouble import RuntimeTrouble
from server.settings import Settings

crm = typer.Typer(help="The CRM behind the bridge: look at it, make it ready.", no_args_is_help=True)
crm.command("access")(access)
crm.command("export")(export)
crm.command("refused")(refused)
crm.command("again")(again)
LOOK_UPS = 5
NOBODY = "+34910000000"
"""A number that is looked up for the time it takes: of nobody, so that nobody's folder is opened."""
ANSWER_MS = 100
"""What an answer may take (docs/connect-your-crm.md): a card asks twice in a row, and our own work is between them."""
LOOK_LIMIT_S = 60.0
"""A check looks at twenty thousand telephones at most; a CRM that needs longer for them is not well."""
KEEPING_LIMIT_S = 6 * 3600.0
"""The answers of half a million people, one after the other."""
T = TypeVar("T")


@crm.command("check")
def check() -> None:
    """Say what the CRM can and cannot do, whether it answers, how fast, and what in it wants somebody's eye."""
    faults = asyncio.run(_within(_check(settings())))
    raise typer.Exit(EXIT_FAULT if faults else 0)


@crm.command("prepare")
def prepare() -> None:
    """Make what the CRM must have for us and has not: fields, stages, a project. What is there stays as it is."""
    made = asyncio.run(_within(_prepare(settings())))
    for one in made:
        out.print(Text(f"made: {one}"))
    out.print("The CRM has what it must have." if made else "Nothing was lacking.")


@crm.command("demonstration")
def demonstration() -> None:
    """Put the demonstration's made-up citizens into a CRM that is only there to try things out."""
    wanted = settings()
    if not wanted.demonstration:
        raise RuntimeTrouble(
            "This is no demonstration (the setting `demonstration`): nobody made up goes into its CRM."
        )
    asyncio.run(_within(_furnish(wanted)))
    out.print(f"{len(INHABITANTS)} made-up citizens are in the CRM.")


@crm.command("answers")
def answers(
    file: Annotated[
        Path, typer.Argument(help="CSV with the columns document, question, answer.", exists=True)
    ],
) -> None:
    """Keep the answers of the identification protocol in the CRM, as keyed hashes; delete the file afterwards."""
    kept, unknown = asyncio.run(_within(_keep(settings(), read_answers(file)), KEEPING_LIMIT_S))
    out.print(f"Of {kept} people the answers are kept.")
    if unknown:
        out.print(f"{unknown} documents are of nobody in the CRM, or of several people.")
        raise typer.Exit(EXIT_FAULT)


def read_answers(file: Path) -> dict[str, dict[str, str]]:
    """Read document → question → digits. Raises RuntimeTrouble with the line that is not right, never what it says."""
    read = dict[str, dict[str, str]]()
    with file.open(encoding="utf-8-sig", newline="") as text:
        lines = csv.DictReader(text)
        if set(lines.fieldnames or ()) != {"document", "question", "answer"}:
            raise RuntimeTrouble(f"{file} must begin with the line: document,question,answer")
        for number, line in enumerate(lines, start=2):
            document, question, answer = (
                (line[name] or "").strip() for name in ("document", "question", "answer")
            )
            if question not in QUESTIONS or not (document and answer.isascii() and answer.isdigit()):
                known = ", ".join(QUESTIONS)
                raise RuntimeTrouble(
                    f"{file}, line {number}: a question is one of {known}; an answer is digits."
                )
            read.setdefault(document, {})[question] = answer
    return read


async def _keep(wanted: Settings, read: Mapping[str, Mapping[str, str]]) -> tuple[int, int]:
    """Hand everybody's answers over; how many people were found, and how many not."""
    async with _opened(wanted) as connector:
        if not isinstance(connector, Prepared):
            raise RuntimeTrouble(f"The connector {connector.name} has no way to keep answers.")
        done = [await connector.keep_answers(document, said) for document, said in read.items()]
    return sum(done), len(done) - sum(done)


async def _within(work: Awaitable[T], limit_s: float = LOOK_LIMIT_S) -> T:
    """Wait no longer than a check may take, and say what stands in the way in a sentence."""
    try:
        async with asyncio.timeout(limit_s):
            return await work
    except CrmDown as down:
        raise RuntimeTrouble(f"The CRM does not serve: {down}.") from down
    except TimeoutError as late:
        raise RuntimeTrouble(f"The CRM was not done after {limit_s:.0f} s.") from late


@asynccontextmanager
async def _opened(wanted: Settings) -> AsyncIterator[Connector]:
    connect = crm_of(wanted)
    if wanted.crm == "builtin" and is_missing(wanted.database):
        raise RuntimeTrouble(
            "The built-in CRM has no tables yet: `make run` makes them, or run `ventanilla db upgrade`."
        )
    bridge = logging.getLogger("ventanilla.crm_bridge")
    spoke = bridge.level
    bridge.setLevel(logging.CRITICAL)  # what it logs is said here in any case
    engine = open_engine(wanted.database)
    try:
        secret = load_secrets(wanted.runtime).register.encode()
        async with connect(engine, secret) as connector:
            yield connector
    finally:
        bridge.setLevel(spoke)
        await engine.dispose()


async def _check(wanted: Settings) -> bool:
    """Print what there is to say; whether something stops the CRM from serving."""
    async with _opened(wanted) as connector:
        for line in declared(connector):
            out.print(Text(line))
        found = await connector.examine() if isinstance(connector, Examined) else ()
        for one in found:
            out.print(Text(f"  {one.weight}: {one.what}" + (f"; {one.remedy}" if one.remedy else "")))
        if any(one.weight == "fault" for one in found):
            return True
        out.print(Text(spoken_of(await timed(connector))))
        return False


async def _prepare(wanted: Settings) -> tuple[str, ...]:
    async with _opened(wanted) as connector:
        return await connector.prepare() if isinstance(connector, Prepared) else ()


async def _furnish(wanted: Settings) -> None:
    async with _opened(wanted) as connector:
        if not isinstance(connector, Prepared):
            raise RuntimeTrouble(f"The connector {connector.name} has no way to put anybody in.")
        await connector.furnish(INHABITANTS)


def declared(connector: Connector) -> Iterator[str]:
    """Say what a connector declares, a line each: + what its CRM can do, - what not, and its limits."""
    abilities = abilities_of(connector)
    yield f"The CRM is {connector.name}."
    for name, there, meaning in told(abilities):
        yield f"  {'+' if there else '-'} {name}: {meaning}"
    for limit in abilities.limits:
        yield f"  limit: {limit}"


async def timed(connector: Connector, clock: Callable[[], float] = time.perf_counter) -> list[float]:
    """Look a telephone up a few times; give the milliseconds of each. Raises CrmDown."""
    took = []
    for _ in range(LOOK_UPS):
        began = clock()
        await connector.citizens_by_telephone(NOBODY)
        took.append((clock() - began) * 1000)
    return took


def spoken_of(took: list[float]) -> str:
    """Say how long look-ups took, beside what a card waits."""
    middle, most, card = statistics.median(took), max(took), LIMITS.card * 1000
    slow = "" if middle <= ANSWER_MS else "; that is too slow: cards will say that the CRM is slow"
    return (
        f"It answers: a look-up by telephone takes {middle:.0f} ms ({len(took)} times, {most:.0f} ms at most), "
        f"and a card waits {card:.0f} ms for two answers in a row{slow}."
    )
