"""The process that signs, as the server starts it: what it makes holds, and it dies when the server does."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from recordings.adapters.evidence.keys import Keys, trusted
from recordings.adapters.evidence.sealing import SealingProcess
from recordings.evidence import jws, stamps
from recordings.evidence.notes import Checkpoint, opened
from recordings.evidence.stamps import BadStamp
from server.runtime.processes import lives
from tests.recordings.evidence.conftest import OWNER
from tests.recordings.evidence.house import ORIGIN

GONE_S = 10.0


async def test_it_signs_stamps_and_checks_and_comes_back_when_it_was_killed(keys: Keys) -> None:
    folder = keys.trust_folder.parent
    seals = SealingProcess(folder, ORIGIN, OWNER)
    try:
        written, print_ = await seals.vcon({"uuid": "some", "vcon": "0.4.0"})
        jws.check(jws.read(written))
        assert jws.read(written).protected["x5t#S256"] == print_
        note = await seals.head(Checkpoint(ORIGIN, 1, b"\x00" * 32).text)
        assert opened(note, trusted(keys.trust_folder).logs).text.startswith(ORIGIN)
        reply = await seals.stamp(stamps.request(written))
        assert abs((await seals.checked(reply, written)).at - time.time()) < 60
        with pytest.raises(BadStamp):
            await seals.checked(reply, written + b"x")
        (process,) = seals._pool._processes.values()
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        with pytest.raises(BrokenProcessPool):
            await seals.head("x\n")
        assert (await seals.head(Checkpoint(ORIGIN, 2, b"\x00" * 32).text)).startswith(ORIGIN)
    finally:
        await seals.close()


SERVER = """
import asyncio, sys
from pathlib import Path
from recordings.adapters.evidence.sealing import SealingProcess

async def serve():
    seals = SealingProcess(Path(sys.argv[1]), "log.example/x", "INSS")
    await seals.head("log.example/x\\n1\\nAAAA\\n")
    (process,) = seals._pool._processes.values()
    print(process.pid, flush=True)
    await asyncio.sleep(600)

if __name__ == "__main__":
    asyncio.run(serve())
"""


def test_it_dies_with_a_server_that_is_killed(keys: Keys, tmp_path: Path) -> None:
    script = tmp_path / "server_to_kill.py"
    script.write_text(SERVER)
    with subprocess.Popen(
        [sys.executable, str(script), str(keys.trust_folder.parent)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    ) as server:
        assert server.stdout is not None
        sealing = int(server.stdout.readline())
        assert lives(sealing)
        server.kill()
    until = time.monotonic() + GONE_S
    while lives(sealing):
        assert time.monotonic() < until
        time.sleep(0.1)
