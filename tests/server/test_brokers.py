"""One's own broker: over TLS wherever it stands, as a user, with certificates that are believed."""

import asyncio
import contextlib
import ipaddress
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiomqtt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from crm_bridge.facts import CrmBack
from server.mqtt import Broker, MqttSpeaker
from server.runtime.broker import READER_USER, SERVER_USER
from server.runtime.broker import Broker as Mosquitto
from server.runtime.credentials import Secrets, load_secrets
from server.runtime.ports import free_ports
from server.runtime.programs import Programs

WITHIN_S = 20.0
FACT = CrmBack(None, "native", "cards", 1_795_345_200.0)


def _certificate(
    name: str, issuer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """A certificate of an authority, or of this machine signed by one."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer = issuer[1] if issuer else key
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if issuer:
        here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        built = built.add_extension(here, critical=False)
    return built.sign(signer, hashes.SHA256()), key


@dataclass(frozen=True)
class Secured:
    """A Mosquitto of an institution's own, with TLS."""

    port: int
    secrets: Secrets
    ca: Path

    def url(self, host: str = "127.0.0.1") -> str:
        return f"mqtts://{SERVER_USER}@{host}:{self.port}"

    @property
    def password(self) -> str:
        return self.secrets.mqtt_server


@pytest.fixture
def secured(programs: Programs, tmp_path: Path) -> Iterator[Secured]:
    """The project's Mosquitto with its own users and rights, behind a certificate."""
    ours, secrets = Mosquitto(programs.mosquitto, tmp_path, free_ports()), load_secrets(tmp_path)
    ours.render(secrets)
    authority = _certificate("Broker authority of the tests", None)
    mine, key = _certificate("broker", authority)
    ca = _pem(tmp_path / "ca.pem", authority[0])
    unencrypted = serialization.NoEncryption()
    raw = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, unencrypted)
    (ours.folder / "broker.key").write_bytes(raw)
    tls = f"certfile {_pem(ours.folder / 'broker.pem', mine)}\nkeyfile {ours.folder / 'broker.key'}\n"
    conf = ours.folder / "mosquitto.conf"
    head, rest = conf.read_text(encoding="utf-8").split("\n", 1)
    conf.write_text(f"{head}\n{tls}{rest}", encoding="utf-8")
    process = ours.start()
    assert process is not None
    ours.wait_ready()
    yield Secured(ours.ports.mqtt, secrets, ca)
    ours.stop()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=10)


def _pem(file: Path, certificate: x509.Certificate) -> Path:
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return file


async def _hears(secured: Secured, broker: Broker, limit_s: float) -> bool:
    """Whether a reader of the broker hears what we say to it."""
    speaker = MqttSpeaker(broker, "inss")
    there = Broker.given(secured.url(), secured.password, secured.ca)
    async with aiomqtt.Client(
        "127.0.0.1",
        secured.port,
        username=READER_USER,
        password=secured.secrets.mqtt_reader,
        tls_context=there.tls,
    ) as reader:
        await reader.subscribe("ventanilla/inss/crm/back")
        speaking = asyncio.create_task(speaker.run(), name="speaking")
        speaker.hear(FACT)
        try:
            async with asyncio.timeout(limit_s):
                await anext(aiter(reader.messages))
        except TimeoutError:
            return False
        finally:
            speaking.cancel()
        return True


async def test_facts_go_to_a_broker_of_ones_own_over_tls_as_its_user(secured: Secured) -> None:
    assert await _hears(secured, Broker.given(secured.url(), secured.password, secured.ca), WITHIN_S)
    inline = secured.url().replace("@", f":{secured.password}@")
    assert await _hears(secured, Broker.given(inline, ca=secured.ca), WITHIN_S)


async def test_nothing_is_said_to_a_broker_that_cannot_prove_its_name(
    secured: Secured, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    others = _pem(tmp_path / "others.pem", _certificate("Another authority", None)[0])
    for broker in (
        Broker.given(secured.url(), secured.password, others),
        Broker.given(
            secured.url("localhost"), secured.password, secured.ca
        ),  # its certificate names an address
        Broker.given(secured.url(), secured.password),  # the operating system's authorities
    ):
        caplog.clear()
        assert not await _hears(secured, broker, 1.0)
        assert "CERTIFICATE_VERIFY_FAILED" in caplog.text
        assert secured.password not in caplog.text


@pytest.mark.parametrize(
    ("url", "ca", "said"),
    [
        ("mqtt://user:very-secret@broker.example", None, "mqtt:// only to this very machine"),
        ("mqtt://user:very-secret@192.0.2.1:1883", None, "mqtt:// only to this very machine"),
        ("http://user:very-secret@broker.example", None, "write mqtts://user@host:8883"),
        ("mqtts://user:very-secret@", None, "write mqtts://user@host:8883"),
        ("mqtts://user:very-secret@broker.example:99999", None, "host or port cannot be"),
        ("mqtts://broker.example/very-secret", None, "write mqtts://user@host:8883"),
        ("mqtts://broker.example", "nowhere.pem", "mqtt_ca: nowhere.pem cannot be read"),
        ("mqtts://broker.example", __file__, "cannot be read as certificates"),
        ("mqtt://127.0.0.1", "ca.pem", "mqtt:// has no certificates"),
    ],
)
def test_a_broker_that_cannot_be_is_said_with_the_remedy_and_without_the_secret(
    url: str, ca: str | None, said: str
) -> None:
    with pytest.raises(ValueError, match=r"^mqtt_") as refused:
        Broker.given(url, ca=Path(ca) if ca else None)
    assert said in str(refused.value)
    assert "very-secret" not in str(refused.value)


def test_a_broker_is_read_from_its_address() -> None:
    here = Broker.given("mqtt://us%40er:p%2Fw@localhost")
    assert (here.host, here.port, here.user, here.secret, here.tls) == (
        "localhost",
        1883,
        "us@er",
        "p/w",
        None,
    )
    far = Broker.given("mqtts://user@broker.example", "apart")
    assert (far.port, far.user, far.secret) == (8883, "user", "apart")
    assert far.tls is not None
    assert far.tls.check_hostname
    assert "apart" not in repr(far)
