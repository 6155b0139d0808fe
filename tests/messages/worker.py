"""A server's post as a process of its own, to be killed: `python -m tests.messages.worker <database url> <port>`."""

import asyncio
import sys
import time

from sqlalchemy.ext.asyncio import create_async_engine

from messages.adapters.postman import Postman
from messages.adapters.sendings import Sendings
from messages.adapters.smpp import Centre, SmppChannel
from messages.pace import Pace
from tests.messages.post import SEAL


async def work(url: str, port: int) -> None:
    engine = create_async_engine(url)
    channel = SmppChannel(Centre("127.0.0.1", port, "ventanilla", "secret", "", "SegSocial"))
    ways = {"sms": (channel, Pace(100.0))}
    await Postman(Sendings(engine, time.time, SEAL), ways, lambda _: None, time.time, lambda _: None).run()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], int(sys.argv[2])))
