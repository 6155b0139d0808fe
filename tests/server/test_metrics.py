"""Prometheus reads over HTTP what the centre does, and nobody reads it from elsewhere."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert

import crm_bridge.adapters.tables
import messages.adapters.tables
from ivr.facts import CallArrived
from queues.adapters.floor import Floor
from queues.facts import RangOut, Repaired, TalkStarted
from server import facts_store
from server.bus import Bus
from server.database import open_engine
from server.facts_store import FactsStore
from server.metrics import Metrics, Parts
from server.mqtt import Broker, MqttSpeaker
from tests.queues.fakes import Form, MemoryStore, PaperAsterisk, call
from tests.web.house import SUBJECTS, FakeDesk, FakePage, FakeWall
from tests.web.serve import free_port
from tests.web.writing import FakeTexts
from web.adapters.accounts import Accounts
from web.adapters.serving import serving
from web.app import create_app
from web.house import House
from web.settings import WebSettings

TOKEN = "a token that only Prometheus has"
NUMBER = "+34600111222"
TABLES = (facts_store.metadata, crm_bridge.adapters.tables.metadata, messages.adapters.tables.metadata)


class Page:
    """A served page of metrics with a real floor behind it."""

    def __init__(self, url: str, floor: Floor, bus: Bus, metrics: Metrics, store: FactsStore) -> None:
        self.url, self.floor, self.bus, self.metrics, self.store = url, floor, bus, metrics, store

    async def read(self, **headers: str) -> httpx.Response:
        async with httpx.AsyncClient(base_url=self.url) as client:
            return await client.get("/metrics", headers={k.replace("_", "-"): v for k, v in headers.items()})

    async def samples(self) -> dict[tuple[str, tuple[str, ...]], float]:
        answer = await self.read()
        assert answer.status_code == 200
        families = text_string_to_metric_families(answer.text)
        return {
            (one.name, tuple(value for _, value in sorted(one.labels.items()))): one.value
            for family in families
            for one in family.samples
        }


@asynccontextmanager
async def served(folder: Path, token: str = "") -> AsyncIterator[Page]:
    engine = open_engine(f"sqlite+aiosqlite:///{folder / 'metrics.sqlite3'}")
    async with engine.begin() as connection:
        for tables in TABLES:
            await connection.run_sync(tables.create_all)
    bus, store = Bus(), FactsStore(engine)
    floor = await Floor(MemoryStore(), bus.publish).open()
    floor.asterisk = PaperAsterisk()
    speaker = MqttSpeaker(Broker("127.0.0.1", 9, None, None), "inss")
    names = {subject.name for subject in SUBJECTS}
    metrics = Metrics(engine, Parts(floor, store, speaker, bus, lambda: 3, lambda: names))
    for hearer in (store.hear, metrics.hear):
        bus.hear(hearer)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    house = House(
        desk=FakeDesk(time.time(), ""),
        wall=FakeWall({}),
        page=FakePage(""),
        text=FakeTexts(),
        accounts=Accounts(engine),
        subjects=tuple,
        settings=WebSettings((url,), metrics_token=token),
        access=bus.publish,
        metrics=metrics.exposition,
    )
    async with serving(create_app(house), "127.0.0.1", port):
        yield Page(url, floor, bus, metrics, store)
    await floor.close()
    await engine.dispose()


async def test_prometheus_reads_what_the_centre_does(tmp_path: Path) -> None:
    async with served(tmp_path) as page:
        await page.floor.sign_in("ana")
        waits = asyncio.create_task(page.floor.wait(Form(call(1), "imv", "ca", 2)))
        strange = asyncio.create_task(page.floor.wait(Form(call(2), "no subject of ours", "es", 2)))
        await asyncio.sleep(0)
        for fact in (
            CallArrived(call(1), "901166565", "general", NUMBER, "es", None, 1.0),
            TalkStarted(call(3), "ana", 42.0, 2.0),
            RangOut(call(3), "ana", 2.0),
            Repaired("talk_lost", "ana", None, 3.0),
        ):
            page.bus.publish(fact)
        told = await page.samples()
        for task in (waits, strange):
            task.cancel()
        await asyncio.gather(waits, strange, return_exceptions=True)
    assert told["ventanilla_callers_waiting", ("ca", "2", "imv")] == 1
    assert told["ventanilla_callers_waiting", ("es", "2", "other")] == 1
    assert told["ventanilla_agents", ("1", "ready")] == 1
    assert told["ventanilla_agents", ("2", "signed_out")] == 2
    assert told["ventanilla_ami_connected", ()] == 1
    assert told["ventanilla_ami_latency_seconds", ()] == pytest.approx(0.001)
    assert told["ventanilla_fastagi_sessions", ()] == 3
    assert told["ventanilla_calls_arrived_total", ()] == 1
    assert told["ventanilla_ring_outs_total", ()] == 1
    assert told["ventanilla_repairs_total", ("talk_lost",)] == 1
    assert told["ventanilla_answer_seconds_bucket", ("60.0",)] == 1
    assert told["ventanilla_answer_seconds_bucket", ("30.0",)] == 0
    assert told["ventanilla_outbox", ("facts",)] > 0
    assert told["ventanilla_outbox", ("crm",)] == 0


WRITES = ("ventanilla_database_write_seconds_count", ())


async def test_the_time_of_a_write_is_measured_whoever_writes(tmp_path: Path) -> None:
    async with served(tmp_path) as page:
        assert (await page.samples())[WRITES] == 0
        page.bus.publish(RangOut(call(1), "ana", 2.0))
        writing = asyncio.create_task(page.store.run())
        while not (await page.samples())[WRITES]:  # noqa: ASYNC110 - pytest's own limit bounds it
            await asyncio.sleep(0.02)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        async with page.metrics._engine.begin() as connection:
            row = {"type": "RangOut", "at": 1.0, "body": "{}"}
            await connection.execute(insert(facts_store.facts), [row])
        told = await page.samples()
    assert told[WRITES] == 2


async def test_nothing_personal_is_on_the_page_in_any_form(tmp_path: Path) -> None:
    async with served(tmp_path) as page:
        await page.floor.sign_in("ana")
        page.bus.publish(CallArrived(call(1), "901166565", "general", NUMBER, "es", None, 1.0))
        plain = await page.read()
        modern = await page.read(accept="application/openmetrics-text; version=1.0.0")
    assert modern.headers["content-type"].startswith("application/openmetrics-text")
    assert [*openmetrics_families(modern.text)]  # type: ignore[no-untyped-call] # the library's
    for text in (plain.text, modern.text):
        assert not [word for word in (NUMBER[3:], '"ana"', "ventanilla-1800000000", "Ana ") if word in text]


async def test_only_this_machine_may_read_when_no_token_is_set(tmp_path: Path) -> None:
    async with served(tmp_path) as page:
        assert (await page.read()).status_code == 200
        assert (await page.read(x_forwarded_for="203.0.113.9")).status_code == 403
        assert (await page.read(host="evil.example")).status_code == 403


async def test_with_a_token_only_who_has_it_may_read(tmp_path: Path) -> None:
    async with served(tmp_path, TOKEN) as page:
        for wrong in ("", "Bearer", "Bearer wrong", f"Basic {TOKEN}"):
            assert (await page.read(authorization=wrong)).status_code == 403
        answer = await page.read(authorization=f"Bearer {TOKEN}", x_forwarded_for="203.0.113.9")
        assert answer.status_code == 200
