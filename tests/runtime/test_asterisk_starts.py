"""The configuration we ship, on the Asterisk we run."""

import re
import stat

import pytest

from server.runtime.programs import age_warning, wanted_modules
from server.runtime.render import templates
from tests.conftest import RunningAsterisk, StartAsterisk

pytestmark = pytest.mark.asterisk
# What Asterisk always loads and lists without a file of its own has no `.so` in its name.
LOADED = re.compile(r"^(\S+\.so) .* Running ", re.MULTILINE)
COMPLAINT = re.compile(r"(?:WARNING|ERROR)\[.*")


def test_every_module_we_name_runs_and_no_other(asterisk: RunningAsterisk) -> None:
    assert set(LOADED.findall(asterisk.ask("module show"))) == set(wanted_modules())


def test_it_starts_without_a_complaint(asterisk: RunningAsterisk) -> None:
    start = asterisk.log().split("Asterisk Ready")[0]
    assert COMPLAINT.findall(start) == []


def test_it_has_the_security_fixes_that_are_published(asterisk: RunningAsterisk) -> None:
    assert age_warning(asterisk.asterisk.program.version) == ""


def test_nobody_else_reads_its_secrets(asterisk: RunningAsterisk) -> None:
    files = [*asterisk.places.etc.glob("*.conf"), asterisk.places.runtime / "secrets.json"]
    files += [asterisk.places.full_log, asterisk.asterisk.run_dir / "asterisk.ctl"]
    assert {stat.S_IMODE(file.stat().st_mode) & 0o077 for file in files} == {0}


def test_without_trace_the_log_tells_no_steps(start_asterisk: StartAsterisk) -> None:
    quiet = start_asterisk(trace=False)
    quiet.ask("channel originate Local/901166565@from-trunk application Echo")
    quiet.ask("channel request hangup all")
    assert quiet.asterisk.alive()
    assert "VERBOSE" not in quiet.log()


def test_no_secret_is_in_the_log(asterisk: RunningAsterisk) -> None:
    secrets = asterisk.secrets
    log = asterisk.log()
    assert not [word for word in (secrets.agi, secrets.ami, secrets.browser) if word in log]


def test_every_application_the_dialplan_names_is_loaded(asterisk: RunningAsterisk) -> None:
    named = set(re.findall(r"(?:,|=> n(?:\(\w+\))?,)([A-Z]\w+)\(", templates()["extensions.conf"])) - {"IF"}
    assert {"AGI", "Queue", "MusicOnHold"} <= named
    assert [name for name in named if "not registered" in asterisk.ask(f"core show application {name}")] == []
