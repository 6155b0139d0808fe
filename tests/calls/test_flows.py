"""What a manager does to the flows while calls come in: an emergency, an announcement, an edit gone wrong."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from server.probe.call import Outcome, place
from server.probe.catalogue import Catalogue
from server.probe.script import Script, parse_steps
from tests.calls.centre import Centre, environment
from tests.calls.conftest import OpenCentre
from tests.dialplans.institutions import INSS

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
