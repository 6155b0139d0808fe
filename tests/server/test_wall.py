"""What a broker keeps of a former run is replaced as soon as the server is back."""

import asyncio
import json
from datetime import UTC
from typing import Any

import aiomqtt

from queues.adapters.floor import Floor
from queues.thresholds import Thresholds
from server.bus import Bus
from server.figures.live import Live
from server.mqtt import Broker, MqttSpeaker
from server.runtime.broker import READER_USER, SERVER_USER
from server.wall import Wall, agents_now
from tests.conftest import RunningBroker
from tests.queues.fakes import MemoryStore

LIMIT = 20.0  # seconds for a message on a busy machine
BOARD, AGENT = "ventanilla/inss/board", "ventanilla/inss/agents/jordi/state"


async def test_a_stale_board_and_stale_agents_are_corrected_at_start(broker: RunningBroker) -> None:
    secrets = broker.secrets
    async with aiomqtt.Client(
        "127.0.0.1", broker.port, username=SERVER_USER, password=secrets.mqtt_server
    ) as old:
        await old.publish(BOARD, b'{"stale": true}', qos=1, retain=True)
        await old.publish(AGENT, b'{"state": "talking"}', qos=1, retain=True)
    bus = Bus()
    floor = await Floor(MemoryStore(), bus.publish).open()
    speaker = MqttSpeaker(Broker("127.0.0.1", broker.port, SERVER_USER, secrets.mqtt_server), "inss")
    bus.hear(speaker.hear)
    for state in agents_now(floor):
        speaker.hear(state)
    live = Live(UTC, Thresholds(180.0, 5.0, 0.95))
    tasks = [asyncio.create_task(work) for work in (Wall(floor, bus, live).run(), speaker.run())]
    try:
        kept = await _kept(broker)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await floor.close()
    assert kept[BOARD]["board"]["waiting"] == []
    assert kept[AGENT]["state"] == "signed_out"


async def _kept(broker: RunningBroker) -> dict[str, dict[str, Any]]:
    """Read until neither of the two is the one of the former run."""
    seen: dict[str, dict[str, Any]] = {}
    async with aiomqtt.Client(
        "127.0.0.1", broker.port, username=READER_USER, password=broker.secrets.mqtt_reader
    ) as reader:
        await reader.subscribe("ventanilla/inss/#")
        async with asyncio.timeout(LIMIT):
            async for message in reader.messages:
                seen[message.topic.value] = json.loads(bytes(message.payload))
                if all("type" in seen.get(topic, {}) for topic in (BOARD, AGENT)):
                    break
    return seen
