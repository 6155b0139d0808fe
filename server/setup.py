"""Everything that has to be there before the server serves; each part looks first and works only if it must."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dialplans.institution import Institution
from dialplans.voice.install import install
from queues.adapters.store import SqlStore
from server.crm import crm_of
from server.database import TROUBLE, away, migrate, open_engine
from server.demonstration import furnish
from server.flows import load
from server.runtime.asterisk import Asterisk, running_pid
from server.runtime.broker import Broker
from server.runtime.credentials import Secrets, load_secrets
from server.runtime.ports import check_all_free, is_ours
from server.runtime.programs import Programs, prepare
from server.runtime.progress import Progress, within
from server.runtime.site import LOOPBACK, OUTSIDE, AgentLine, Places, Site
from server.runtime.trouble import RuntimeTrouble
from server.settings import Settings
from web.accounts import Role
from web.adapters.accounts import Accounts


@dataclass(frozen=True, slots=True)
class Installation:
    """What is set up: the programs beside us, their configuration on disk, the secrets that join us to them."""

    settings: Settings
    secrets: Secrets
    programs: Programs
    asterisk: Asterisk
    broker: Broker


def set_up(settings: Settings, progress: Progress, kept: Institution | None = None) -> Installation:
    """Bring all of it to where it can be started. Raises RuntimeTrouble or FlowError with a remedy.

    `kept`: what is served instead of the institution's folder, which is refused; its prompts are laid out already.
    """
    crm_of(settings)  # a CRM that does not exist is better said now than by a server that does not come up
    check_folder(settings)
    institution = kept or load(settings.institution_folder)
    programs = prepare(settings.runtime, within(progress, 0.0, 0.75))
    progress("Preparing the database", 0.75)
    _bring_up_to_date(settings.database, load_secrets(settings.runtime).register.encode())
    agents, supervisors = asyncio.run(_people(settings))
    progress("Preparing the prompts", 0.8)
    _own(settings.sounds / "en")
    if kept is None:
        install(settings.institution_folder, settings.sounds, _each(progress))
    progress("Writing the configuration", 0.98)
    lines = tuple(line.name for line in _lines(agents, supervisors))
    secrets = load_secrets(settings.runtime, lines)
    asterisk = Asterisk(
        programs.asterisk,
        Places(settings.runtime),
        site(settings, tuple(institution.numbers), agents, institution.country, supervisors),
    )
    asterisk.render(secrets)
    broker = Broker(programs.mosquitto, settings.runtime, settings.ports)
    broker.render(secrets)
    progress("Ready to start", 1.0)
    return Installation(settings, secrets, programs, asterisk, broker)


def site(
    settings: Settings,
    numbers: tuple[str, ...],
    agents: tuple[str, ...],
    country: str = "",
    supervisors: tuple[str, ...] = (),
) -> Site:
    """Give what this installation wants of Asterisk."""
    return Site(
        numbers=numbers,
        country=country,
        ports=settings.ports,
        agents=_lines(agents, supervisors),
        sip_address=str(settings.sip_address),
        websocket_address=str(settings.address),
        trunk_matches=tuple(map(str, settings.trunks)),
        trace=settings.trace,
        lost_attempts=settings.lost_attempts,
        lost_pause=settings.lost_pause,
        net_seconds=settings.net_seconds,
        silent_seconds=settings.silent_seconds,
    )


def check_ports(settings: Settings, *, served: bool) -> None:
    """Refuse ports that other programs hold, before anything is fetched; what of ours runs keeps its own.

    `served`: whether our server runs, left by an earlier watcher. Raises RuntimeTrouble naming all of them, or the
    addresses that this machine does not have.
    """
    if strange := list(strange_addresses(settings)):
        raise RuntimeTrouble("\n".join(strange))
    wanted: dict[str, str] = {}
    if running_pid(Places(settings.runtime)) is None:
        wanted |= site(settings, (), ()).addresses
    if not settings.mqtt_url and Broker((), settings.runtime, settings.ports).pid() is None:
        wanted["mqtt"] = LOOPBACK
    if not served:
        wanted |= {"agi": LOOPBACK, "web": str(settings.address)}
    check_all_free(settings.ports, wanted)


def strange_addresses(settings: Settings) -> Iterator[str]:
    """Name every setting that wants something to listen where this machine is not."""
    for name in ("address", "sip_address"):
        address = str(getattr(settings, name))
        if not is_ours(address):
            yield (
                f"Setting {name}: {address} is no address of this machine. `hostname -I` shows those it has, "
                "127.0.0.1 is this machine alone, 0.0.0.0 everywhere."
            )


def telephones(person: str, role: str = "agent") -> tuple[AgentLine, ...]:
    """Give somebody's telephones: their page, a SIP telephone for those who have one, an agent's number outside."""
    here = AgentLine(person, role=role), AgentLine(f"{person}-sip", browser=False, role=role)
    return (*here, AgentLine(person, browser=False, role=OUTSIDE)) if role == "agent" else here


def _lines(agents: tuple[str, ...], supervisors: tuple[str, ...]) -> tuple[AgentLine, ...]:
    roles = [(name, "agent") for name in agents] + [(name, "supervisor") for name in supervisors]
    return tuple(line for name, role in roles for line in telephones(name, role))


async def _people(settings: Settings) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Furnish the demonstration, if it is one, and give everybody with a telephone: agents, supervisors."""
    engine = open_engine(settings.database)
    try:
        if settings.demonstration:
            await furnish(engine, load_secrets(settings.runtime).register.encode())
        agents = tuple(agent.name for agent in await SqlStore(engine).agents())
        accounts = await Accounts(engine).listed()
        supervisors = {one.name for one, _ in accounts if one.role is Role.SUPERVISOR} - set(agents)
        return agents, tuple(sorted(supervisors))
    finally:
        await engine.dispose()


def _bring_up_to_date(url: str, register: bytes) -> None:
    try:
        migrate(url, register)
    except TROUBLE as fault:
        raise RuntimeTrouble(away(url, fault)) from fault


def _each(progress: Progress) -> Callable[[int, int, str], None]:
    def show(done: int, of: int, what: str) -> None:
        progress(f"Preparing the prompts: {what}", 0.8 + 0.18 * done / max(of, 1))

    return show


def _own(folder: Path) -> None:
    """Let English prompts be laid into a folder of ours, not through the link that an older installation had there."""
    if folder.is_symlink():
        folder.unlink()


def check_folder(settings: Settings) -> None:
    """Make the runtime folder, for nobody else to enter. Raises RuntimeTrouble naming the setting."""
    try:
        settings.runtime.mkdir(parents=True, exist_ok=True)
        settings.runtime.chmod(0o700)  # citizens' data, recordings and secrets live below it
    except OSError as refused:
        raise RuntimeTrouble(
            f"{settings.runtime} cannot be written ({refused.strerror}): set VENTANILLA_RUNTIME to a folder of yours."
        ) from refused
