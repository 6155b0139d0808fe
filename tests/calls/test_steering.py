"""Agents hold, ask colleagues, meet and hand on, on a real Asterisk: who hears whom is proven from the sound."""

import asyncio
import io
import json
from pathlib import Path

import pytest
import soundfile

from server.probe.catalogue import Catalogue
from tests.calls.centre import Centre
from tests.calls.conftest import OpenCentre
from tests.calls.steering import RATE, TO_A_PERSON, WITHIN_S, audible, loud, supervisor, talking
from tests.telephones import citizens

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(240)]

RECONCILED_S = 12.0  # so long the books have to agree with Asterisk: several looks
TALKED_S = 3.0  # so that whole seconds of the recording hold nobody else


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
        await asyncio.sleep(TALKED_S)
        await floor.caller.call.line.hang_up()
        await floor.until(lambda: floor.talk("jordi") is None, "jordi's telephone is let go", within=10)
        await floor.state("jordi", "wrap_up")
        call = floor.call
    await centre.until(
        "SELECT path FROM recordings_recordings WHERE call = :call AND state = 'sealed'", call=call, within=60
    )
    sound, _ = soundfile.read(io.BytesIO(await centre.sealed(call)), dtype="int16")
    caller, agents = sound[:, 0].astype(float), sound[:, 1].astype(float)
    seconds = [slice(at, at + RATE) for at in range(0, len(sound) - RATE, RATE)]
    heard = [audible(agents[second]) for second in seconds]
    assert {"ana"} in heard
    assert heard.index(frozenset({"ana"})) < max(at for at, one in enumerate(heard) if one == {"jordi"})
    assert not any({"ana", "jordi"} <= one for one in heard), (
        "what agents say to one another is on no recording"
    )
    assert {"caller"} in [audible(caller[second]) for second in seconds[-3:]]
    marks = await centre.rows(
        "SELECT kind FROM recordings_marks WHERE call = :call ORDER BY offset_ms", call=call
    )
    assert {row["kind"] for row in marks} >= {"held", "back", "handed"}


@pytest.mark.slow
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


@pytest.mark.slow
async def test_hold_back_meeting_and_a_hand_over_that_nobody_is_asked_about(
    centre: Centre, catalogue: Catalogue, tmp_path: Path
) -> None:
    async with talking(centre, catalogue, tmp_path, "+34911009003") as floor:
        await floor.ask("ana", "legs/hold")
        await floor.hears_no_voice("caller")
        await floor.hears_no_voice("ana")
        await floor.ask("ana", "legs/resume")
        await floor.hear_each_other("caller", "ana")
        await floor.ask("ana", "consult", agent="jordi")
        await floor.hear_each_other("ana", "jordi")
        await floor.ask("ana", "legs/back")
        await floor.hear_each_other("caller", "ana")
        await floor.state("jordi", "wrap_up")
        await floor.ask("ana", "consult", agent="luis")
        await floor.hear_each_other("ana", "luis")
        await floor.ask("ana", "legs/meet")
        await floor.hear_each_other("caller", "ana", "luis")
        await floor.ask("ana", "legs/complete")
        await floor.hear_each_other("caller", "luis")
        await floor.state("ana", "wrap_up")
        await floor.desks["jordi"].ask("finish", {"outcome": "resolved", "notes": ""})
        await floor.ask("luis", "hand", agent="jordi")
        await floor.hear_each_other("caller", "jordi")
        await floor.state("luis", "wrap_up")
        assert not floor.caller.dropped
        await floor.telephones["jordi"].hang_up()
        await floor.state("jordi", "wrap_up")


@pytest.mark.slow
async def test_an_agent_whose_caller_hangs_up_after_a_hold_is_let_go_and_gets_the_next_call_whole(
    open_centre: OpenCentre, catalogue: Catalogue, tmp_path: Path
) -> None:
    centre = await asyncio.to_thread(open_centre, wrap_up_seconds=1)
    async with talking(centre, catalogue, tmp_path, "+34911009007") as floor:
        await floor.ask("ana", "legs/hold")
        await floor.hears_no_voice("caller")
        await floor.ask("ana", "legs/resume")
        await floor.hear_each_other("caller", "ana")
        for name in ("jordi", "luis"):
            await floor.ask(name, "pause", reason="rest")
        await floor.caller.call.line.hang_up()
        await floor.until(lambda: floor.talk("ana") is None, "ana's telephone is let go", within=10)
        await floor.state("ana", "ready")
        async with citizens(
            ["+34911009008"], "901166565", centre.sip, steps=TO_A_PERSON, catalogue=catalogue
        ):
            await floor.telephones["ana"].answered(2, within=WITHIN_S)
            await asyncio.sleep(RECONCILED_S)
            assert floor.talk("ana") is not None
            await floor.state("ana", "talking")
    assert await centre.rows("SELECT body FROM server_facts WHERE type IN ('Repaired', 'RangOut')") == []


@pytest.mark.slow
async def test_an_agent_who_hangs_up_in_a_consultation_has_given_the_caller_to_the_colleague(
    centre: Centre, catalogue: Catalogue, tmp_path: Path
) -> None:
    async with talking(centre, catalogue, tmp_path, "+34911009004") as floor:
        await floor.ask("ana", "consult", agent="jordi")
        await floor.hear_each_other("ana", "jordi")
        await floor.telephones["ana"].hang_up()
        await floor.hear_each_other("caller", "jordi")
        await floor.state("ana", "wrap_up")


@pytest.mark.slow
async def test_an_agent_who_hangs_up_on_a_held_caller_lets_them_wait_in_line_again(
    centre: Centre, catalogue: Catalogue, tmp_path: Path
) -> None:
    async with talking(centre, catalogue, tmp_path, "+34911009005") as floor:
        await floor.ask("ana", "legs/hold")
        await floor.hears_no_voice("caller")
        await floor.telephones["ana"].hang_up()
        await floor.until(lambda: floor.hears("caller") & {"jordi", "luis"}, "the caller has another agent")
        await floor.state("ana", "wrap_up")
        assert not floor.caller.dropped


@pytest.mark.slow
async def test_the_server_is_killed_in_a_consultation_and_nobody_is_left_in_silence(
    open_centre: OpenCentre, catalogue: Catalogue, tmp_path: Path
) -> None:
    centre = await asyncio.to_thread(open_centre, lost_pause=1, lost_attempts=60)
    async with talking(centre, catalogue, tmp_path, "+34911009006") as floor:
        await floor.ask("ana", "consult", agent="jordi")
        await floor.hear_each_other("ana", "jordi")
        await asyncio.to_thread(centre.kill)
        await floor.until(lambda: loud(floor.caller.call.tape.pcm), "the caller hears music")
        await floor.hear_each_other("ana", "jordi")
        await asyncio.to_thread(centre.start)
        await floor.hear_each_other("ana", "jordi")
        await floor.until(lambda: loud(floor.caller.call.tape.pcm), "the caller still hears music")
        assert not floor.caller.dropped
        await floor.sign_in_again("ana")
        await floor.ask("ana", "legs/complete")
        await floor.hear_each_other("caller", "jordi")
