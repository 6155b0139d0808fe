"""The switchboard as a process of its own, to be killed: `python -m tests.queues.killable '{"agi": …}'`.

It prints the name of every fact as it is said, and does what it is told on its standard input: `sign_in ana`.
"""

import asyncio
import contextlib
import json
import sys
from types import SimpleNamespace
from typing import cast

from server.database import open_engine
from tests.conftest import RunningAsterisk
from tests.queues.switchboard import Switchboard


def say(words: str) -> None:
    """Say a line to whoever reads."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


class Speaking(list[object]):
    """The facts that were said, each on a line as well."""

    def append(self, fact: object) -> None:
        say(f"{type(fact).__name__} {getattr(fact, 'state', '')}")
        super().append(fact)


async def serve(where: dict[str, str]) -> None:
    """Serve until killed."""
    ports = SimpleNamespace(agi=int(where["agi"]), ami=int(where["ami"]))
    asterisk = SimpleNamespace(
        site=SimpleNamespace(ports=ports), secrets=SimpleNamespace(ami=where["secret"])
    )
    board = Switchboard(cast("RunningAsterisk", asterisk), open_engine(where["database"]))
    board.said = Speaking()
    await board.begin()
    say("serves")
    while words := (await asyncio.to_thread(sys.stdin.readline)).split():
        with contextlib.suppress(Exception):  # what cannot be done is seen by the test that asked
            await getattr(board.floor, words[0])(words[1])


if __name__ == "__main__":
    asyncio.run(serve(json.loads(sys.argv[1])))
