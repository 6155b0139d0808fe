"""What a manager does to the flows while calls come in: an emergency, an announcement, an edit gone wrong.

And what the watcher does meanwhile: after a crash, and with a server that hangs, callers hear what was accepted last.
"""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from server import accepted
from server.probe.call import Outcome, place
from server.probe.catalogue import Catalogue
from server.probe.script import Script, parse_steps
from server.runtime.beats import Pulse
from server.runtime.restarts import Running
from server.runtime.watch import LOOK, Watch
from tests.calls.centre import Centre, environment
from tests.calls.conftest import OpenCentre
from tests.dialplans.institutions import INSS
from tests.server.accepting import a_half_save, a_prompt_that_nobody_has_spoken

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(400)]

NUMBER = "901166565"
BEATS_WITHIN_S = 30.0  # it beats once a second; on a busy machine a second is long
CHRISTMAS = """
[[announcement]]
say = "announcements.pension"
from = 2000-01-01T00:00:00
until = 2100-01-01T00:00:00
"""


@pytest.fixture(scope="module")
def managed(open_centre: OpenCentre, tmp_path_factory: pytest.TempPathFactory) -> Centre:
    """A centre whose institution is a copy that may be edited."""
    folder = tmp_path_factory.mktemp("institution") / "inss"
    shutil.copytree(INSS, folder)
    return open_centre(institution=str(folder))


def ventanilla(centre: Centre, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of this centre's owner."""
    return subprocess.run(
        [sys.executable, "-m", "server.cli", *words],
        env={**os.environ, **environment(centre.settings)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


async def call(
    centre: Centre, catalogue: Catalogue, press: str, *expect: str, seconds: float = 60
) -> Outcome:
    return await place(
        Script(NUMBER, centre.sip, "+34911000001", parse_steps(press), expect, seconds=seconds), catalogue
    )


async def test_an_emergency_is_heard_by_the_next_caller_and_over_when_it_is_over(
    managed: Centre, catalogue: Catalogue
) -> None:
    assert ventanilla(managed, "flows", "switch", "emergency", "on").returncode == 0
    shut = await call(managed, catalogue, "", "emergency.closed", "!greeting.general")
    assert (shut.trouble, shut.unmet) == ("", ())
    assert managed.played()[-1] == "emergency.closed"
    assert ventanilla(managed, "flows", "switch", "emergency", "off").returncode == 0
    served = await call(managed, catalogue, "1@language.offer~0", "greeting.general", "menu.main")
    assert (served.trouble, served.unmet) == ("", ())


@contextmanager
def restored(folder: Path) -> Iterator[None]:
    """Whatever is written into the folder meanwhile."""
    before = accepted.read(folder)
    try:
        yield
    finally:
        for path, content in before.items():
            (folder / path).write_bytes(content)


@pytest.mark.slow
async def test_an_announcement_is_heard_after_a_reload_and_a_broken_flow_changes_nothing(
    managed: Centre, catalogue: Catalogue
) -> None:
    folder = Path(managed.settings.institution)
    with restored(folder):
        (folder / "announcements.toml").write_text(CHRISTMAS, "utf-8")
        assert ventanilla(managed, "reload").returncode == 0
        told = ("recording.notice", "announcements.pension", "menu.main")
        heard = await call(managed, catalogue, "1@language.offer~0", *told)
        assert (heard.trouble, heard.unmet) == ("", ())
        flow = folder / "flows" / "general.toml"
        flow.write_text(flow.read_text("utf-8").replace('next = "main"', 'next = "mian"'), "utf-8")
        refused = ventanilla(managed, "reload")
        assert refused.returncode == 1
        assert "flows/general.toml, step news, field next: there is no step mian" in " ".join(
            refused.stderr.split()
        )
        again = await call(managed, catalogue, "1@language.offer~0", *told)
        assert (again.trouble, again.unmet) == ("", ())


@contextmanager
def watched(centre: Centre) -> Iterator[Watch]:
    """The centre's server as it runs, looked at as `ventanilla run` does; started again by who looks, it stays."""
    name, over = centre.server.name, threading.Event()
    watch = Watch(centre.settings.runtime, (centre.server,))
    watch._states[name], watch._processes[name] = Running(time.monotonic()), centre.processes.pop()

    def looking() -> None:
        while not over.wait(LOOK):
            watch.look(time.monotonic())

    looker = threading.Thread(target=looking)
    looker.start()
    try:
        yield watch
    finally:
        over.set()
        looker.join()
        if (process := watch._processes.get(name)) is not None:
            centre.processes.append(process)


def has_beaten(watch: Watch, centre: Centre) -> None:
    """Wait until the server was heard."""
    until = time.monotonic() + BEATS_WITHIN_S
    while not watch._pulses.get(centre.server.name, Pulse(0)).heard:
        assert time.monotonic() < until
        time.sleep(LOOK)


@pytest.mark.slow
async def test_after_a_crash_callers_hear_what_was_accepted_however_the_folder_looks(
    managed: Centre, catalogue: Catalogue
) -> None:
    folder = Path(managed.settings.institution)
    assert ventanilla(managed, "reload").returncode == 0
    with restored(folder):
        for edit in (a_prompt_that_nobody_has_spoken, a_half_save):
            edit(folder)
            managed.kill()
            await asyncio.to_thread(managed.start)
            heard = await call(managed, catalogue, "", "greeting.general")
            assert (heard.trouble, heard.unmet) == ("", ())
    assert "flows/payments.toml" in managed.server_log()
    assert "what was accepted last is served. Run: ventanilla reload" in managed.server_log()


async def test_a_server_that_hangs_is_killed_and_who_calls_meanwhile_hears_what_was_accepted(
    managed: Centre, catalogue: Catalogue
) -> None:
    folder = Path(managed.settings.institution)
    accepted.keep(managed.settings.runtime, folder, accepted.read(folder))
    hanging = managed.server.pid()
    assert hanging is not None
    with restored(folder), watched(managed) as watch:
        await asyncio.to_thread(has_beaten, watch, managed)
        a_prompt_that_nobody_has_spoken(folder)
        os.kill(hanging, signal.SIGSTOP)
        answered = await call(managed, catalogue, "", "greeting.general")
        assert (answered.trouble, answered.unmet) == ("", ())
        assert managed.server.pid() not in {None, hanging}
    assert "what was accepted last is served. Run: ventanilla reload" in managed.server_log()
