"""Facts on MQTT, by aiomqtt (asyncio-mqtt of old). A broker that is away never holds a call up."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import OrderedDict
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aiomqtt

from server.topics import message

log = logging.getLogger("ventanilla.mqtt")

BACKLOG = 10_000
"""Messages kept while the broker is away; the oldest go first. The table of facts has them all."""
RECONNECT_S = 2.0
PUBLISH_S = 5.0
"""Longest wait for the broker to take one message, then the connection counts as lost."""
PORTS = {"mqtts": 8883, "mqtt": 1883}


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is, and as whom we speak to it."""

    host: str
    port: int
    user: str | None
    secret: str | None = field(repr=False)
    tls: ssl.SSLContext | None = None

    @classmethod
    def given(cls, url: str, secret: str = "", ca: Path | None = None) -> Broker:
        """Read `mqtts://user:secret@host:8883`, or mqtt:// on this very machine; the secret may stand apart.

        `ca` is a file of certificates (PEM) whose signatures are believed, None for the operating system's. Raises
        ValueError, which names the setting and the remedy and never the secret.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as wrong:
            raise ValueError("mqtt_url: its host or port cannot be; write mqtts://user@host:8883.") from wrong
        if parts.scheme not in PORTS or not parts.hostname or parts.path not in {"", "/"}:
            raise ValueError("mqtt_url: write mqtts://user@host:8883.")
        if parts.scheme == "mqtt" and not _here(parts.hostname):
            raise ValueError("mqtt_url: write mqtts://user@host:8883; mqtt:// only to this very machine.")
        if ca is not None and parts.scheme == "mqtt":
            raise ValueError("mqtt_ca: mqtt:// has no certificates; write mqtts:// in mqtt_url.")
        tls = _believing(ca) if parts.scheme == "mqtts" else None
        user, said = (unquote(one) if one else None for one in (parts.username, parts.password))
        return cls(parts.hostname, port or PORTS[parts.scheme], user, secret or said, tls)


def _here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _believing(ca: Path | None) -> ssl.SSLContext:
    """Give TLS that demands the broker's certificate for its name, signed by whom we believe."""
    try:
        context = ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError) as wrong:
        raise ValueError(
            f"mqtt_ca: {ca} cannot be read as certificates ({type(wrong).__name__}); write a PEM file's path."
        ) from wrong
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


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
                    tls_context=self._broker.tls,
                    timeout=PUBLISH_S,
                ) as client:
                    self.connected.set()
                    await self._speak(client)
            except aiomqtt.MqttError as error:
                # Its own words: nobody is in them, and a certificate that is not believed is found in no other way.
                log.warning("the MQTT broker is away (%s); %d messages wait", error, len(self._waiting))
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
