"""From an agent who becomes free to the INVITE of the next caller: our router beside app_queue.

`python -m benchmarks.ring [--quick] [--json FILE]`. Eight minutes, quick under three.

On one Asterisk, with the same agents' telephones and in turns: the real server (`ventanilla serve`, SQLite, cards,
facts, recordings), once with agents who have no page open and once with pages that say at once that the card stands
there; and app_queue, with its own `retry` of 5 seconds and with 1, the least it takes. Four agents talk for a second
(half a one to one and a half) and hang up; twelve callers wait or talk, so that somebody always waits. Wrap-up is 0.

The figure: from the agent's BYE to the next INVITE at that agent's telephone (loopback UDP, the kernel's stamp). So it
is seen from the SIP side and knows nothing of either router. Of ours it is taken apart by the facts that the server
keeps: until the conversation is over for us, until the next agent is reserved, and until the INVITE; the last has the
card, which must be sent (and with a page shown) before the telephone rings, and Asterisk's own Dial.

A real page draws its card in some 50 ms, which is ours by design and not in these figures; the page here says at once
that it has, so what is seen is what the question costs.

Beside it: events of the manager interface for each call, as our mask asks for them and without any, with agents of
no skill and of eight, who stand in as many queues of app_queue.
"""

import argparse
import asyncio
import itertools
import json
import os
import platform
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import uvloop
from rich.console import Console

from benchmarks.machine import Foreign, before_others, process_cpu
from benchmarks.ring_agents import Listener, Page, Phone, keep_calling
from benchmarks.ring_centre import EVERYTHING, MASKED, Centre, opened, people
from benchmarks.ring_tables import (
    EVENTS,
    RINGS,
    Found,
    Way,
    events_table,
    p,
    parts_of,
    parts_table,
    ring_table,
    together_table,
)
from benchmarks.words_telephone import Exchange

OUT: Final = Path(".runtime/bench/ring.json")
AGENTS, CALLERS = 8, 12
GOAL_MS, GOAL_EVENTS = 50.0, 0.3
SETTLE_S: Final = 4.0
"""Until everybody waits, and before that until the last window's calls are gone."""


class Bench:
    """The centre with all who call and answer."""

    def __init__(self, centre: Centre, phones: Sequence[Phone]) -> None:
        self.centre, self.phones = centre, phones
        ports = centre.settings.ports
        site = f"http://127.0.0.1:{ports.web}"
        self.pages = {phone.agent: Page(site, phone.agent) for phone in phones}
        self.masked = Listener(ports.ami, MASKED, centre.manager_secret)
        self.everything = Listener(ports.ami, EVERYTHING, centre.manager_secret)
        self.names = itertools.count()

    async def open(self, stack: AsyncExitStack) -> None:
        """Bring telephones, pages and listeners up."""
        for phone in self.phones:
            phone.open(self.centre.settings.ports.sip)
            stack.callback(phone.close)
        for page in self.pages.values():
            await page.sign_in()
            stack.push_async_callback(page.close)
        group = await stack.enter_async_context(asyncio.TaskGroup())
        for listener in (self.masked, self.everything):
            listening = group.create_task(listener.listen(), name="manager interface")
            stack.callback(listening.cancel)
        self.exchange = await stack.enter_async_context(Exchange(self.centre.settings.ports.sip))

    async def window(self, way: Way, seconds: float, found: Found) -> None:
        """Let callers come for so long; figures count once everybody waits."""
        phones = self.phones[AGENTS // 2 :] if way.trained else self.phones[: AGENTS // 2]
        await self._sign_in(way, phones)
        calling = [
            asyncio.create_task(keep_calling(self.exchange, way.number, self.names), name="caller")
            for _ in range(CALLERS)
        ]
        await asyncio.sleep(SETTLE_S)
        for phone in phones:
            phone.waits.clear()
        before, foreign = self._counted(phones), Foreign()
        foreign.start()
        cpu = self._cpu()
        await asyncio.sleep(seconds)
        after = self._counted(phones)
        found.foreign.append(foreign.share(self._cpu() - cpu))
        found.waits += [(left, rang, phone.agent) for phone in phones for left, rang in phone.waits]
        found.served += after[0] - before[0]
        found.masked += after[1] - before[1]
        found.everything += after[2] - before[2]
        for caller in calling:
            caller.cancel()
        await asyncio.gather(*calling, return_exceptions=True)
        await self._sign_out(way, phones)
        for phone in self.phones:
            phone.hung_up_at = 0.0

    def _counted(self, phones: Sequence[Phone]) -> tuple[int, int, int]:
        return sum(phone.served for phone in phones), self.masked.events, self.everything.events

    def _cpu(self) -> float:
        return time.process_time() + sum(process_cpu(pid) for pid in self.centre.pids.values())

    async def _sign_in(self, way: Way, phones: Sequence[Phone]) -> None:
        for phone in phones if way.ours else ():
            page = self.pages[phone.agent]
            await page.move("sign-in", address="telephone")
            await page.move("ready")
            if way.pages:
                await page.open_page()

    async def _sign_out(self, way: Way, phones: Sequence[Phone]) -> None:
        await asyncio.sleep(SETTLE_S / 2)
        for phone in phones if way.ours else ():
            await self.pages[phone.agent].close_page()
            await self.pages[phone.agent].move("sign-out")


async def measure(
    centre: Centre, phones: Sequence[Phone], rounds: int, seconds: float, console: Console
) -> dict[str, Found]:
    """Run all windows, the ways in turn, the other way round in every second round."""
    found = {way.name: Found() for way in (*RINGS, *EVENTS)}
    async with AsyncExitStack() as stack:
        bench = Bench(centre, phones)
        await bench.open(stack)
        for turn in range(rounds):
            for way in RINGS if turn % 2 == 0 else RINGS[::-1]:
                await bench.window(way, seconds * way.weight, found[way.name])
                console.print(f"  [dim]{way.name:<20} others' CPU {found[way.name].foreign[-1]:4.0%}[/]")
        for way in EVENTS:
            await bench.window(way, seconds / 2, found[way.name])
    return found


def main() -> None:
    """Run everything and say how long free agents waited for a call."""
    parser = argparse.ArgumentParser(description="From a free agent to the INVITE, beside app_queue")
    parser.add_argument("--quick", action="store_true", help="under three minutes, for a first look")
    parser.add_argument("--json", type=Path, default=OUT, help=f"where the figures go (default {OUT})")
    wish = parser.parse_args()
    console, began = Console(width=140), time.monotonic()
    rounds, seconds = (1, 12.0) if wish.quick else (3, 20.0)
    before_others()
    phones = [Phone(person.name) for person in people(AGENTS)]
    contacts = {phone.agent: phone.port for phone in phones}
    with (
        tempfile.TemporaryDirectory(prefix="ventanilla-ring-") as folder,
        opened(Path(folder), contacts) as centre,
    ):
        console.print(f"The centre stands after {time.monotonic() - began:.0f} s.")
        found = uvloop.run(measure(centre, phones, rounds, seconds, console))
        facts = asyncio.run(centre.facts())
    tables = (ring_table(found), together_table(found), parts_table(found, facts), events_table(found))
    for table in tables:
        console.print(table)
    _verdict(found, console)
    _write(wish.json, found, facts, time.monotonic() - began)
    console.print(f"{time.monotonic() - began:.0f} s. All figures: {wish.json}")


def _verdict(found: dict[str, Found], console: Console) -> None:
    for way in RINGS[:2]:
        most = p([rang - left for left, rang, _ in found[way.name].waits], 0.99)
        console.print(
            f"{way.name}: p99 {most:.0f} ms, goal {GOAL_MS:.0f}: {'met' if most <= GOAL_MS else 'MISSED'}"
        )
    ours = found[RINGS[0].name]
    share = ours.masked / max(1, ours.everything)
    console.print(
        f"events: {share:.3f} of the unmasked, goal {GOAL_EVENTS}: {'met' if share <= GOAL_EVENTS else 'MISSED'}"
    )


def _write(
    file: Path, found: dict[str, Found], facts: Sequence[tuple[str, str, str, float]], took: float
) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    whole: dict[str, Any] = {
        "at": time.time(),
        "python": platform.python_version(),
        "machine": platform.platform(),
        "cores": os.cpu_count(),
        "load_average": os.getloadavg(),
        "seconds": took,
        "found": {name: asdict(one) for name, one in found.items()},
        "parts": {way.name: parts_of(found[way.name].waits, facts) for way in RINGS if way.ours},
    }
    file.write_text(json.dumps(whole, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
