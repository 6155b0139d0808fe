"""The watcher with real processes: it restarts, it stops in order, it survives being killed."""

import dataclasses
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.runtime.asterisk import Asterisk
from server.runtime.credentials import load_secrets
from server.runtime.ports import Ports, free_ports
from server.runtime.processes import end, gone_within, lives
from server.runtime.programs import Programs
from server.runtime.serving import Serving
from server.runtime.site import Places, Site
from server.runtime.trouble import RuntimeTrouble
from server.runtime.watch import Watch
from tests.runtime.watched import SLEEPER

LIMIT = 30.0  # seconds a process may need on a busy machine


@pytest.fixture(autouse=True)
def kept_signals() -> Iterator[None]:
    """A watch takes over Ctrl-C; the test run wants it back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[tuple[Watch, Serving]]:
    server = Serving(SLEEPER, tmp_path, tmp_path / "server.log")
    watch = Watch(tmp_path, (server,))
    watch.start()
    yield watch, server
    watch.stop()


def killed(server: Serving) -> int:
    number = server.pid()
    assert number is not None
    os.kill(number, signal.SIGKILL)
    assert gone_within(number, LIMIT)
    return number


def test_a_killed_child_is_started_again_and_said_so(
    watch: tuple[Watch, Serving], caplog: pytest.LogCaptureFixture
) -> None:
    watcher, server = watch
    first = killed(server)
    now = time.monotonic()
    with caplog.at_level(logging.INFO, "ventanilla.runtime"):
        watcher.look(now)
        assert server.pid() is None
        watcher.look(now + 1)
    assert server.pid() not in {None, first}
    assert caplog.messages == [
        "The server ended (signal 9); it is started again in 0.5 s.",
        "The server was started again.",
    ]


def test_stopping_ends_what_was_started(watch: tuple[Watch, Serving]) -> None:
    watcher, server = watch
    number = server.pid()
    assert number is not None
    watcher.stop()
    assert not lives(number)


@pytest.mark.usefixtures("watch")
def test_two_watchers_do_not_share_a_folder(tmp_path: Path) -> None:
    with pytest.raises(RuntimeTrouble, match="running already"):
        Watch(tmp_path, ()).start()


def test_a_child_that_ends_while_starting_is_told_with_its_last_words(tmp_path: Path) -> None:
    said = (
        "import sys; print('12:00:01 WARNING evidence: no authority', file=sys.stderr); sys.exit('no flow')"
    )
    broken = Serving((sys.executable, "-c", said), tmp_path, tmp_path / "log", (1,))
    with pytest.raises(RuntimeTrouble, match="last words: no flow"):
        Watch(tmp_path, (broken,)).start()


def test_a_port_the_server_needs_is_not_taken_for_the_server(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        server = Serving(SLEEPER, tmp_path, tmp_path / "log", (port,))
        with pytest.raises(RuntimeTrouble, match=f"Port {port} is used by another program"):
            Watch(tmp_path, (server,)).start()


def test_a_server_left_by_a_killed_watcher_is_replaced(watch: tuple[Watch, Serving]) -> None:
    _, server = watch
    first = server.pid()
    assert first is not None
    second = server.start()
    assert second.poll() is None
    assert not lives(first)
    end(second.pid, 5)
    second.wait(timeout=5)


class Watcher:
    """`tests.runtime.watched` as a process; `asterisk` and `server` are its children's ids."""

    def __init__(self, runtime_root: Path, runtime: Path, ports: Ports) -> None:
        words = [str(runtime_root), str(runtime), json.dumps(dataclasses.asdict(ports))]
        command = [sys.executable, "-m", "tests.runtime.watched", *words]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.asterisk, self.server = json.loads(self.process.stdout.readline())

    def signal(self, number: int) -> int:
        self.process.send_signal(number)
        code = self.process.wait(timeout=LIMIT)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@pytest.mark.asterisk
def test_a_killed_watcher_leaves_asterisk_and_the_next_one_takes_it_over(
    runtime_root: Path, programs: Programs, tmp_path: Path
) -> None:
    ports = free_ports()
    first = Watcher(runtime_root, tmp_path, ports)
    first.signal(signal.SIGKILL)
    assert lives(first.asterisk)
    second = Watcher(runtime_root, tmp_path, ports)
    assert second.asterisk == first.asterisk
    assert second.server != first.server
    assert second.signal(signal.SIGINT) == 0
    assert not any(map(lives, (first.server, second.asterisk, second.server)))
    assert programs.asterisk.version


@pytest.mark.asterisk
def test_a_taken_port_is_named_with_its_setting(programs: Programs, tmp_path: Path) -> None:
    ports = free_ports()
    asterisk = Asterisk(programs.asterisk, Places(tmp_path), Site(numbers=("901166565",), ports=ports))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", ports.sip))
        asterisk.render(load_secrets(tmp_path))
        with pytest.raises(RuntimeTrouble, match=rf"Port {ports.sip} \(sip\).*VENTANILLA_PORTS__SIP"):
            asterisk.start()
