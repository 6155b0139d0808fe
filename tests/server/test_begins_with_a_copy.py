"""Commands keep what they accept; a start with a refused folder begins with what was accepted last, and says so."""

import asyncio
import io
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import IO

import pytest
from rich.console import Console

from dialplans.faults import FlowError
from dialplans.institution import Institution
from server import accepted, checks, cli, restarting, setup
from server.flows import Flows, load
from server.reloading import Reloading
from server.runtime.trouble import RuntimeTrouble
from server.settings import Settings
from tests.server.accepting import (
    a_half_save,
    a_half_written_language,
    a_manifest_in_pieces,
    a_prompt_that_nobody_has_spoken,
    a_sound_change_that_nobody_took,
    a_voice_that_says_no_word,
    copies,
    folder,
    half_of_the_terms_of_recordings,
    kept,
    replaced,
    runtime,
)

__all__ = ["folder", "runtime"]


REFUSED = {
    a_half_save: "flows/payments.toml: not readable as TOML",
    a_prompt_that_nobody_has_spoken: "menu.offices has no audio",
    a_half_written_language: "menus.toml: not readable as TOML",
    a_manifest_in_pieces: "is spoken with other words",
    shutil.rmtree: "institution.toml",
    a_voice_that_says_no_word: "say.DNI is no text",
    half_of_the_terms_of_recordings: "retention.toml is not TOML",
}


@pytest.mark.parametrize(("edit", "said"), REFUSED.items())
def test_a_start_with_a_folder_that_is_refused_begins_with_what_was_accepted_last(
    folder: Path, runtime: Path, edit: Callable[[Path], None], said: str
) -> None:
    before = load(folder)
    kept(runtime, folder)
    edit(folder)
    begins = accepted.beginning(runtime, folder, accepted.read(folder))
    assert (begins.institution.flows, begins.institution.texts) == (before.flows, before.texts)
    assert said in "\n".join(begins.refused)


def test_a_start_with_a_sound_folder_begins_with_it(folder: Path, runtime: Path) -> None:
    kept(runtime, folder)
    a_sound_change_that_nobody_took(folder)
    begins = accepted.beginning(runtime, folder, accepted.read(folder))
    assert begins.institution.flows["imv"].title == "Renamed"
    assert begins.refused == ()


def test_the_first_start_ever_is_refused_with_what_is_wrong(folder: Path, runtime: Path) -> None:
    a_half_save(folder)
    with pytest.raises(FlowError, match=r"flows/payments\.toml"):
        accepted.beginning(runtime, folder, accepted.read(folder))


def test_a_start_is_refused_when_this_code_does_not_take_what_was_accepted_either(
    folder: Path, runtime: Path
) -> None:
    replaced(folder / "flows" / "imv.toml", "title =", "heading =")
    kept(runtime, folder)
    a_half_save(folder)
    with pytest.raises(FlowError, match=r"flows/payments\.toml"):
        accepted.beginning(runtime, folder, accepted.read(folder))


def test_a_start_while_somebody_saves_begins_with_what_was_accepted_last(folder: Path, runtime: Path) -> None:
    kept(runtime, folder)
    judged = accepted.read(folder)
    a_sound_change_that_nobody_took(folder)
    begins = accepted.beginning(runtime, folder, judged)
    assert begins.institution.flows["imv"].title != "Renamed"
    assert "changed while it was read" in begins.refused[0]


class Started:
    """A watch that has nothing to watch."""

    def __init__(self, _runtime: Path, _children: object, claim: IO[str], _chore: object) -> None:
        claim.close()

    def start(self, _progress: object) -> None:
        """Start nothing."""

    def run(self) -> None:
        """Watch nothing."""


@pytest.fixture
def set_up(monkeypatch: pytest.MonkeyPatch, folder: Path, runtime: Path) -> list[tuple[object, ...]]:
    """What `run` sets up, without doing it: the arguments after the progress."""
    given: list[tuple[object, ...]] = []

    def noted(_wanted: Settings, _progress: object, *more: object) -> object:
        given.append(more)
        parts = SimpleNamespace(folder=runtime, warning="")
        return SimpleNamespace(asterisk=parts, broker=parts, programs=parts)

    monkeypatch.setenv("VENTANILLA_RUNTIME", str(runtime))
    monkeypatch.setenv("VENTANILLA_INSTITUTION", str(folder))
    monkeypatch.setattr(os, "umask", lambda _mask: 0)
    monkeypatch.setattr(setup, "check_ports", lambda *_, **__: None)
    monkeypatch.setattr(setup, "set_up", noted)
    monkeypatch.setattr(cli, "children", lambda _installation: [])
    monkeypatch.setattr(cli, "Watch", Started)
    monkeypatch.setattr(cli, "say_ready", lambda *_: None)
    return given


def test_run_serves_what_was_accepted_last_and_says_file_field_and_remedy(
    folder: Path, runtime: Path, set_up: list[tuple[object, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    cli.run()
    assert set_up == [()]
    (copy,) = copies(runtime)
    assert capsys.readouterr().err == ""
    replaced(folder / "flows" / "imv.toml", "title =", "heading =")
    cli.run()
    ((institution,),) = set_up[1:]
    assert isinstance(institution, Institution)
    assert institution.flows == load(copy).flows
    assert institution.numbers == load(copy).numbers, "and its prompts are not laid out"
    assert copies(runtime) == [copy], "and nothing of the folder is kept"
    said = capsys.readouterr().err
    assert f"{folder} IS NOT SERVED AS IT STANDS" in said
    assert "flows/imv.toml, field heading: " in said
    assert "Remove it, or correct its spelling." in said
    assert said.endswith("Correct it, then run: ventanilla reload\n")


def test_check_says_that_a_copy_is_served_and_takes_it_for_no_fault(
    folder: Path, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def report() -> str:
        page = Console(file=io.StringIO(), width=1000)
        wanted = Settings.model_validate({"runtime": runtime, "institution": str(folder)})
        assert checks.report(wanted, page) == 0
        assert isinstance(page.file, io.StringIO)
        return page.file.getvalue()

    monkeypatch.setattr(checks, "PARTS", ())
    assert not report()
    kept(runtime, folder)
    assert not report()
    a_half_save(folder)
    assert report().endswith(
        "was changed and not accepted since (flows/payments.toml): what was accepted last is served. "
        "Run: ventanilla reload\n"
    )


def test_a_folder_that_changes_while_it_is_judged_leaves_the_prompts_alone(
    folder: Path, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid_out: list[object] = []
    monkeypatch.setenv("VENTANILLA_RUNTIME", str(runtime))
    monkeypatch.setenv("VENTANILLA_INSTITUTION", str(folder))
    monkeypatch.setattr(cli, "running", lambda _wanted: 1)
    monkeypatch.setattr(cli, "load_whole", a_sound_change_that_nobody_took)
    monkeypatch.setattr(checks, "of_database", lambda _wanted: ())
    monkeypatch.setattr(cli, "install", lambda *given: laid_out.append(given))
    with pytest.raises(RuntimeTrouble, match="changed while it was read"):
        cli.restart()
    assert laid_out == []


def test_a_restart_keeps_what_it_accepts_before_anything_is_stopped(
    folder: Path, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept_first: list[bool] = []
    monkeypatch.setenv("VENTANILLA_RUNTIME", str(runtime))
    monkeypatch.setenv("VENTANILLA_INSTITUTION", str(folder))
    monkeypatch.setattr(cli, "running", lambda _wanted: 1)
    monkeypatch.setattr(checks, "of_database", lambda _wanted: ())
    monkeypatch.setattr(cli, "install", lambda *_: None)
    monkeypatch.setattr(restarting, "restart", lambda _server: kept_first.append(bool(copies(runtime))))
    cli.restart()
    assert kept_first == [True]


async def test_a_reload_keeps_what_it_accepts_and_nothing_that_is_refused(
    folder: Path, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nobody() -> None:
        return

    monkeypatch.setenv("VENTANILLA_RUNTIME", str(runtime))
    monkeypatch.setenv("VENTANILLA_INSTITUTION", str(folder))
    monkeypatch.setattr(cli, "running", lambda _wanted: os.getpid())
    monkeypatch.setattr(cli, "install", lambda *_: None)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, Reloading(runtime, Flows(folder), nobody).asked)
    try:
        a_sound_change_that_nobody_took(folder)
        await asyncio.to_thread(cli.reload_flows)
        a_prompt_that_nobody_has_spoken(folder)
        with pytest.raises(RuntimeTrouble, match=r"menu\.offices has no audio"):
            await asyncio.to_thread(cli.reload_flows)
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
    (copy,) = copies(runtime)
    assert 'title = "Renamed"' in (copy / "flows" / "imv.toml").read_text("utf-8")
    assert "menu.offices" not in (copy / "flows" / "general.toml").read_text("utf-8")
