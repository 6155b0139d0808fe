"""A smallest possible server beside a real Asterisk: each call waits for a person and is put through."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from queues.adapters.floor import Floor
from queues.adapters.house import Customs, ManagerLine, Queues
from queues.adapters.tables import metadata
from queues.agents import Agent, State
from queues.limits import Limits
from queues.ports import Reservation
from tests.conftest import RunningAsterisk
from tests.databases import opened
from tests.queues.fakes import Form

PEOPLE = (
    Agent("ana", "Ana", 1, {"es": 5}),
    Agent("jordi", "Jordi", 1, {"es": 4, "ca": 5}),
    Agent("marta", "Marta", 2, {"es": 5}, {"pension": 5}),
)
HASTY = Limits(reconcile_every_s=1.0, lease_s=7.0, wrap_up_s=600.0)
LONGEST = 30.0


async def until(so: Callable[[], object], what: str, *, within: float = LONGEST) -> None:
    """Wait until something is so; the message names what never was."""
    deadline = asyncio.get_running_loop().time() + within
    while not so():
        assert asyncio.get_running_loop().time() < deadline, f"never happened: {what}"
        await asyncio.sleep(0.02)


class Switchboard:
    """Answers FastAGI on the instance's port; every call waits for a person with the same simple wish."""

    def __init__(
        self, asterisk: RunningAsterisk, engine: AsyncEngine, *, ami: int = 0, limits: Limits = HASTY
    ) -> None:
        """`ami`: a port before the manager interface, 0 for its own."""
        self.asterisk, self._engine, self._limits = asterisk, engine, limits
        self._ami = ami or asterisk.site.ports.ami
        self.said: list[object] = []
        self.calls: list[str] = []
        self.results: list[str] = []
        self.next_level: dict[str, int] = {}
        self.mute = self.loses_words = False
        self.way: Callable[[str], tuple[str, str]] = lambda endpoint: (endpoint, "")
        self._sessions: set[asyncio.Task[None]] = set()

    async def begin(self) -> None:
        """Start the server; what the database remembers is taken up."""
        site, secrets = self.asterisk.site, self.asterisk.secrets
        line = ManagerLine("127.0.0.1", self._ami, "ventanilla", secrets.ami)
        self.queues = Queues(self._engine, self.said.append, line, Customs(limits=self._limits))
        await self.queues.open(PEOPLE)
        self._door = await asyncio.start_server(self.serve, "127.0.0.1", site.ports.agi)
        await until(lambda: self.queues.ami.connected, "the AMI connection")

    async def stop(self, *, sign_out: bool = False) -> None:
        """Stop the server, its sessions first as a kill would."""
        self._door.close()
        self.drop_sessions()
        for person in PEOPLE if sign_out else ():
            if self.state(person.name) is not State.SIGNED_OUT:
                await self.floor.sign_out(person.name)
        await self.queues.close()

    @property
    def floor(self) -> Floor:
        return self.queues.floor

    @property
    def sip(self) -> str:
        return f"127.0.0.1:{self.asterisk.site.ports.sip}"

    def kinds(self) -> list[str]:
        return [type(said).__name__ for said in self.said]

    def state(self, agent: str) -> State:
        return self.floor.state(agent).state

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._sessions.add(task)
        with suppress(ConnectionError, EOFError, asyncio.CancelledError):
            await self._session(reader, writer)
        self._sessions.discard(task)
        writer.close()

    def drop_sessions(self) -> None:
        """What a killed server does to its sessions."""
        for session in self._sessions:
            session.cancel()

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def send(command: str) -> str:
            writer.write(command.encode() + b"\n")
            answer = (await reader.readuntil()).decode().strip()
            if answer == "HANGUP":
                raise EOFError
            return answer

        greeting = (await reader.readuntil(b"\n\n")).decode()
        call = next(line[14:] for line in greeting.splitlines() if line.startswith("agi_uniqueid: "))
        self.calls.append(call)
        try:
            await self._converse(call, send, reader)
        except (EOFError, ConnectionError):  # HANGUP, or an Asterisk that is no more
            if not self.loses_words:
                self.floor.left(call)

    async def _converse(
        self, call: str, send: Callable[[str], Awaitable[str]], reader: asyncio.StreamReader
    ) -> None:
        await send("ANSWER")
        await send("SET VARIABLE VT_WAITING yes")
        level: int | None = 1
        while level is not None:
            reservation = await self._reserved(Form(call, level=level), reader)
            if self.mute:
                await asyncio.Event().wait()  # a session that never says what became of its reservation
            endpoint, options = self.way(reservation.endpoint)
            await send(f'EXEC Dial "PJSIP/{endpoint},5,g{options}"')
            result = (await send("GET VARIABLE DIALSTATUS")).partition("(")[2].rstrip(")")
            self.results.append(result)
            if result == "ANSWER":
                if not self.loses_words:
                    self.floor.ended(call)
                level = self.next_level.pop(call, None)
            else:
                self.floor.rang_out(call)
        await send("SET VARIABLE VT_DONE yes")

    async def _reserved(self, form: Form, reader: asyncio.StreamReader) -> Reservation:
        """Wait for an agent, and hear meanwhile if the caller hangs up (EOFError)."""
        waiting = asyncio.create_task(self.floor.wait(form), name=form.call)
        leaving = asyncio.create_task(reader.readline(), name=f"{form.call}: may leave")
        try:
            await asyncio.wait({waiting, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done():
                raise EOFError
            return waiting.result()
        finally:
            waiting.cancel()
            leaving.cancel()
            await asyncio.gather(waiting, leaving, return_exceptions=True)


@asynccontextmanager
async def switchboard(asterisk: RunningAsterisk, folder: Path, *, ami: int = 0) -> AsyncIterator[Switchboard]:
    """The room and a FastAGI peer on a real Asterisk, with a database of its own."""
    async with opened("sqlite", folder, metadata) as engine:
        board = Switchboard(asterisk, engine, ami=ami)
        await board.begin()
        try:
            yield board
        finally:
            await board.stop(sign_out=True)
