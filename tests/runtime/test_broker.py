"""The private Mosquitto, spoken to with the library the server uses."""

import asyncio
import stat

import aiomqtt
import pytest

from server.runtime.broker import READER_USER, SERVER_USER
from tests.conftest import RunningBroker

# Other tests' servers keep their boards on the session's broker: here nobody else's topic is listened to.
LIMIT = 10.0  # seconds for one message on a busy machine


def client(broker: RunningBroker, user: str, password: str) -> aiomqtt.Client:
    return aiomqtt.Client(
        "127.0.0.1", broker.port, username=user, password=password, protocol=aiomqtt.ProtocolVersion.V5
    )


async def test_the_server_publishes_and_a_reader_hears(broker: RunningBroker) -> None:
    async with client(broker, READER_USER, broker.secrets.mqtt_reader) as reader:
        await reader.subscribe("ventanilla/elsewhere/#")
        async with client(broker, SERVER_USER, broker.secrets.mqtt_server) as server:
            await server.publish("ventanilla/elsewhere/board", b"1", qos=1)
        message = await asyncio.wait_for(anext(aiter(reader.messages)), LIMIT)
    assert (message.topic.value, message.payload) == ("ventanilla/elsewhere/board", b"1")


async def test_a_reader_cannot_write(broker: RunningBroker) -> None:
    async with client(broker, SERVER_USER, broker.secrets.mqtt_server) as server:
        await server.subscribe("ventanilla/elsewhere/#")
        async with client(broker, READER_USER, broker.secrets.mqtt_reader) as reader:
            await reader.publish("ventanilla/elsewhere/board", b"forged", qos=1)
        await server.publish("ventanilla/elsewhere/board", b"true", qos=1)
        message = await asyncio.wait_for(anext(aiter(server.messages)), LIMIT)
    assert message.payload == b"true"


@pytest.mark.parametrize("password", ["", "wrong"])
async def test_nobody_gets_in_without_the_password(broker: RunningBroker, password: str) -> None:
    with pytest.raises(aiomqtt.MqttError):
        async with client(broker, SERVER_USER, password):
            pass


def test_its_files_are_private_and_hold_no_password(broker: RunningBroker) -> None:
    folder = broker.broker.folder
    files = [folder / "passwords", folder / "acl", folder / "mosquitto.conf", folder]
    assert {stat.S_IMODE(file.stat().st_mode) & 0o077 for file in files} == {0}
    assert broker.secrets.mqtt_server not in (folder / "passwords").read_text()
