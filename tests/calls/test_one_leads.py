"""Two servers on one database: the second one says who leads and ends; calls go on with the first."""

import asyncio
import os
import re
import sys
from dataclasses import replace

import pytest

from server.runtime.ports import free_ports
from tests.calls.centre import Centre, environment

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(180)]


async def test_a_second_server_says_who_leads_and_ends(centre: Centre) -> None:
    own = free_ports()
    ports = replace(centre.settings.ports, agi=own.agi, web=own.web)
    settings = centre.settings.model_copy(update={"ports": ports})
    second = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server.cli", "serve"),
        env={**os.environ, **environment(settings)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said = (await second.communicate())[0].decode()
    assert second.returncode == 1, said
    words = " ".join(said.split())
    assert re.search(
        r"Another server leads this database already \(process \d+ on \S+\): stop that one first", words
    )
    assert "Traceback" not in said
    assert centre.server.pid() is not None
