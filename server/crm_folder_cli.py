"""`ventanilla crm access` and `crm export`: who may see what, and a person's folder written out for them."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge import access as matrix
from crm_bridge.abilities import Sparing
from crm_bridge.adapters.folders import Folders
from crm_bridge.adapters.ledger import Ledger
from crm_bridge.citizens import Citizen, document
from crm_bridge.export import Viewed, exported
from crm_bridge.facts import FolderExported
from crm_bridge.ports import Connector, CrmDown, OddAnswer
from crm_bridge.unwritten import copied, theirs
from dialplans.institution import Institution
from server.console import out, settings
from server.copies import kept_of
from server.crm import crm_of
from server.export_page import Words, page
from server.facts_store import facts
from server.flows import load
from server.on_file import on_file
from server.runtime.credentials import load_secrets
from server.runtime.trouble import RuntimeTrouble
from server.topics import written

PRIVATE = 0o600


def access() -> None:
    """Print who sees what, by post and proven level, out of the code that decides it (docs/requests.md)."""
    out.print(matrix.printed(), highlight=False, soft_wrap=True, markup=False)


def export(
    person: Annotated[str, typer.Argument(metavar="DOCUMENT", help="DNI or NIE of whose folder it is.")],
    reason: Annotated[str, typer.Option(help="Why: it stands in the record.")],
    by: Annotated[str, typer.Option(help="Who asks for it: it stands in the record.")],
    second: Annotated[str, typer.Option(help="Who agreed, for a protected person's folder.")] = "",
    to: Annotated[Path, typer.Option(help="Folder to write into.")] = Path(),
) -> None:
    """Write out everything of a person for that person, as JSON and as a page to read. The export is on record."""
    known = document(person)
    if known is None:
        raise typer.BadParameter("this is no DNI or NIE: its check letter is wrong")
    wanted = settings()
    institution = load(wanted.institution_folder)
    secret = load_secrets(wanted.runtime).register.encode()
    connect = crm_of(wanted)

    async def work(engine: AsyncEngine) -> tuple[str, dict[str, Any]]:
        async with connect(engine, secret) as crm:
            try:
                return await whole_of(engine, crm, institution, known, Why(reason, by, second))
            except OddAnswer as odd:
                raise RuntimeTrouble(f"This copy would not be whole, and was not written: {odd}.") from odd
            except CrmDown as down:
                raise RuntimeTrouble("The CRM does not answer; nothing was written.") from down

    language, folder = on_file(wanted.database, work)
    files = write(folder, institution, language, known, to)
    out.print(f"Written: {' and '.join(str(one) for one in files)}", highlight=False)


class Why:
    """On whose word a folder is exported, and why; `second` agreed, where the person is protected."""

    def __init__(self, reason: str, by: str, second: str = "") -> None:
        self.reason, self.by, self.second = reason.strip(), by.strip(), second.strip()

    def demand(self, citizen: Citizen) -> None:
        """Refuse what would stand in the record without a reason, or without its second person."""
        if not (self.reason and self.by):
            raise RuntimeTrouble("An export says who asks for it and why: --by and --reason.")
        if citizen.protected and self.second in {"", self.by}:
            raise RuntimeTrouble("This person is protected: a second person must agree, named with --second.")


async def whole_of(
    engine: AsyncEngine, crm: Connector, institution: Institution, known: str, why: Why
) -> tuple[str, dict[str, Any]]:
    """Read everything of the person with this document: language and folder. On record before it is given."""
    citizen = await crm.citizen_by_document(known)
    if citizen is None:
        raise RuntimeTrouble("The CRM knows nobody with this document.")
    why.demand(citizen)
    at = time.time()
    said = f"{why.reason} (second: {why.second})" if citizen.protected else why.reason
    await _on_record(engine, FolderExported(None, why.by, citizen.id, said, at))
    crm = crm.unsparing() if isinstance(crm, Sparing) else crm  # a copy is whole, or there is none
    # Before the CRM is asked: what it takes meanwhile is in both.
    unwritten = await Ledger(engine).unwritten()
    requests, contacts = await Folders(crm, lambda _: None, time.time).everything(citizen.id)
    cases, views = await crm.cases(citizen.id), await _views(engine, citizen.id)
    zone = institution.time_zone
    folder = exported(citizen, requests, contacts, cases, views, at, zone)
    own = theirs(citizen.id, {one.request.reference for one in requests}, unwritten)
    waiting = {"unwritten": [copied(one, zone) for one in own]}
    return citizen.language, {**folder, **waiting, **await kept_of(engine, citizen.id, zone)}


async def _on_record(engine: AsyncEngine, fact: FolderExported) -> None:
    row = written(fact) or {}
    async with engine.begin() as connection:
        await connection.execute(insert(facts), [row])


async def _views(engine: AsyncEngine, person: str) -> list[Viewed]:
    """Give every look into this person's folder that the record knows of."""
    query = select(facts.c.body).where(facts.c.type == "FolderViewed").order_by(facts.c.id)
    async with engine.connect() as connection:
        said = [json.loads(row.body) for row in await connection.execute(query)]
    return [Viewed(one["at"], one["role"], one["level"]) for one in said if one["person"] == person]


def write(
    folder: dict[str, Any], institution: Institution, language: str, known: str, to: Path
) -> tuple[Path, Path]:
    """Write both files, for our own user only."""
    to.mkdir(parents=True, exist_ok=True)
    subjects = {name: one.about for name, one in institution.subjects.items()}
    kinds = {name: one.about for name, one in institution.catalogue.kinds.items()}
    words = Words(language, subjects, kinds)
    made = to / f"{known}.json", to / f"{known}.html"
    texts = json.dumps(folder, ensure_ascii=False, indent=2) + "\n", page(folder, institution.name, words)
    for file, text in zip(made, texts, strict=True):
        file.touch(PRIVATE)
        file.chmod(PRIVATE)
        file.write_text(text, encoding="utf-8")
    return made
