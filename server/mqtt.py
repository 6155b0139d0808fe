"""Facts on MQTT, by aiomqtt (asyncio-mqtt of old). A broker that is away never holds a call up."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiomqtt

from server.topics import message

log = logging.getLogger("ventanilla.mqtt")

BACKLOG = 10_000
"""Messages kept while the broker is away; the oldest go first. The table of facts has them all."""
RECONNECT_S = 2.0
PUBLISH_S = 5.0
"""Longest wait for the broker to take one message, then the connection counts as lost."""


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is, and as whom we speak to it."""

    host: str
    port: int
    user: str | None
    secret: str | None

    @classmethod
    def from_url(cls, url: str) -> Broker:
        """Read `mqtt://user:secret@host:1883`; raises ValueError naming the setting."""
        parts = urlsplit(url)
        if parts.scheme != "mqtt" or not parts.hostname:
            raise ValueError("mqtt_url: expected mqtt://user:secret@host:port")
        return cls(parts.hostname, parts.port or 1883, parts.username, parts.password)


class MqttSpeaker:
    """Hears facts and publishes those that have a topic; a retained topic only its last value."""

    def __init__(self, broker: Broker, institution: str) -> None:
        self._broker = broker
        self._institution = institution
        self._waiting: OrderedDict[tuple[str, int], tuple[str, bool]] = OrderedDict()
        self._count = 0
        self._wake = asyncio.Event()
        self.connected = asyncio.Event()
        self.dropped = 0

    @property
    def waiting(self) -> int:
        """How many messages wait for the broker."""
        return len(self._waiting)

    def hear(self, fact: object) -> None:
        """Take a fact; cheap, and silent about facts without a topic."""
        said = message(fact, self._institution)
        if said is None:
            return
        topic, payload, retain = said
        self._count += 1
        # A retained topic has one place in the line: only its newest value is worth sending.
        self._waiting[(topic, 0 if retain else self._count)] = (payload, retain)
        if len(self._waiting) > BACKLOG:
            self._waiting.popitem(last=False)
            self.dropped += 1
        self._wake.set()

    async def run(self) -> None:
        """Publish until cancelled, connecting again whenever the broker goes away."""
        while True:
            try:
                async with aiomqtt.Client(
                    self._broker.host,
                    self._broker.port,
                    username=self._broker.user,
                    password=self._broker.secret,
                    timeout=PUBLISH_S,
                ) as client:
                    self.connected.set()
                    await self._speak(client)
            except aiomqtt.MqttError as error:
                log.warning(
                    "the MQTT broker is away (%s); %d messages wait", type(error).__name__, len(self._waiting)
                )
            self.connected.clear()
            await asyncio.sleep(RECONNECT_S)

    async def _speak(self, client: aiomqtt.Client) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                key = next(iter(self._waiting))
                payload, retain = self._waiting[key]
                await client.publish(key[0], payload, qos=1, retain=retain)
                # Removed only when the broker has it, unless a newer value took its place meanwhile.
                if self._waiting.get(key) == (payload, retain):
                    del self._waiting[key]
