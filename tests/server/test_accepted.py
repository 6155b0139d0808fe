"""After a crash callers hear what was accepted last, whatever has become of the institution's folder since."""

import asyncio
import io
import logging
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
from server.flows import Flows, load, wanting
from server.keeping import read_terms
from server.reloading import Reloading
from server.runtime.trouble import RuntimeTrouble
from server.settings import Settings
from tests.dialplans.institutions import INSS

PAYMENTS = Path("flows", "payments.toml")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(INSS, tmp_path / "inss", ignore=shutil.ignore_patterns("audio"))
    (tmp_path / "inss" / "languages" / "audio").symlink_to(INSS / "languages" / "audio")
    return tmp_path / "inss"


@pytest.fixture
def runtime(tmp_path: Path) -> Path:
    (tmp_path / "runtime").mkdir()
    return tmp_path / "runtime"


def kept(runtime: Path, folder: Path) -> None:
    accepted.keep(runtime, folder, accepted.read(folder))


def copies(runtime: Path) -> list[Path]:
    return sorted(place for place in (runtime / "accepted").iterdir() if place.is_dir())


def a_half_save(folder: Path) -> None:
    text = (folder / PAYMENTS).read_text("utf-8")
    (folder / PAYMENTS).write_text(text[: len(text) // 2] + '\n[steps."', "utf-8")


def a_prompt_that_nobody_has_spoken(folder: Path) -> None:
    for texts in (folder / "languages").glob("*/menus.toml"):
        texts.write_text(texts.read_text("utf-8") + '"menu.offices" = "Oficinas."\n', "utf-8")
    replaced(folder / "flows" / "general.toml", 'say = ["greeting.general"', 'say = ["menu.offices"')


def a_voice_that_says_no_word(folder: Path) -> None:
    replaced(folder / "languages" / "voices.toml", 'DNI = "deneí", NIE = "nié", Y', "DNI = [1], Y")


def half_of_the_terms_of_recordings(folder: Path) -> None:
    (folder / "retention.toml").write_text("[without]\nactive_ye", "utf-8")


def a_sound_change_that_nobody_took(folder: Path) -> None:
    replaced(folder / "flows" / "imv.toml", 'title = "Minimum income"', 'title = "Renamed"')


def replaced(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


@pytest.mark.parametrize(
    "edit", [a_half_save, a_prompt_that_nobody_has_spoken, a_sound_change_that_nobody_took]
)
def test_what_was_accepted_last_is_served_and_the_log_says_how_to_take_the_folder(
    folder: Path, runtime: Path, edit: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    before = load(folder)
    kept(runtime, folder)
    edit(folder)
    shutil.rmtree(folder / "messages")
    with caplog.at_level(logging.WARNING, "ventanilla.flows"):
        flows, wording = accepted.begin(runtime, folder)
    assert (flows.current().flows, flows.current().texts) == (before.flows, before.texts)
    assert "es" in wording.languages
    (said,) = caplog.messages
    assert "flows/" in said
    assert "was changed and not accepted since" in said
    assert said.endswith("Run: ventanilla reload")


def test_a_folder_as_it_was_accepted_is_nothing_to_tell(
    folder: Path, runtime: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept(runtime, folder)
    accepted.begin(runtime, folder)
    assert caplog.messages == []


def test_a_server_that_serves_the_copy_is_asked_to_take_the_folder(folder: Path, runtime: Path) -> None:
    kept(runtime, folder)
    a_sound_change_that_nobody_took(folder)
    flows, _ = accepted.begin(runtime, folder)
    flows.look()
    flows.take()
    assert flows.current().flows["imv"].title == "Renamed"


def test_the_first_start_ever_and_another_institution_begin_with_the_folder(
    folder: Path, runtime: Path, caplog: pytest.LogCaptureFixture
) -> None:
    a_sound_change_that_nobody_took(folder)
    assert accepted.begin(runtime, folder)[0].current().flows["imv"].title == "Renamed"
    kept(runtime, INSS)
    assert accepted.begin(runtime, folder)[0].current().flows["imv"].title == "Renamed"
    assert caplog.messages == []


def test_a_copy_that_newer_code_refuses_gives_way_to_the_folder(
    folder: Path, runtime: Path, caplog: pytest.LogCaptureFixture
) -> None:
    replaced(folder / "flows" / "imv.toml", "title =", "heading =")  # as if a field had been renamed
    kept(runtime, folder)
    replaced(folder / "flows" / "imv.toml", "heading =", "title =")
    assert accepted.begin(runtime, folder)[0].current().flows == load(folder).flows
    (said,) = caplog.messages
    assert "This code refuses what was accepted last" in said
    assert "flows/imv.toml" in said


def test_a_copy_that_a_power_cut_left_in_pieces_is_not_served(
    folder: Path, runtime: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept(runtime, folder)
    (copy,) = copies(runtime)
    (copy / PAYMENTS).write_bytes(b"")
    assert accepted.begin(runtime, folder)[0].current().flows == load(folder).flows
    assert "is damaged" in caplog.messages[0]


def test_a_full_disk_takes_nothing_from_a_folder_that_was_accepted_before(
    folder: Path, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_self: Path, _content: bytes) -> int:
        raise OSError(28, "No space left on device")

    kept(runtime, folder)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        kept(runtime, folder)
    before = load(folder)
    a_half_save(folder)
    assert accepted.begin(runtime, folder)[0].current().flows == before.flows


def test_what_nobody_thought_of_in_a_folder_keeps_no_start_from_what_was_accepted(
    folder: Path, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def odd(_folder: Path) -> None:
        raise RecursionError("as deep as nobody wrote")

    kept(runtime, folder)
    monkeypatch.setattr(accepted, "load_whole", odd)
    begins = accepted.beginning(runtime, folder, accepted.read(folder))
    assert begins.refused == ("RecursionError: as deep as nobody wrote",)


def test_the_terms_of_recordings_are_those_that_were_accepted(folder: Path, runtime: Path) -> None:
    assert accepted.served(runtime, folder) == folder, "nothing was yet"
    before = read_terms(folder)
    kept(runtime, folder)
    replaced(folder / "retention.toml", "active_years = 1\n", "active_years = 2\n")
    assert read_terms(accepted.served(runtime, folder)) == before != read_terms(folder)
    kept(runtime, folder)
    assert read_terms(accepted.served(runtime, folder)) == read_terms(folder)


def test_a_full_disk_stops_nobody_and_leaves_no_copy_that_would_not_go_with_the_prompts(
    folder: Path, runtime: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(_self: Path, _content: bytes) -> int:
        raise OSError(28, "No space left on device")

    kept(runtime, folder)
    a_sound_change_that_nobody_took(folder)
    monkeypatch.setattr(Path, "write_bytes", full)
    kept(runtime, folder)
    assert len(copies(runtime)) == 1
    assert "No space left on device" in caplog.messages[0]
    assert accepted.begin(runtime, folder)[0].current().flows["imv"].title == "Renamed"


def test_a_folder_that_changes_while_it_is_judged_is_not_accepted(folder: Path, runtime: Path) -> None:
    kept(runtime, folder)
    before = copies(runtime)
    judged = accepted.read(folder)
    a_sound_change_that_nobody_took(folder)
    with pytest.raises(RuntimeTrouble, match="changed while it was read"):
        accepted.keep(runtime, folder, judged)
    assert copies(runtime) == before


def test_two_copies_are_kept_at_most_and_no_audio(folder: Path, runtime: Path) -> None:
    for years in range(2, 6):
        replaced(folder / "retention.toml", f"active_years = {years - 1}\n", f"active_years = {years}\n")
        kept(runtime, folder)
    assert len(copies(runtime)) == 2
    assert {file.suffix for file in runtime.rglob("*") if file.is_file()} == {".toml", ".json"}


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


def test_the_edits_of_these_tests_are_what_they_are_called(folder: Path) -> None:
    a_sound_change_that_nobody_took(folder)
    assert wanting(folder, load(folder)) == []
    a_prompt_that_nobody_has_spoken(folder)
    assert "menu.offices has no audio" in str(wanting(folder, load(folder))[0])


def test_a_linked_subfolder_is_kept_as_well(folder: Path, runtime: Path) -> None:
    (folder / "flows").rename(folder.parent / "flows elsewhere")
    (folder / "flows").symlink_to(folder.parent / "flows elsewhere")
    kept(runtime, folder)
    (copy,) = copies(runtime)
    assert (copy / PAYMENTS).read_bytes() == (folder / PAYMENTS).read_bytes()


def a_half_written_language(folder: Path) -> None:
    (folder / "languages" / "es" / "menus.toml").write_text('"menu.main" = "Para', "utf-8")


def a_manifest_in_pieces(folder: Path) -> None:
    audio = folder / "languages" / "audio"
    audio.unlink()
    shutil.copytree(INSS / "languages" / "audio" / "es", audio / "es")
    (audio / "es" / "manifest.json").write_text("{", "utf-8")


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
