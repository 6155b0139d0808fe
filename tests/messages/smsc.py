"""Somebody else's SMS centre as a process: npm smpp on Node, below `.runtime/`, as the committed lock file says."""

import asyncio
import fcntl
import json
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "smsc"
INSTALL_S = 180
ANSWERS_S = 20.0


def installed(runtime: Path) -> Path:
    """Install what the centre is made of, once for all; its script, beside its modules."""
    folder = runtime / "smsc"
    folder.mkdir(parents=True, exist_ok=True)
    with (runtime / ".smsc.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lacking = not (folder / "node_modules" / "smpp").is_dir()
        for name in ("package.json", "package-lock.json", "smsc.js"):
            old, new = folder / name, HERE / name
            if not old.exists() or old.read_bytes() != new.read_bytes():
                lacking = lacking or name != "smsc.js"
                shutil.copy(new, old)
        if lacking:
            words = [
                "npm",
                "ci",
                "--omit-lockfile-registry-resolved",
                "--no-fund",
                "--no-audit",
                "--ignore-scripts",
            ]
            subprocess.run(words, cwd=folder, check=True, capture_output=True, timeout=INSTALL_S)
    return folder / "smsc.js"


@dataclass
class Smsc:
    """A running centre: `told` is what happened there, as JSON objects, oldest first."""

    process: asyncio.subprocess.Process
    told: list[dict[str, Any]] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0

    async def behave(self, **wish: object) -> None:
        """Let it misbehave: see smsc.js."""
        before = len(self.of("behaves"))
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(wish).encode() + b"\n")
        await self.until(lambda: len(self.of("behaves")) > before)

    def of(self, what: str) -> list[dict[str, Any]]:
        return [one for one in self.told if what in one]

    @property
    def taken(self) -> list[dict[str, Any]]:
        """The submits that were accepted."""
        return [one for one in self.of("submit") if one["status"] == 0]

    async def until(self, so: Callable[[], object]) -> None:
        async with asyncio.timeout(ANSWERS_S):
            while not so():
                self._news.clear()
                await self._news.wait()

    async def listen(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.told.append(json.loads(line))
            self._news.set()


@asynccontextmanager
async def smsc(runtime: Path, port: int = 0) -> AsyncIterator[Smsc]:
    """Run a centre on loopback; its password is `secret`."""
    script = await asyncio.to_thread(installed, runtime)
    process = await asyncio.create_subprocess_exec(
        "node",
        script,
        str(port),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 20,
    )
    centre = Smsc(process)
    listening = asyncio.create_task(centre.listen(), name="smsc")
    try:
        await centre.until(lambda: centre.of("port"))
        centre.port = centre.of("port")[0]["port"]
        yield centre
    finally:
        process.terminate()
        await process.wait()
        await listening
