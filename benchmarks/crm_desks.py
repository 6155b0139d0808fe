"""Desks without screens: WebSockets that answer a card as the page does, and say at the end when each came.

Sessions come as one line of JSON; a line comes back when all desks are open; another line ends it.
"""

import asyncio
import json
import sys
import time
from typing import Any

import uvloop
import websockets

Arrivals = list[dict[str, Any]]


def _is_whole(card: dict[str, Any]) -> bool:
    """Whether it says who it is and what they have open: cases, or requests in a CRM that keeps no cases."""
    return bool(card["who"] and (card["cases"] or card["open_requests"]))


async def desk(address: str, session: str, ready: asyncio.Semaphore, arrivals: Arrivals) -> None:
    place = address.replace("http", "ws") + "/desk/updates"
    headers = {"Cookie": f"ventanilla={session}", "Origin": address}
    async with websockets.connect(place, additional_headers=headers) as line:
        await line.recv()
        ready.release()
        async for text in line:
            arrived, message = time.time(), json.loads(text)
            if message["type"] == "card":
                shown = {"type": "card_shown", "call": message["call"], "shown_at": arrived}
                await line.send(json.dumps(shown))
                arrivals.append(
                    {
                        "call": message["call"],
                        "reserved_at": message["reserved_at"],
                        "arrived": arrived,
                        "crm": message["card"]["crm"],
                        "whole": _is_whole(message["card"]),
                    }
                )


async def main() -> None:
    sessions = json.loads(sys.stdin.readline())
    ready, arrivals = asyncio.Semaphore(0), Arrivals()
    tasks = [asyncio.create_task(desk(sys.argv[1], one, ready, arrivals)) for one in sessions]
    for _ in tasks:
        await ready.acquire()
    sys.stdout.write("open\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)
    for task in tasks:
        task.cancel()
    sys.stdout.write(json.dumps(arrivals))


if __name__ == "__main__":
    uvloop.run(main())
