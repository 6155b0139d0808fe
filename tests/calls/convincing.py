"""What a call leaves, exported as an operator does it, and shown to people who have none of our software."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.calls.centre import Centre, environment
from tests.recordings.evidence.outsiders import convinced

STAMPED_S = 90.0
"""How long evidence may take: the seal some seconds, its signature two, and a head is published every minute."""
COMMAND_S = 120
HOLDS = (0, 3)
"""With reservations, too: on a machine that starves a recording lacks a second, and its vCon says so."""
WHY = ("--by", "pilar", "--reason", "a stranger checks it")


async def convinces_strangers(centre: Centre, call: str, folder: Path, runtime: Path) -> dict[str, Any]:
    """Export a call's package with the command line; openssl, JOSE libraries, Go and a schema check it. Its vCon."""
    await centre.until(
        "SELECT e.id FROM recordings_evidence e JOIN recordings_log_heads h ON h.size > e.leaf"
        " WHERE e.call = :call AND e.stamped_at IS NOT NULL"
        " AND EXISTS (SELECT 1 FROM recordings_stamps s WHERE s.subject = 'head:' || h.size)",
        call=call,
        within=STAMPED_S,
    )
    package = folder / "call.asice"
    for words in (("export", call, *WHY, "--to", str(package)), ("verify", str(package))):
        done = await asyncio.to_thread(evidence, centre, *words)
        assert done.returncode in HOLDS, done.stdout + done.stderr
    done = await asyncio.to_thread(evidence, centre, "reconcile")
    assert call not in done.stdout, done.stdout
    return await asyncio.to_thread(convinced, package, runtime)


def evidence(centre: Centre, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `ventanilla evidence` for this centre."""
    return subprocess.run(
        [sys.executable, "-m", "server.cli", "evidence", *words],
        env={**os.environ, **environment(centre.settings)},
        capture_output=True,
        text=True,
        check=False,
        timeout=COMMAND_S,
    )
