"""The real parts that tests use: one Asterisk and one Mosquitto for the session, more on request.

Nothing here needs root. The programs come from `.runtime/` (shared with `make run`); every instance has
its own folder, its own ports and its own secrets, and is stopped at the end by its process id.
"""

import gc
import os
import signal
import subprocess
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from server.garbage import spare_the_calls
from server.runtime.asterisk import Asterisk
from server.runtime.broker import Broker
from server.runtime.credentials import Secrets, load_secrets
from server.runtime.ports import free_ports
from server.runtime.programs import Programs, Sipp, prepare, prepare_sipp
from server.runtime.site import AgentLine, Places, Site
from tests.handing_out import ByGroup, step_aside
from tests.precedence import wait_until_sound_is_measured

REPOSITORY = Path(__file__).resolve().parents[1]
NUMBERS = ("901166565", "915421176", "900202222")
AGENTS = (AgentLine("ana", browser=False), AgentLine("luis", browser=False), AgentLine("web"))

SILENT = {"silent_seconds": 600}
"""SIPp's callers send no sound; only tests of that shall lose them for it."""


@dataclass(frozen=True, slots=True)
class RunningAsterisk:
    """A private Asterisk that is up: `ask` runs a console command, `log` is what it wrote so far."""

    asterisk: Asterisk
    secrets: Secrets

    @property
    def site(self) -> Site:
        return self.asterisk.site

    @property
    def places(self) -> Places:
        return self.asterisk.places

    def ask(self, command: str) -> str:
        return self.asterisk.ask(command)

    def log(self) -> str:
        return self.places.full_log.read_text(encoding="utf-8", errors="replace")


StartAsterisk = Callable[..., RunningAsterisk]


@pytest.fixture(scope="session")
def runtime_root() -> Path:
    """The folder of the private programs, shared with `make run`."""
    return Path(os.environ.get("VENTANILLA_RUNTIME", REPOSITORY / ".runtime")).resolve()


@pytest.fixture(scope="session")
def programs(runtime_root: Path) -> Programs:
    """Asterisk and Mosquitto, fetched once."""
    return prepare(runtime_root)


@pytest.fixture(scope="session")
def sipp(runtime_root: Path) -> Sipp:
    """SIPp and its recorded keys, fetched once."""
    return prepare_sipp(runtime_root)


@pytest.fixture(scope="session")
def start_asterisk(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartAsterisk]:
    """Start another one: `start_asterisk(agents=…, ports=…, sounds=…, lost_pause=1)`, fields of Site."""
    started: list[tuple[Asterisk, subprocess.Popen[bytes] | None]] = []

    def start(sounds: Path | None = None, **wishes: Any) -> RunningAsterisk:  # noqa: ANN401 they are Site's fields, of every type
        runtime = tmp_path_factory.mktemp("ast")
        if sounds is not None:
            (runtime / "sounds").symlink_to(sounds)
        site = Site(
            **{
                "numbers": NUMBERS,
                "country": "ES",
                "agents": AGENTS,
                "ports": free_ports(),
                "trace": True,
                **SILENT,
                **wishes,
            }
        )
        asterisk = Asterisk(programs.asterisk, Places(runtime), site)
        secrets = load_secrets(runtime, tuple(line.name for line in site.agents))
        asterisk.render(secrets)
        started.append((asterisk, asterisk.start()))
        asterisk.wait_ready()
        return RunningAsterisk(asterisk, secrets)

    yield start
    for asterisk, process in started:
        asterisk.stop()
        if process is not None:
            process.wait(timeout=10)


@pytest.fixture(scope="session")
def asterisk(start_asterisk: StartAsterisk) -> RunningAsterisk:
    """The session's Asterisk; its server is expected on `asterisk.site.ports.agi`."""
    return start_asterisk()


@dataclass(frozen=True, slots=True)
class RunningBroker:
    """A private Mosquitto that is up: users `server` and `reader`, their passwords in `secrets`."""

    broker: Broker
    secrets: Secrets

    @property
    def port(self) -> int:
        return self.broker.ports.mqtt


@pytest.fixture(scope="session")
def broker(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBroker]:
    """The session's Mosquitto."""
    runtime = tmp_path_factory.mktemp("mqtt")
    mosquitto, secrets = Broker(programs.mosquitto, runtime, free_ports()), load_secrets(runtime)
    mosquitto.render(secrets)
    process = mosquitto.start()
    assert process is not None
    mosquitto.wait_ready()
    yield RunningBroker(mosquitto, secrets)
    mosquitto.stop()
    process.wait(timeout=10)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByGroup:  # noqa: ANN401 - untyped
    """Hand out tests by group, whatever `--dist` says."""
    return ByGroup(config, log)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol() -> Generator[None, object, object]:
    """Begin no test while another worker measures sound; before its own time limit begins to count."""
    wait_until_sound_is_measured()
    return (yield)


def pytest_configure() -> None:
    """Let nobody look for garbage while thousands of tests are read in: there is none. SIGTERM ends in order."""
    hypothesis.settings.register_profile("house", deadline=None)  # timings belong in benchmarks
    hypothesis.settings.load_profile("house")
    gc.disable()
    step_aside()
    signal.signal(signal.SIGTERM, _end_in_order)


def _end_in_order(*_: object) -> None:
    """Have the fixtures stop what they started, as at Ctrl-C, when a time limit ends the run: SIGTERM, often twice."""
    signal.signal(signal.SIGTERM, lambda *_: None)
    raise KeyboardInterrupt


def pytest_collection_finish() -> None:
    """Take what was read in out of the collector's sight: half a million objects, a second each time on a busy machine.

    The telephones of the tests live in this process, and for that second nobody takes the sound off their lines.
    """
    gc.enable()
    spare_the_calls()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests measured (`record_property`), on every run: figures are part of the answer."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    figures = [(report, *measured) for report in reports for measured in report.user_properties]
    if figures:
        terminalreporter.section("measured")
    for report, what, figure in figures:
        terminalreporter.write_line(f"{what}: {figure} ({report.nodeid.rpartition('::')[2]})")
