"""After a crash callers hear what was accepted last, whatever has become of the institution's folder since."""

import asyncio
import logging
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from server import accepted, checks, cli, restarting
from server.flows import Flows, load, wanting
from server.reloading import Reloading
from server.runtime.trouble import RuntimeTrouble
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
    for _ in range(4):
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
