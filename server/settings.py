"""Every setting, its default and what it is for. Read from `ventanilla.toml`, then from `VENTANILLA_…`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from difflib import get_close_matches
from ipaddress import IPv4Address, IPv4Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, IPvAnyNetwork, SecretStr
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from server.carriers import MailCarrier, SmsCarrier
from server.object_store import ObjectStoreSettings
from server.runtime.ports import Ports
from server.systems import Systems

PROJECT = Path(__file__).resolve().parent.parent
PREFIX = "VENTANILLA_"
OTHERS = frozenset({"LOG", "DEBIAN_MIRROR", "CHROMIUM", "RUNTIME_DIR", "SCREENSHOTS"})
"""Variables with our prefix that are no settings: the server's log level, where packages come from, the tests' own."""


class Settings(BaseSettings):
    """What an operator may set. Nothing has to be set: the defaults serve the demonstration on loopback."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        toml_file="ventanilla.toml",
        extra="forbid",
        frozen=True,
    )

    institution: str = Field("inss", description="folder under dialplans/ that the calls follow")
    demonstration: bool = Field(
        default=True, description="made-up citizens, agents and passwords; callers may pretend a number"
    )
    runtime: Path = Field(
        PROJECT / ".runtime", description="everything fetched, generated and recorded lives below this folder"
    )
    database_url: str = Field(
        "", description="SQLAlchemy URL; empty means SQLite below `runtime` (postgresql+asyncpg://… for more)"
    )
    address: IPv4Address = Field(
        IPv4Address("127.0.0.1"), description="where the pages are served; 0.0.0.0: everywhere"
    )
    public_url: str = Field("", description="how browsers reach the pages, if through a proxy: https://host")
    proxies: tuple[str, ...] = Field(
        (), description="addresses of that proxy; only from there is X-Forwarded-For believed"
    )
    telephone_url: str = Field(
        "",
        description="how browsers reach Asterisk's WebSocket (wss://host/ws); empty: as their page is reached",
    )
    sip_address: IPv4Address = Field(
        IPv4Address("127.0.0.1"), description="where Asterisk listens for SIP and sound; 0.0.0.0: everywhere"
    )
    trunks: tuple[IPv4Network, ...] = Field(
        (IPv4Network("127.0.0.1"),),
        description="addresses of the carrier: calls from there are citizens' calls",
    )
    carrier: str = Field(
        "",
        pattern=r"^([A-Za-z0-9.-]{1,100}:[0-9]{2,5})?$",
        description="the carrier's host:port that we call citizens back by, and agents outside; empty: nobody is",
    )
    ports: Ports = Field(
        Ports(), description="every port, e.g. VENTANILLA_PORTS__SIP=5070; see runtime/ports.py"
    )
    crm: str = Field("builtin", description="which CRM: the name of a file in crm_bridge/connectors/")
    crm_options: dict[str, SecretStr] = Field(
        default={}, description="what that connector must be told, e.g. VENTANILLA_CRM_OPTIONS__URL"
    )
    pop_url: str = Field(
        "",
        description="a link into a CRM for each card, e.g. https://crm.example/?tel={telephone}&request={request}",
    )
    pop_opens: bool = Field(default=False, description="the desk opens that link by itself")
    webhook_url: str = Field(
        "", description="where facts go as signed webhooks; see docs/connect-your-crm.md"
    )
    webhook_secret: SecretStr = Field(
        SecretStr(""), description="what signs them: whsec_…; two with a space to rotate"
    )
    webhook_facts: tuple[str, ...] = Field((), description="which facts; empty: every one that MQTT has")
    crm_webhook_secret: SecretStr = Field(
        SecretStr(""), description="what signs a foreign CRM's webhooks to us; empty: none are taken"
    )
    corporate: Systems = Field(
        Systems(), description="the file that implements each corporate system; see server/systems.py"
    )
    sms: SmsCarrier = Field(
        SmsCarrier(), description="the SMS centre, e.g. VENTANILLA_SMS__HOST; see server/carriers.py"
    )
    mail: MailCarrier = Field(
        MailCarrier(), description="the mail server, e.g. VENTANILLA_MAIL__HOST; see server/carriers.py"
    )
    vault_keys: Path | None = Field(
        None,
        description="folder of the keys that recordings are encrypted with; empty: the demonstration's, below runtime",
    )
    object_store: ObjectStoreSettings = Field(
        ObjectStoreSettings(),
        description="S3-compatible store of recordings, e.g. VENTANILLA_OBJECT_STORE__URL; empty: a folder",
    )
    evidence_authority: str = Field(
        "",
        pattern=r"^(https?://\S+)?$",
        description="address of a qualified time stamp authority (RFC 3161); empty: our own, for development",
    )
    evidence_log: str = Field(
        "",
        pattern=r"^[^\s+]{0,200}$",
        description="the log's name in its checkpoints; empty: host of public_url, and the institution",
    )
    evidence_witness: str = Field(
        "",
        pattern=r"^(https?://\S+)?$",
        description="address of a witness of the log's heads (c2sp.org/tlog-witness), under other hands",
    )
    evidence_witness_key: str = Field("", description="that witness's verifier key, `name+id+base64`")
    evidence_heads: Path | None = Field(
        None,
        description="file that every head of the log is added to; empty: evidence/heads.jsonl below runtime",
    )
    mqtt_url: str = Field(
        "",
        description="your own broker (mqtts://user@host:8883; mqtt:// only on this machine); empty: private",
    )
    mqtt_password: SecretStr = Field(SecretStr(""), description="the password of the user in mqtt_url")
    mqtt_ca: Path | None = Field(
        None,
        description="file of the certificates (PEM) that your broker's is signed by; empty: the system's",
    )
    telephone_networks: tuple[IPvAnyNetwork, ...] = Field(
        tuple(map(ip_network, ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))),
        description="where agents' SIP telephones may stand; no other address is ever rung",
    )
    trace: bool = Field(
        default=False,
        description="Asterisk's log tells every step and prompt, and the keys callers press: for faults and tests only",
    )
    lost_attempts: int = Field(5, ge=1, le=100, description="times the dialplan asks for a lost server again")
    lost_pause: int = Field(4, ge=1, le=60, description="seconds of music between two of those times")
    net_seconds: int = Field(60, ge=5, le=3600, description="longest wait in Asterisk's queue, server lost")
    silent_seconds: int = Field(
        30,
        ge=5,
        le=3600,
        description="a telephone that sends nothing at all for so long is gone: its call ends",
    )
    always_open: bool = Field(
        default=True, description="in the demonstration: people answer at any hour, also on a Sunday"
    )
    spying_shown: bool = Field(
        default=True, description="an agent sees on the desk that a supervisor listens to the conversation"
    )
    wrap_up_seconds: int = Field(120, ge=0, le=3600, description="longest wrap-up before an agent is ready")
    metrics_token: SecretStr = Field(
        SecretStr(""), description="who sends it may read /metrics; empty: only this machine may"
    )
    session_hours: int = Field(12, ge=1, le=24, description="longest sign-in of an agent or supervisor")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over the file: one probe, one test, one exception."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def database(self) -> str:
        """The database's URL, SQLAlchemy's form."""
        return self.database_url or f"sqlite+aiosqlite:///{self.runtime / 'ventanilla.sqlite3'}"

    @property
    def pages_on_loopback(self) -> bool:
        """Whether the pages are also served at 127.0.0.1."""
        return self.address in {IPv4Address("127.0.0.1"), IPv4Address("0.0.0.0")}  # noqa: S104 - compared only

    @property
    def origins(self) -> tuple[str, ...]:
        """Where browsers find the pages; only from there may they write."""
        if self.public_url:
            return (self.public_url,)
        port = self.ports.web
        return tuple(
            f"http://{host}:{port}" for host in dict.fromkeys((str(self.address), "127.0.0.1", "localhost"))
        )

    @property
    def links(self) -> str:
        """What a short link begins with; empty where nobody outside this machine reaches the pages."""
        return f"{self.public_url}/l/" if self.public_url else ""

    @property
    def telephone_sockets(self) -> dict[str, str]:
        """Where a page's telephone finds Asterisk, by the host the page was opened at.

        A page by https may only open wss, so a proxy that has the pages is expected to pass /ws to Asterisk too.
        """
        return {
            urlsplit(origin).netloc: self.telephone_url or self._socket_beside(origin)
            for origin in self.origins
        }

    def _socket_beside(self, origin: str) -> str:
        place = urlsplit(origin)
        if place.scheme == "https":
            return f"wss://{place.netloc}/ws"
        host = f"[{place.hostname}]" if ":" in (place.hostname or "") else place.hostname
        return f"ws://{host}:{self.ports.sip_websocket}/ws"

    @property
    def sip_host(self) -> str:
        """Where a telephone on this machine dials."""
        return "127.0.0.1" if self.sip_address.is_unspecified else str(self.sip_address)

    @property
    def institution_folder(self) -> Path:
        """Where flows, languages and audio of the institution are."""
        return PROJECT / "dialplans" / self.institution

    @property
    def sounds(self) -> Path:
        """Where Asterisk finds the prompts."""
        return self.runtime / "sounds"

    @property
    def recordings(self) -> Path:
        """Where recordings are written and kept."""
        return self.runtime / "recordings"

    @property
    def messages(self) -> Path:
        """Where the spoken messages of callers are kept."""
        return self.runtime / "messages"

    @property
    def spool(self) -> Path:
        """Where the last-resort script leaves callback requests."""
        return self.runtime / "spool" / "callbacks"


def known_names() -> frozenset[str]:
    """Give every setting as its variable says it, without the prefix: RUNTIME, PORTS__SIP."""
    ports = (f"PORTS__{port.name.upper()}" for port in fields(Ports))
    carriers = (
        f"{group}__{name.upper()}"
        for group, carrier in (
            ("SMS", SmsCarrier),
            ("MAIL", MailCarrier),
            ("OBJECT_STORE", ObjectStoreSettings),
        )
        for name in carrier.model_fields
    )
    return frozenset({*(name.upper() for name in Settings.model_fields), *ports, *carriers})


def nearest(name: str) -> str | None:
    """Give the setting somebody probably meant, spelt as `known_names` does; None when nothing is like it."""
    near = get_close_matches(name.upper(), sorted(known_names()), n=1)
    return near[0] if near else None


def strange_variables(environment: Iterable[str]) -> Iterator[str]:
    """Name every variable with our prefix that sets nothing: somebody believes that it does."""
    for variable in sorted(environment):
        name = variable.upper().removeprefix(PREFIX)
        ours = name in known_names() | OTHERS or name.startswith("CRM_OPTIONS__")
        if variable.upper().startswith(PREFIX) and not ours:
            near = nearest(name)
            yield f"{variable} is no setting." + (f" Did you mean {PREFIX}{near}?" if near else "")
