"""Flows are read again while calls go on: a sound folder takes over, an unsound one changes nothing."""

import asyncio
import os
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dialplans.faults import FlowError
from dialplans.institution import Institution
from ivr import services
from server import checks, cli, restarting
from server.flows import Flows, faults, load_whole
from server.reloading import Reloading, ask, verdict
from server.routing import rules_of
from server.runtime.serving import Serving
from server.runtime.trouble import RuntimeTrouble
from tests.dialplans.institutions import INSS
from tests.server.test_command_line import ventanilla


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(INSS, tmp_path / "inss", ignore=shutil.ignore_patterns("audio"))
    (tmp_path / "inss" / "languages" / "audio").symlink_to(INSS / "languages" / "audio")
    return tmp_path / "inss"


def test_a_sound_change_is_served_from_then_on_and_calls_in_progress_keep_theirs(folder: Path) -> None:
    served = Flows(folder)
    before = served.current()
    _replace(folder / "flows" / "imv.toml", 'title = "Minimum income"', 'title = "Renamed"')
    served.look()
    assert served.current() is before
    served.take()
    assert (before.flows["imv"].title, served.current().flows["imv"].title) == ("Minimum income", "Renamed")


def test_an_unsound_change_is_refused_whole(folder: Path) -> None:
    served = Flows(folder)
    before: Institution = served.current()
    _replace(folder / "flows" / "imv.toml", 'next = "notice"', 'next = "nowhere"')
    with pytest.raises(FlowError, match="there is no step nowhere"):
        served.look()
    served.take()
    assert served.current() is before


def test_a_prompt_that_nobody_has_spoken_is_refused_with_what_to_do(folder: Path) -> None:
    served = Flows(folder)
    _a_new_text(folder)
    with pytest.raises(FlowError, match=r"menu\.offices has no audio in es\. Run: make prompts") as silent:
        served.look()
    spoken = served.current().languages
    assert {fault.file for fault in silent.value.faults} == {f"languages/{code}" for code in spoken}


def test_a_text_that_is_spoken_with_its_former_words_is_refused_until_it_is_spoken_anew(folder: Path) -> None:
    served = Flows(folder)
    _replace(folder / "languages" / "es" / "general.toml", '"goodbye" = "', '"goodbye" = "Muchas gracias. ')
    with pytest.raises(FlowError, match="goodbye is spoken with other words in es") as unlike:
        served.look()
    assert len(unlike.value.faults) == 1


CHANGED = {
    "[routing]": ("relax_language_after_s = 90", "relax_language_after_s = 30"),
    "[figures]": ("target = 0.95", "target = 0.9"),
    "time_zone": ('time_zone = "Europe/Madrid"', 'time_zone = "Atlantic/Canary"'),
    "the first of languages": (
        '["es", "ca", "va", "gl", "eu", "en"]',
        '["ca", "es", "va", "gl", "eu", "en"]',
    ),
    "": ("[identity]\n", "[identity]\ncodes_per_number_day = 7\n"),  # nothing: it is asked each time
}


@pytest.mark.parametrize("left_out", CHANGED)
def test_what_a_reload_leaves_out_is_named(folder: Path, left_out: str) -> None:
    served = Flows(folder)
    _replace(folder / "institution.toml", *CHANGED[left_out])
    served.look()
    served.take()
    assert served.left_out() == ((left_out,) if left_out else ())


def test_a_run_is_not_begun_with_prompts_that_nobody_has_spoken(folder: Path, tmp_path: Path) -> None:
    _a_new_text(folder)
    said = ventanilla("run", VENTANILLA_RUNTIME=str(tmp_path / "runtime"), VENTANILLA_INSTITUTION=str(folder))
    assert said.returncode == 1
    assert "menu.offices has no audio in es. Run: make prompts" in " ".join(said.stderr.split())


def test_the_institution_that_comes_with_the_house_is_spoken_whole() -> None:
    load_whole(INSS)


def test_a_message_that_is_misspelt_is_refused_by_a_reload_and_before_a_run(
    folder: Path, tmp_path: Path
) -> None:
    served = Flows(folder)
    _replace(folder / "messages" / "es.toml", "{last4}", "{last_4}")
    with pytest.raises(
        FlowError, match=r"messages: es\.toml, changed\.account: \{last_4\} is no field of it"
    ):
        served.look()
    said = ventanilla("run", VENTANILLA_RUNTIME=str(tmp_path / "runtime"), VENTANILLA_INSTITUTION=str(folder))
    assert said.returncode == 1
    assert "{last_4} is no field of it" in " ".join(said.stderr.split())


def test_no_server_is_stopped_for_one_that_could_not_write_to_citizens(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[str] = []
    monkeypatch.setenv("VENTANILLA_RUNTIME", str(tmp_path / "runtime"))
    monkeypatch.setenv("VENTANILLA_INSTITUTION", str(folder))
    monkeypatch.setattr(cli, "running", lambda _wanted: 1)
    monkeypatch.setattr(checks, "of_database", lambda _wanted: ())
    monkeypatch.setattr(cli, "install", lambda *_: stopped.append("prompts"))
    monkeypatch.setattr(restarting, "restart", lambda _server: stopped.append("server"))
    (folder / "messages" / "es.toml").unlink()
    with pytest.raises(FlowError, match=r"messages/es\.toml is not there"):
        cli.restart()
    assert stopped == []


@pytest.fixture
async def served(folder: Path, tmp_path: Path) -> AsyncIterator[Flows]:
    """A server's flows that listen for SIGHUP, as `serve` has them."""
    read = Flows(folder)

    async def nobody() -> None:
        return

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, Reloading(tmp_path, read, nobody).asked)
    yield read
    loop.remove_signal_handler(signal.SIGHUP)


async def test_the_server_itself_says_whether_it_takes_the_flows(
    served: Flows, folder: Path, tmp_path: Path
) -> None:
    _replace(folder / "flows" / "imv.toml", 'title = "Minimum income"', 'title = "Renamed"')
    assert await asyncio.to_thread(ask, tmp_path, os.getpid(), "look") == ()
    assert served.current().flows["imv"].title == "Minimum income"
    assert await asyncio.to_thread(ask, tmp_path, os.getpid(), "take") == ()
    assert served.current().flows["imv"].title == "Renamed"


async def test_a_reload_says_what_comes_only_with_a_restart(
    served: Flows, folder: Path, tmp_path: Path
) -> None:
    _replace(folder / "institution.toml", "relax_language_after_s = 90", "relax_language_after_s = 30")
    assert await asyncio.to_thread(ask, tmp_path, os.getpid(), "look") == ()
    taken = await asyncio.to_thread(verdict, tmp_path, os.getpid(), "take")
    assert taken == ((), ("[routing]",))
    assert served.current().routing.relax_language_after_s == 30, (
        "read, though the floor has the rules it began with"
    )
    _replace(folder / "institution.toml", "relax_language_after_s = 30", "relax_language_after_s = 90")
    await asyncio.to_thread(ask, tmp_path, os.getpid(), "look")
    assert await asyncio.to_thread(verdict, tmp_path, os.getpid(), "take") == ((), ())


def test_a_reload_changes_the_hours_of_a_team(folder: Path) -> None:
    served = Flows(folder)
    shift = rules_of(served.current(), served.current).shifts["morning"]
    noon = datetime(2026, 11, 24, 12, tzinfo=ZoneInfo("Europe/Madrid")).timestamp()
    assert shift.is_open(noon)
    text = (folder / "institution.toml").read_text(encoding="utf-8")
    begins = text.index("[hours.morning]")
    closed = text[begins:].replace('tuesday = ["', 'tuesday = ["23:00-24:00"]  # "', 1)
    (folder / "institution.toml").write_text(text[:begins] + closed, encoding="utf-8")
    served.look()
    served.take()
    assert not shift.is_open(noon)


async def test_a_server_with_older_code_refuses_what_a_fresh_process_would_take(
    served: Flows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = {name: outcomes for name, outcomes in services.outcomes().items() if name != "case_state"}
    monkeypatch.setattr(services, "outcomes", lambda: older)
    before = served.current()
    faults = await asyncio.to_thread(ask, tmp_path, os.getpid(), "look")
    assert any("there is no service case_state" in fault for fault in faults)
    await asyncio.to_thread(ask, tmp_path, os.getpid(), "take")
    assert served.current() is before


async def test_whatever_goes_wrong_in_the_server_is_answered(
    served: Flows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served, "look", lambda: 1 // 0)
    (fault,) = await asyncio.to_thread(ask, tmp_path, os.getpid(), "look")
    assert "its log says why" in fault


REFUSING = """
import asyncio, signal, sys
from pathlib import Path
from dialplans.faults import Fault, FlowError
from server.reloading import Reloading

class Older:
    def look(self): raise FlowError([Fault("flows/imv.toml", "here", "service", "there is no service x", "Mend it")])
    def take(self): raise SystemExit("never")

async def main():
    runtime = Path(sys.argv[1])
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, Reloading(runtime, Older(), None).asked)
    (runtime / "ready").touch()
    await asyncio.sleep(300)

asyncio.run(main())
"""


def test_the_command_says_that_the_server_refused_and_nothing_heard_has_changed(
    folder: Path, tmp_path: Path
) -> None:
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    (tmp_path / "refusing.py").write_text(REFUSING)
    server = Serving((sys.executable, str(tmp_path / "refusing.py"), str(runtime)), runtime, tmp_path / "log")
    process = server.start()
    try:
        until = time.monotonic() + 60
        while not (runtime / "ready").exists() and time.monotonic() < until:
            time.sleep(0.05)
        said = ventanilla("reload", VENTANILLA_RUNTIME=str(runtime), VENTANILLA_INSTITUTION=str(folder))
    finally:
        server.stop()
        process.wait(10)
    assert said.returncode == 1
    assert "there is no service x" in " ".join(said.stderr.split())
    assert not list(runtime.rglob("*.alaw"))


def test_a_server_that_says_nothing_is_not_taken_for_one_that_agreed(tmp_path: Path) -> None:
    ignored = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with pytest.raises(RuntimeTrouble, match="has not answered"):
            ask(tmp_path, os.getpid(), "look", limit_s=0.01)
    finally:
        signal.signal(signal.SIGHUP, ignored)


def _a_new_text(folder: Path) -> None:
    for language in (folder / "languages").iterdir():
        if (language / "menus.toml").exists():
            with (language / "menus.toml").open("a", encoding="utf-8") as texts:
                texts.write('"menu.offices" = "Oficinas."\n')


def _replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_a_benefit_that_does_not_exist_lets_nobody_go_first(folder: Path) -> None:
    served = Flows(folder)
    _replace(folder / "institution.toml", "retirement = 3", "retired = 3")
    with pytest.raises(FlowError, match="there is no benefit retired"):
        served.look()
    assert [fault.field for fault in faults(folder)] == ["waiting.first.benefits"]
