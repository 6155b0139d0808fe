"""Agents hold, ask colleagues, meet and hand on, on a real Asterisk: who hears whom is proven from the sound."""

from pathlib import Path

import pytest

from server.probe.catalogue import Catalogue
from tests.calls.centre import Centre
from tests.calls.steering import talking

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(240)]


async def test_an_agent_asks_a_colleague_while_the_caller_hears_music_and_gives_them_the_caller(
    centre: Centre, catalogue: Catalogue, tmp_path: Path
) -> None:
    async with talking(centre, catalogue, tmp_path, "+34911009001") as floor:
        await floor.ask("ana", "consult", agent="jordi")
        await floor.hear_each_other("ana", "jordi")
        await floor.hears_no_voice("caller")
        await floor.ask("ana", "legs/complete")
        await floor.hear_each_other("caller", "jordi")
        await floor.state("ana", "wrap_up")
        assert floor.talk("ana") is None
        assert not floor.caller.dropped
        await floor.telephones["jordi"].hang_up()
        await floor.state("jordi", "wrap_up")
        call = floor.call
    (kept,) = await centre.until("SELECT path FROM recordings_recordings WHERE call = :call", call=call)
    assert kept["path"]
