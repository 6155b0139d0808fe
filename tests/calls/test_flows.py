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
from server.runtime.watch import LOOK, Watch
from tests.calls.centre import Centre, environment
from tests.calls.conftest import OpenCentre
from tests.dialplans.institutions import INSS
from tests.runtime.test_watch import kept_signals  # noqa: F401 - a fixture for who watches
from tests.server.test_accepted import a_half_save, a_prompt_that_nobody_has_spoken

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(400)]

NUMBER = "901166565"
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


@pytest.mark.slow
async def test_an_announcement_is_heard_after_a_reload_and_a_broken_flow_changes_nothing(
    managed: Centre, catalogue: Catalogue
) -> None:
    folder = Path(managed.settings.institution)
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
def restored(folder: Path) -> Iterator[None]:
    """Whatever is written into the folder meanwhile."""
    before = accepted.read(folder)
    try:
        yield
    finally:
        for path, content in before.items():
            (folder / path).write_bytes(content)


@contextmanager
def watched(centre: Centre) -> Iterator[None]:
    """The centre's server, started anew and watched as `ventanilla run` does."""
    watch, over = Watch(centre.settings.runtime, (centre.server,)), threading.Event()

    def looking() -> None:
        while not over.wait(LOOK):
            watch.look(time.monotonic())

    watch.start()
    looker = threading.Thread(target=looking)
    looker.start()
    try:
        yield
    finally:
        over.set()
        looker.join()
        watch.stop()


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


async def test_a_server_that_hangs_is_killed_and_the_next_one_answers_who_calls_meanwhile(
    managed: Centre, catalogue: Catalogue
) -> None:
    managed.server.stop()
    managed.processes.pop().wait(timeout=10)
    with watched(managed):
        await asyncio.sleep(2)  # it has shown that it lives
        hanging = managed.server.pid()
        assert hanging is not None
        os.kill(hanging, signal.SIGSTOP)
        answered = await call(managed, catalogue, "", "greeting.general")
        assert (answered.trouble, answered.unmet) == ("", ())
        assert managed.server.pid() not in {None, hanging}
    await asyncio.to_thread(managed.start)
