"""`ventanilla restart`: a new server in the place of the old one; without a watcher nothing is ended."""

import sys
import threading
import time
from pathlib import Path

import pytest

from server.restarting import restart
from server.runtime.ports import free_ports
from server.runtime.processes import lives
from server.runtime.serving import Serving
from server.runtime.trouble import RuntimeTrouble
from server.runtime.watch import Watch
from tests.runtime.test_watch import kept_signals  # noqa: F401 - a fixture that every test here needs
from tests.runtime.watched import SLEEPER

LISTENER = (
    "import socket, sys, time; held = socket.create_server(('127.0.0.1', int(sys.argv[1]))); time.sleep(600)"
)
LIMIT_S = 60.0


def test_the_next_server_serves_when_the_command_returns(tmp_path: Path) -> None:
    port = free_ports().agi
    serving = Serving((sys.executable, "-c", LISTENER, str(port)), tmp_path, tmp_path / "log", (port,))
    watch = Watch(tmp_path, (serving,))
    watch.start()
    old, new = serving.pid(), list[int]()
    command = threading.Thread(target=lambda: new.append(restart(serving, LIMIT_S)))
    command.start()
    try:
        while command.is_alive():
            watch.look(time.monotonic())
            time.sleep(0.05)
        assert old is not None
        assert (lives(old), new) == (False, [serving.pid()])
        assert serving.ready()
    finally:
        watch.stop()


def test_a_server_that_nobody_would_start_again_is_left_alone(tmp_path: Path) -> None:
    serving = Serving(SLEEPER, tmp_path, tmp_path / "log")
    process = serving.start()
    try:
        with pytest.raises(RuntimeTrouble, match="No watched server"):
            restart(serving)
        assert serving.pid() == process.pid
    finally:
        serving.stop()
        process.wait(10)


def test_a_server_that_does_not_come_back_is_said(tmp_path: Path) -> None:
    serving = Serving(SLEEPER, tmp_path, tmp_path / "log")
    watch = Watch(tmp_path, (serving,))
    watch.start()
    try:
        with pytest.raises(RuntimeTrouble, match="the next is not ready"):
            restart(serving, limit_s=0.2)  # nobody looks at the children meanwhile
    finally:
        watch.stop()
