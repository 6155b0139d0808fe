"""Agents hold, ask colleagues, meet and hand on, on a real Asterisk: who hears whom is proven from the sound."""

import json
from pathlib import Path

import pytest

from server.probe.catalogue import Catalogue
from tests.calls.centre import Centre
from tests.calls.steering import supervisor, talking

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


async def test_a_supervisor_listens_whispers_joins_and_takes_over_and_every_use_is_on_record(
    centre: Centre, catalogue: Catalogue, tmp_path: Path
) -> None:
    async with talking(centre, catalogue, tmp_path, "+34911009002") as floor, supervisor(centre) as pilar:
        await pilar.ask("spy", agent="ana", how="listen")
        await pilar.hears("caller", "ana")
        await floor.hear_each_other("caller", "ana")
        await pilar.ask("spy", agent="ana", how="whisper")
        await floor.until(lambda: floor.hears("ana") == {"caller", "pilar"}, "ana is whispered to")
        assert floor.hears("caller") == {"ana"}
        await pilar.ask("spy", agent="ana", how="join")
        await floor.until(lambda: floor.hears("caller") == {"ana", "pilar"}, "the caller hears both")
        await pilar.ask("take-over", agent="ana")
        await floor.until(lambda: floor.hears("caller") == {"pilar"}, "the caller hears the supervisor")
        await pilar.hears("caller")
        await floor.state("ana", "wrap_up")
        assert not floor.caller.dropped
        rows = await centre.rows(
            "SELECT body FROM server_facts WHERE type = 'CallSupervised' AND call = :call ORDER BY id",
            call=floor.call,
        )
        assert [json.loads(row["body"])["how"] for row in rows] == ["listen", "whisper", "join", "take_over"]
        assert {json.loads(row["body"])["by"] for row in rows} == {"pilar"}
