"""Screen-pop beside a real Tryton and a real Odoo 19: well, over a line that takes two seconds, stopped, and dead.

They are those of the tests (tests/crm_bridge/real), each with the demonstration's citizens and one open request of the
caller's. A hundred cards are four hundred questions a second, more than either answers: so besides, the rate is raised
until a card says something else than "ok".
"""

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from benchmarks.crm_pops import RATE, SLOW_S, Pops, Run, pops
from crm_bridge.demonstration import MARIA
from crm_bridge.ports import Connector, CrmDown
from crm_bridge.requests import reference
from crm_bridge.writes import Open
from tests.crm_bridge.conftest import NOON
from tests.crm_bridge.foreign import odoo_connector, odoo_opened, tryton_connector, tryton_opened
from tests.crm_bridge.real import odoo, tryton
from tests.crm_bridge.real.environment import REPOSITORY
from tests.crm_bridge.real.process import Served

RUNTIME = REPOSITORY / ".runtime"
RATES = (2.0, 5.0, 10.0, 20.0, 40.0, 80.0)
"""At which it is asked whether every card says "ok", until one does not."""
AGAIN_WELL_S, SETTLED_LIMIT_S = 0.25, 120.0
"""A CRM that was asked too much has caught up when it answers so quickly, or something is wrong with it."""
OWN = Open(
    reference(2026, 999_000), "ventanilla-1795345100.1", MARIA.citizen.id, "pension", "telephone", 3, 1, NOON
)

Opened = Callable[[dict[str, str]], AbstractAsyncContextManager[Connector]]


@dataclass
class Real:
    """A CRM that serves: how the connector is opened to it, with which options, its process, how long its line is."""

    kind: str
    options: dict[str, str]
    opened: Opened
    pid: int
    line_s: float = 0.0


def _tryton(life: ExitStack, folder: Path) -> tuple[Served, AbstractAsyncContextManager[Connector], Opened]:
    there = tryton.Settled(RUNTIME, folder)
    process = life.enter_context(there.serving())
    served = Served(there.options, there.lesser, process.pid)
    return served, tryton_connector(served), tryton_opened


def _odoo(life: ExitStack, folder: Path) -> tuple[Served, AbstractAsyncContextManager[Connector], Opened]:
    there = life.enter_context(odoo.a_settled_odoo(RUNTIME, folder))
    process = life.enter_context(there.serving())
    served = Served(there.options, there.lesser, process.pid)
    return served, odoo_connector(served), odoo_opened


KINDS = {"tryton": _tryton, "odoo": _odoo}


def is_there(kind: str) -> bool:
    """Whether it is set up: Tryton sets itself up in a minute, Odoo is fetched by `make odoo`."""
    return kind == "tryton" or (RUNTIME / "crm-odoo" / "template.of").is_file()


@asynccontextmanager
async def serving(kind: str, folder: Path) -> AsyncIterator[Real]:
    """Run one, furnished, with the caller's open request in it."""
    with ExitStack() as life:
        served, furnished, opened = await asyncio.to_thread(KINDS[kind], life, folder)
        async with furnished as crm:
            await crm.write("of the caller", OWN)
        try:
            yield Real(kind, dict(served.lesser), opened, served.pid)
        finally:
            _signal(served.pid, signal.SIGCONT)  # what is stopped cannot end
            await asyncio.to_thread(life.close)


def _signal(pid: int, sent: signal.Signals) -> None:
    try:
        os.kill(pid, sent)
    except ProcessLookupError:
        return  # it is dead already


@asynccontextmanager
async def far_away(real: Real) -> AsyncIterator[Real]:
    """The same over a line that takes SLOW_S."""
    there = urlsplit(real.options["url"])
    words = ("-m", "benchmarks.crm_delay", str(there.port), str(SLOW_S))
    line = await asyncio.create_subprocess_exec(sys.executable, *words, stdout=PIPE)
    assert line.stdout is not None
    port = int(await line.stdout.readline())
    try:
        yield replace(real, options={**real.options, "url": f"http://127.0.0.1:{port}"}, line_s=SLOW_S)
    finally:
        line.kill()
        await line.communicate()


async def all_pops(kind: str, seconds: float) -> list[Pops]:
    """Measure one in every state, the dead one last."""
    done = list[Pops]()
    with TemporaryDirectory() as folder:
        async with serving(kind, Path(folder)) as real:
            for rate in RATES:
                done.append(
                    await measured(real, Run(f"{kind}, {rate:.0f} a second", rate, seconds, drained=True))
                )
                if not all_well(done[-1]):
                    break
            done.append(await measured(real, Run(f"{kind}, well", RATE, seconds, drained=True)))
            async with far_away(real) as far:
                done.append(await measured(far, Run(f"{kind}, slow (2 s)", RATE, seconds)))
                done.append(
                    await measured(far, Run(f"{kind}, slow, looked ahead", RATE, seconds, ahead=True))
                )
            done.append(await measured(real, Run(f"{kind}, stopped", RATE, seconds), signal.SIGSTOP))
            _signal(real.pid, signal.SIGCONT)
            done.append(await measured(real, Run(f"{kind}, dead", RATE, seconds), signal.SIGKILL))
    return done


async def measured(real: Real, run: Run, sent: signal.Signals | None = None) -> Pops:
    """Measure it once it is well and the connector knows its way; `sent`: what happens to it then."""
    async with real.opened(real.options) as crm:
        await _settled(crm, AGAIN_WELL_S + 4 * real.line_s)  # signing in, the layout, the question
        if sent is not None:
            os.kill(real.pid, sent)
        with TemporaryDirectory() as folder:
            return await pops(run, Path(folder), crm)


async def _settled(crm: Connector, quick_s: float) -> None:
    """Wait until a CRM that was asked too much answers as quickly as it does: twice in a row within the time."""
    until, well = time.monotonic() + SETTLED_LIMIT_S, 0
    while well < 2:
        if time.monotonic() > until:
            raise RuntimeError("the CRM did not come back to itself")
        began = time.monotonic()
        try:
            await crm.citizen(MARIA.citizen.id)
        except CrmDown:
            await asyncio.sleep(1)
            continue
        well = well + 1 if time.monotonic() - began < quick_s else 0


def all_well(one: Pops) -> bool:
    """Whether every card said "ok", had all of it, and was in time."""
    return one.crm.keys() == {"ok"} and one.whole == len(one.ways) and not one.late and not one.missing


def keeps_up(found: Iterable[Pops]) -> str:
    """Say up to which of the rates every card was well."""
    rates = [one for one in found if one.name.endswith(" a second")]
    best = [one.name for one in rates if all_well(one)]
    return f"every card well up to: {best[-1] if best else 'none of the rates'}"
