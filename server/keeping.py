"""How long this institution keeps recordings (`retention.toml`), and the run of every night that does as it says."""

from __future__ import annotations

import asyncio
import logging
import tomllib
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dialplans.institution import Institution
from recordings.adapters.vault.keeping import Keeper
from recordings.retention import ClockDoubted, Next, Plan, Term, Terms
from server.runtime.trouble import RuntimeTrouble

log = logging.getLogger("ventanilla.recordings")

FILE = "retention.toml"
LOOK_EVERY_S = 3_600.0  # a new day is noticed within an hour; a run that failed is made again
Years = Annotated[int, Field(ge=0, le=100)]


class _Term(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    active_years: Annotated[int, Field(ge=1, le=100)]
    blocked_years: Years


class _File(BaseModel):
    """`retention.toml`, whole."""

    model_config = ConfigDict(extra="forbid", strict=True)

    without: _Term
    acts: dict[str, _Term] = {}


def read_terms(folder: Path) -> Terms | None:
    """Read an institution's terms; None when it has none: then everything is kept. Raises RuntimeTrouble."""
    file = folder / FILE
    if not file.exists():
        return None
    try:
        said = _File.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise RuntimeTrouble(f"{FILE} is not TOML: {wrong}.") from wrong
    except ValidationError as wrong:
        first = wrong.errors()[0]
        raise RuntimeTrouble(f"{FILE}: {'.'.join(map(str, first['loc']))}: {first['msg']}.") from wrong
    return Terms(_term(said.without), {name: _term(term) for name, term in said.acts.items()})


def faults(folder: Path, institution: Institution | None) -> Iterator[str]:
    """Say what is wrong with an institution's terms, each with its remedy."""
    try:
        terms = read_terms(folder)
    except RuntimeTrouble as wrong:
        yield str(wrong)
        return
    if terms is None:
        yield f"There is no {FILE}: recordings are kept for ever. Say how long (docs/vault.md)."
        return
    for act in sorted(institution.acts.keys() - terms.acts.keys() if institution else ()):
        yield f"{FILE} does not say how long recordings of the act {act} are kept: add acts.{act}."


def _term(said: _Term) -> Term:
    return Term(said.active_years, said.blocked_years)


def _tell(plan: Plan) -> None:
    """Say in the log what a run did."""
    done = {one: len(plan.of(one)) for one in (Next.BLOCK, Next.DESTROY, Next.HELD)}
    if any(done.values()):
        log.info("recordings: %s blocked, %s destroyed, %s held", *done.values())
    if plan.strays:
        log.info("recordings: %s files without a recording were due", len(plan.strays))


class Nightly:
    """Carries out the terms, once a day. `run` must run as a task.

    `terms` reads the terms, and raises RuntimeTrouble; `mark`: the file that says on which day it last did, so that a
    server that is restarted tells nothing twice.
    """

    def __init__(
        self,
        keeper: Keeper,
        institution: Callable[[], Institution],
        terms: Callable[[], Terms | None],
        clock: Callable[[], float],
        mark: Path | None = None,
    ) -> None:
        self._keeper, self._institution = keeper, institution
        self._terms, self._clock, self._mark = terms, clock, mark
        self._done = ""
        self._failed_on: date | None = None

    async def run(self) -> None:
        """Look every hour whether today's run was made, for ever."""
        while True:
            await self.hour()
            await asyncio.sleep(LOOK_EVERY_S)

    async def hour(self) -> None:
        """Look once; a run that dies is told."""
        try:
            await self.look()
        except ClockDoubted as doubt:
            self._failed(f"{doubt}: look at the clock")
        except RuntimeTrouble as fault:
            self._failed(str(fault))
        except Exception as fault:  # noqa: BLE001 - a door: whatever stands in a row, calls go on
            self._failed(type(fault).__name__)

    def _failed(self, why: str) -> None:
        """Say that a run died: in the log each time, to those who watch once, and again when another night's does."""
        log.error("the terms of recordings were not carried out (%s); again in an hour", why)
        at = self._clock()
        if (today := self._day(at)) != self._failed_on:
            self._failed_on = today
            self._keeper.failed(why, at)

    def _day(self, at: float) -> date:
        return datetime.fromtimestamp(at, self._institution().time_zone).date()

    async def look(self) -> Plan | None:
        """Make today's run, unless it was made; give what it did. Without terms only what needs none."""
        at = self._clock()
        today = self._day(at)
        terms = await asyncio.to_thread(self._terms)
        if today.isoformat() in (self._done, await asyncio.to_thread(self._noted)):
            return None
        if terms is None:
            await self._keeper.finish(at)
            plan = None
        else:
            plan = await self._keeper.carry_out(await self._keeper.plan(terms, today), at)
        self._done = today.isoformat()
        await asyncio.to_thread(self._note)
        if plan is not None:
            _tell(plan)
        return plan

    def _noted(self) -> str:
        """Read on which day the last run was made; nothing when that is not known, and the run is made again."""
        try:
            return self._mark.read_text(encoding="ascii").strip() if self._mark else ""
        except (OSError, ValueError):
            return ""

    def _note(self) -> None:
        """Keep on which day a run was made; a file that cannot be written costs another run after a restart."""
        if self._mark is None:
            return
        try:
            self._mark.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            fresh = self._mark.with_name(f".{self._mark.name}.new")
            fresh.write_text(f"{self._done}\n", encoding="ascii")
            fresh.replace(self._mark)
        except OSError as fault:
            log.error("when the terms were carried out could not be noted: %s", fault.strerror)
