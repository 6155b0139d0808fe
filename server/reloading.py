"""Reading again while calls go on, asked from the command line: the running server judges, and says its verdict.

The command leaves its question in the runtime folder and sends SIGHUP; the server answers in a file beside it. It asks
twice: *look* (is it sound, with the code this server runs?), then, the new prompts being in place, *take* (serve what
was looked at). A refusal at either changes nothing that callers hear. *people* only reads the agents again; *explain*
changes nothing at all, and asks why a call waits.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import secrets
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Literal, NamedTuple

from dialplans.faults import FlowError
from server.flows import Flows
from server.runtime.credentials import write_private
from server.runtime.processes import lives
from server.runtime.trouble import RuntimeTrouble

log = logging.getLogger("ventanilla.flows")

ANSWER_S = 60.0
"""How long the command waits for the server's word: it reads six languages, beside its calls."""
LOOK_S = 0.1

Question = Literal["look", "take", "people", "explain"]


class Verdict(NamedTuple):
    """What the server said: `faults` for which it refuses; `later`, what changes only with a restart."""

    faults: tuple[str, ...]
    later: tuple[str, ...] = ()


class Reloading:
    """The server's side. `people` reads the agents again; it is asked when something is taken.

    `explain` says why a call in line is not served yet.
    """

    def __init__(
        self,
        runtime: Path,
        flows: Flows,
        people: Callable[[], Awaitable[None]],
        explain: Callable[[str], tuple[str, ...]] = lambda _call: (),
    ) -> None:
        self._runtime, self._flows, self._people, self._explain = runtime, flows, people, explain
        self._one = asyncio.Lock()
        self._answering = set[asyncio.Task[None]]()

    def asked(self) -> None:
        """Answer what stands in the runtime folder; a bare SIGHUP looks and takes. Belongs to the loop's thread."""
        task = asyncio.create_task(self._answer(), name="reload")
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _answer(self) -> None:
        async with self._one:
            name, question, call = _read(self._runtime)
            try:
                faults = self._explain(call) if question == "explain" else await self._judged(question)
            except (
                Exception
            ):  # a door: whatever is in those files, the calls go on and somebody waits for a word
                log.exception("the reload failed, what was served goes on")
                faults = ("The server could not read them; its log says why.",)
            later = self._flows.left_out() if question == "take" and not faults else ()
            write_private(_answer(self._runtime), json.dumps({"id": name, "faults": faults, "later": later}))

    async def _judged(self, question: Question | None) -> tuple[str, ...]:
        if question in {None, "look"}:
            try:
                await asyncio.to_thread(self._flows.look)
            except (FlowError, OSError) as unsound:
                log.error("the new flows are refused, the old ones go on:\n%s", unsound)
                return tuple(str(unsound).splitlines())
        if question != "look":
            await self._people()
        if question in {None, "take"}:
            self._flows.take()
            log.info("the flows were read again; calls in progress finish on those they began with")
        return ()


def ask(
    runtime: Path, server: int, question: Question, limit_s: float = ANSWER_S, *, call: str = ""
) -> tuple[str, ...]:
    """Ask the running server (its process id); the faults for which it refuses. Raises RuntimeTrouble.

    *explain* is about a call, and what comes back are the reasons why it waits; nothing when it does not.
    """
    return verdict(runtime, server, question, limit_s, call=call).faults


def verdict(
    runtime: Path, server: int, question: Question, limit_s: float = ANSWER_S, *, call: str = ""
) -> Verdict:
    """Ask as `ask` does; gives all that the server said."""
    name = secrets.token_hex(8)
    write_private(_question(runtime), json.dumps({"id": name, "do": question, "call": call}))
    os.kill(server, signal.SIGHUP)
    until = time.monotonic() + limit_s
    while time.monotonic() < until:
        match _loaded(_answer(runtime)):
            case {"id": id_, "faults": list(faults), **more} if id_ == name:
                _question(runtime).unlink(missing_ok=True)
                later = more.get("later")
                return Verdict(_words(faults), _words(later if isinstance(later, list) else []))
        if not lives(server):
            raise RuntimeTrouble("The server ended before it answered; its log says why.")
        time.sleep(LOOK_S)
    raise RuntimeTrouble(
        f"The server has not answered for {limit_s:.0f} s: what it serves now is not known; see its log."
    )


def _words(listed: list[object]) -> tuple[str, ...]:
    return tuple(map(str, listed))


def _read(runtime: Path) -> tuple[str, Question | None, str]:
    asked = _loaded(_question(runtime))
    match asked:
        case {"id": str(name), "do": "look" | "take" | "people" | "explain" as question}:
            return name, question, str(asked.get("call", ""))
    return "", None, ""


def _loaded(file: Path) -> dict[str, object]:
    try:
        read = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def _question(runtime: Path) -> Path:
    return runtime / "reload.asked.json"


def _answer(runtime: Path) -> Path:
    return runtime / "reload.answered.json"
