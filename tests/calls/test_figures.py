"""Calls on a real Asterisk, and what the figures say of them: the same as Asterisk's own records, to the last call."""

import asyncio
import csv
import io
import time
from contextlib import AsyncExitStack

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from server.probe.catalogue import Catalogue
from server.runtime.site import Places
from tests.calls.centre import Centre
from tests.calls.conftest import OpenCentre
from tests.calls.test_flows import ventanilla
from tests.calls.test_survival import (
    TO_A_MENU,
    TO_A_PERSON,
    TO_THE_MENU,
    TO_THE_QUEUE,
    calls,
    numbers,
    telephone,
)
from tests.server.figures.queue_log_reader import Reader

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(500)]

TALK_S = 3.0
ENDED = "SELECT count(*) AS n FROM server_facts WHERE type = 'CallEnded' HAVING count(*) >= :number"


@pytest.fixture(scope="module")
def counted(open_centre: OpenCentre) -> Centre:
    """A centre of its own, whose every call is known."""
    return open_centre()


async def figures(centre: Centre, *words: str) -> tuple[int, str]:
    done = await asyncio.to_thread(ventanilla, centre, "figures", *words)
    return done.returncode, done.stdout + done.stderr


async def sheet(centre: Centre, *words: str) -> list[dict[str, str]]:
    code, written = await figures(centre, *words, "--csv", "-")
    assert code == 0, written
    return [*csv.DictReader(io.StringIO(written))]


async def test_every_call_is_in_the_figures_as_asterisk_has_it(counted: Centre, catalogue: Catalogue) -> None:
    async with AsyncExitStack() as stack:
        ana = await telephone(stack, counted, "ana")
        first, second = await calls(stack, counted, catalogue, numbers(60, 2), TO_A_PERSON)
        talk = await ana.answered(within=TO_THE_QUEUE)
        await asyncio.sleep(TALK_S)
        (menus,) = await calls(stack, counted, catalogue, numbers(62, 1), TO_A_MENU)
        await talk.line.hang_up()  # the agent ends the first talk, whose caller goes on to the survey
        desk = await counted.desk("ana")
        stack.push_async_callback(desk.client.aclose)
        await counted.until("SELECT 1 FROM queues_agent_states WHERE agent = 'ana' AND state = 'wrap_up'")
        finished = await desk.ask("finish", {"outcome": "informed", "notes": ""})
        assert finished.status_code < 300, finished.text
        talk = await ana.answered(2, within=TO_THE_QUEUE)
        (waits,) = await calls(stack, counted, catalogue, numbers(63, 1), TO_A_PERSON)
        await counted.until("SELECT 1 FROM queues_places WHERE agent IS NULL", within=TO_THE_QUEUE)
        await menus.hears("menu.main", within=TO_THE_MENU)
        for caller in (
            first,
            second,
            menus,
            waits,
        ):  # the second talk ends with its caller, the last one gives up
            await caller.call.line.hang_up()
        await counted.until(ENDED, number=4)
        await asyncio.sleep(1)  # the last facts are written in groups
    (line,) = await sheet(counted)
    told = {name: line[name] for name in ("calls", "offered", "answered", "abandoned", "waiting", "blocked")}
    assert told == {
        "calls": "4", "offered": "3", "answered": "2", "abandoned": "1", "waiting": "0", "blocked": "0",
    }  # fmt: skip
    assert float(line["talk_s"]) > TALK_S / 2
    by_agent = {row["agent"]: row["answered"] for row in await sheet(counted, "--by", "agent")}
    assert by_agent["ana"] == "2"
    code, said = await figures(counted, "reconcile")
    assert code == 0, said
    assert "4 calls, 0 differences" in said


async def test_prometheus_is_told_of_the_same_calls(counted: Centre) -> None:
    async with httpx.AsyncClient(base_url=counted.page) as client:
        text = (await client.get("/metrics")).text
    families = text_string_to_metric_families(text)
    told = {one.name: one.value for family in families for one in family.samples if not one.labels}
    assert told["ventanilla_calls_arrived_total"] == 4
    assert told["ventanilla_answer_seconds_count"] == 2
    assert told["ventanilla_reservations_total"] >= 2
    assert told["ventanilla_ami_connected"] == 1
    assert told["ventanilla_ami_latency_seconds"] > 0
    assert told["ventanilla_database_write_seconds_count"] > 0


async def test_the_queue_log_tells_the_same_calls(counted: Centre) -> None:
    code, written = await figures(counted, "queue-log")
    assert code == 0, written
    events = [line.split("|")[4] for line in written.splitlines()]
    Reader().read(written)
    assert events.count("ENTERQUEUE") == 3
    assert [events.count(one) for one in ("CONNECT", "COMPLETEAGENT", "COMPLETECALLER", "ABANDON")] == [
        2,
        1,
        1,
        1,
    ]


def earlier(line: str, seconds: float) -> str:
    """Write a line of Asterisk's as if it had happened earlier."""
    kind, at, *rest = next(csv.reader([line]))
    return ",".join(f'"{word}"' for word in (kind, f"{float(at) - seconds:.6f}", *rest))


async def test_every_difference_is_named(counted: Centre) -> None:
    """Damage both books, and see each call named: one we never heard of, one Asterisk forgot, a talk too long."""
    talks = await counted.rows("SELECT call FROM server_facts WHERE type = 'TalkEnded' ORDER BY id")
    (gone,) = await counted.rows(
        "SELECT call FROM server_facts WHERE type = 'CallEnded' AND call NOT IN "
        "(SELECT call FROM server_facts WHERE type = 'CallerWaiting')"
    )
    records = Places(counted.settings.runtime).logs
    events = records / "cel-custom" / "events.csv"
    kept = events.read_text("utf-8")
    moved = [
        earlier(line, 5.0) if "BRIDGE_ENTER" in line and talks[0]["call"] in line else line
        for line in kept.splitlines()
        if gone["call"] not in line
    ]
    moved.append(
        f'"CHAN_END","{time.time()}","v-{int(time.time())}.99","v-{int(time.time())}.99","PJSIP/trunk-9"'
    )
    events.write_text("\n".join(moved) + "\n", "utf-8")
    calls_csv = records / "cdr-custom" / "calls.csv"
    calls_kept = calls_csv.read_text("utf-8")
    calls_csv.write_text(
        "".join(line for line in calls_kept.splitlines(keepends=True) if gone["call"] not in line), "utf-8"
    )
    try:
        code, said = await figures(counted, "reconcile")
    finally:
        events.write_text(kept, "utf-8")
        calls_csv.write_text(calls_kept, "utf-8")
    assert code == 1
    assert f"{gone['call']}: missing_in_asterisk" in said
    assert "99: missing_with_us" in said
    assert f"{talks[0]['call']}: talk: we have" in said
    assert "3 differences" in said


@pytest.mark.slow
async def test_asterisk_goes_on_in_a_new_file_when_its_log_is_put_away(
    counted: Centre, catalogue: Catalogue
) -> None:
    logs = Places(counted.settings.runtime).logs
    files = (logs / "cel-custom" / "events.csv", logs / "cdr-custom" / "calls.csv")
    for file in files:
        file.rename(file.with_name(f"{file.stem}-2100-01-01.csv"))
    async with AsyncExitStack() as stack:
        (caller,) = await calls(stack, counted, catalogue, numbers(64, 1), TO_A_MENU)
        await caller.hears("menu.main", within=TO_THE_MENU)
        await caller.call.line.hang_up()
        await counted.until(ENDED, number=5)
        await asyncio.sleep(1)
    assert all(file.exists() for file in files)
    code, said = await figures(counted, "reconcile")
    assert code == 0, said
    assert "5 calls, 0 differences" in said


@pytest.mark.slow
async def test_a_server_killed_in_a_talk_has_its_figures_again(
    open_centre: OpenCentre, catalogue: Catalogue
) -> None:
    centre = await asyncio.to_thread(open_centre, lost_pause=2, lost_attempts=30)
    async with AsyncExitStack() as stack:
        ana = await telephone(stack, centre, "ana")
        (talks,) = await calls(stack, centre, catalogue, numbers(70, 1), TO_A_PERSON)
        talk = await ana.answered(within=TO_THE_QUEUE)
        (waits,) = await calls(stack, centre, catalogue, numbers(71, 1), TO_A_PERSON)
        await centre.until("SELECT 1 FROM queues_places WHERE agent IS NULL", within=TO_THE_QUEUE)
        await asyncio.to_thread(centre.kill)
        await waits.call.line.hang_up()  # nobody of ours sees who gave up
        await asyncio.to_thread(centre.start)
        await asyncio.sleep(TALK_S)
        await talk.line.hang_up()
        await talks.call.line.hang_up()
        await centre.until(ENDED, number=2, within=150)
        await asyncio.sleep(1)
    (line,) = await sheet(centre)
    told = {name: line[name] for name in ("calls", "offered", "answered", "abandoned", "waiting")}
    assert told == {"calls": "2", "offered": "2", "answered": "1", "abandoned": "1", "waiting": "0"}
    code, said = await figures(centre, "reconcile")
    assert code == 0, said
