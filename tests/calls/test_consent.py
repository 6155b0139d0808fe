"""Consent in a real call: held by the machine, then by agents, through hold and a transfer; and found in the sound."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from server.probe.catalogue import Catalogue
from tests.calls.agreeing import ACT, DETAIL, open_episode, with_agents
from tests.calls.centre import Centre
from tests.calls.convincing import convinces_strangers
from tests.calls.marked import lost_ms, stretches_of, turns, unwritten_ms
from tests.calls.pieces import stands_at
from tests.calls.sealed import sealed_sound
from tests.calls.steering import RATE, audible
from tests.calls.test_services import ears  # noqa: F401 (a fixture)

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(400)]
Sound = NDArray[np.int16]
Tell = Callable[[str, object], None]
JOIN_MS = 40.0
NEAR_JOIN_S = 1.0
AGENTS = ("ana", ["jordi"]), ("jordi", ["ana"])
AWAY_S = 1.0
"""Who is not recorded for so long was not there; every stage of the talk lasts longer."""
EDGE_MS = 600
STAGE_S = 1.5
"""How long every stage of the talk lasts, so that it is heard for what it is."""
NEAR_MS = 400
"""How far what is heard may stand from where the row says: a buffer of Asterisk's, and the ear's own step."""


async def test_a_citizen_agrees_with_the_machine_and_then_with_agents_through_hold_and_transfer(  # noqa: PLR0915 - one call, from the first word to its proof
    centre: Centre,
    ears: Catalogue,  # noqa: F811 (as above)
    tmp_path: Path,
    runtime_root: Path,
    record_property: Tell,
) -> None:
    async with with_agents(centre, ears, tmp_path, "+34654321987") as floor:
        await floor.ask("ana", "consent", act=ACT, detail=DETAIL)
        episode = await open_episode(centre, floor.call)
        early = await floor.desks["ana"].ask("consent/accepted", {"episode": episode})
        assert early.json()["error"]["reason"] == "consent_not_read"
        await asyncio.sleep(STAGE_S)
        await floor.ask("ana", "legs/hold")
        await floor.hears_no_voice("caller")
        await asyncio.sleep(STAGE_S)
        held = await floor.desks["ana"].ask("consent/read", {"episode": episode})
        assert held.json()["error"]["reason"] == "caller_does_not_hear"
        await floor.ask("ana", "legs/resume")
        await floor.hear_each_other("caller", "ana")
        await asyncio.sleep(STAGE_S)
        await floor.ask("ana", "consent/read", episode=episode)
        await floor.ask("ana", "consult", agent="jordi")
        await floor.hear_each_other("ana", "jordi")
        await floor.hears_no_voice("caller")
        await asyncio.sleep(STAGE_S)
        await floor.ask("ana", "legs/meet")
        await floor.hear_each_other("caller", "ana", "jordi")
        await asyncio.sleep(STAGE_S)
        await floor.ask("ana", "legs/complete")
        await floor.hear_each_other("caller", "jordi")
        not_mine = await floor.desks["ana"].ask("consent/accepted", {"episode": episode})
        assert not_mine.status_code == 409
        await floor.ask("jordi", "consent/accepted", episode=episode)
        await asyncio.sleep(1)
        await floor.telephones["jordi"].hang_up()
        call = floor.call
    rows = await centre.rows(
        "SELECT * FROM recordings_episodes WHERE call = :call ORDER BY began_ms", call=call
    )
    machine, agents = rows
    assert [row["outcome"] for row in rows] == ["accepted", "accepted"]
    assert (machine["act"], machine["asked_by"], machine["answer"]) == ("address", "machine", "key:1")
    assert (agents["act"], agents["asked_by"], agents["answer"]) == (ACT, "ana", "voice")
    assert agents["heard_by"] == "jordi"
    assert agents["text"].endswith(DETAIL)
    assert {(row["citizen"], row["level"]) for row in rows} == {("demo-jose", 2)}
    sound = await sealed_sound(centre, call)
    statement = next(one for one in ears.prompts if (one.key, one.language) == ("consent.address", "es"))
    off = stands_at(sound[:, 1], statement.samples) - machine["statement_from_ms"]
    record_property("ms between the statement in the sound and where its row says", round(off))
    longer = await longer_than_the_clock(centre, call)
    record_property("ms by which the sound is longer than the clock says", round(longer))
    assert abs(off) < NEAR_MS + abs(longer)
    answer = sound[ms(agents["answer_from_ms"]) : ms(agents["answer_to_ms"])].astype(float)
    assert "caller" in audible(answer[-RATE:, 0])
    assert "jordi" in audible(answer[-RATE:, 1])
    record_property("s of nothing but 0 while the code was keyed", await muted_for(centre, call, sound))
    whole_through_the_joins(sound, record_property)
    vcon = await convinces_strangers(centre, call, tmp_path, runtime_root)
    agreed = [one["body"] for one in vcon["attachments"] if one["purpose"] == "consent"]
    assert [(one["act"], one["asked_by"], one["outcome"]) for one in agreed] == [
        ("address", "machine", "accepted"),
        (ACT, "ana", "accepted"),
    ]


def whole_through_the_joins(sound: Sound, record_property: Tell) -> None:
    """The caller on the left without a break; on the right who was with them in turn. By the sound's own marks.

    What a busy machine brought late stands later and is there; only what is in the recording nowhere is lost.
    """
    ana, jordi = (turns(stretches_of(sound[:, 1], *one), AWAY_S) for one in AGENTS)
    assert len(ana) == 3, f"before the hold, after it, and in the conference: {ana}"
    assert len(jordi) == 1, f"from the conference to the end, without a break: {jordi}"
    joins = [edge / RATE for turn in (*ana, *jordi) for edge in (turn[0].begin, turn[-1].end)]
    caller = stretches_of(sound[:, 0], "caller")
    assert turns(caller, AWAY_S) == [caller], "all the time"

    def at_joins(found: list[tuple[float, float]]) -> float:
        near = (ms for at, ms in found if min(abs(at - join) for join in joins) < NEAR_JOIN_S)
        return max(near, default=0.0)

    for name, turn in (("caller", caller), ("jordi", jordi[0]), *(("ana", turn) for turn in ana)):
        lost = lost_ms(turn)
        record_property(f"ms lost of {name} at a join, at most", round(at_joins(lost)))
        record_property(f"ms lost of {name} anywhere, at most", round(max((ms for _, ms in lost), default=0)))
        record_property(
            f"ms {name} came later at the end", round((turn[-1].late - turn[0].late) * 1000 / RATE)
        )
        assert at_joins(lost) <= JOIN_MS
    unwritten = at_joins(unwritten_ms(sound[: jordi[0][-1].end, 1], caller))
    record_property("ms in which nothing was written on the right at a join, at most", round(unwritten))
    assert unwritten <= JOIN_MS


async def muted_for(centre: Centre, call: str, sound: Sound) -> float:
    """The gap is two marks, and what lies between them is 0 on both sides; give its seconds."""
    marks = await centre.rows(
        "SELECT kind, offset_ms FROM recordings_marks WHERE call = :call AND kind IN ('muted', 'unmuted')"
        " ORDER BY offset_ms",
        call=call,
    )
    assert [row["kind"] for row in marks] == ["muted", "unmuted"]
    muted_ms = marks[1]["offset_ms"] - marks[0]["offset_ms"]
    assert muted_ms > 1_000
    silent = stretches_of_nought(sound)
    assert max(silent) > muted_ms - EDGE_MS
    return float(round(max(silent) / 1000, 1))


def stretches_of_nought(sound: Sound) -> list[float]:
    """How long, in milliseconds, nothing but 0 stands on both sides, every time."""
    nought = (np.abs(sound.astype(int)).max(axis=1) == 0).astype(int)
    edges = np.flatnonzero(np.diff(np.r_[0, nought, 0]))
    return [float(end - begin) * 1000 / RATE for begin, end in zip(edges[::2], edges[1::2], strict=True)]


async def longer_than_the_clock(centre: Centre, call: str) -> float:
    """By how many milliseconds a recording is longer than its call: on a machine that starves, Asterisk adds sound."""
    (row,) = await centre.rows(
        "SELECT duration_ms, begun_at, ended_at FROM recordings_recordings WHERE call = :call", call=call
    )
    return float(row["duration_ms"] - (row["ended_at"] - row["begun_at"]) * 1000)


def ms(offset: int) -> int:
    return offset * RATE // 1000
