"""Every setting, its default and what it is for. Read from `ventanilla.toml`, then from `VENTANILLA_…`."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

from pydantic import Field, IPvAnyNetwork
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from server.runtime.ports import Ports
from server.systems import Systems

PROJECT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """What an operator may set. Nothing has to be set: the defaults serve the demonstration on loopback."""

    model_config = SettingsConfigDict(
        env_prefix="VENTANILLA_",
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
    address: str = Field("127.0.0.1", description="where the pages are served")
    public_url: str = Field("", description="how browsers reach the pages, if through a proxy: https://host")
    ports: Ports = Field(
        Ports(), description="every port, e.g. VENTANILLA_PORTS__SIP=5070; see runtime/ports.py"
    )
    corporate: Systems = Field(
        Systems(), description="the file that implements each corporate system; see server/systems.py"
    )
    mqtt_url: str = Field("", description="your own broker (mqtt://user:secret@host:1883); empty: private")
    telephone_networks: tuple[IPvAnyNetwork, ...] = Field(
        tuple(map(ip_network, ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))),
        description="where agents' SIP telephones may stand; no other address is ever rung",
    )
    lost_attempts: int = Field(5, ge=1, le=100, description="times the dialplan asks for a lost server again")
    lost_pause: int = Field(4, ge=1, le=60, description="seconds of music between two of those times")
    net_seconds: int = Field(60, ge=5, le=3600, description="longest wait in Asterisk's queue, server lost")
    always_open: bool = Field(
        default=True, description="in the demonstration: people answer at any hour, also on a Sunday"
    )
    wrap_up_seconds: int = Field(120, ge=0, le=3600, description="longest wrap-up before an agent is ready")
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
    def origins(self) -> tuple[str, ...]:
        """Where browsers find the pages; only from there may they write."""
        if self.public_url:
            return (self.public_url,)
        port = self.ports.web
        return tuple(
            f"http://{host}:{port}" for host in dict.fromkeys((self.address, "127.0.0.1", "localhost"))
        )

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
    def spool(self) -> Path:
        """Where the last-resort script leaves callback requests."""
        return self.runtime / "spool" / "callbacks"
