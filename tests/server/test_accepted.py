"""After a crash callers hear what was accepted last, whatever has become of the institution's folder since."""

import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from server import accepted
from server.flows import load, wanting
from server.keeping import read_terms
from server.runtime.trouble import RuntimeTrouble
from tests.dialplans.institutions import INSS
from tests.server.accepting import (
    PAYMENTS,
    a_half_save,
    a_prompt_that_nobody_has_spoken,
    a_sound_change_that_nobody_took,
    copies,
    folder,
    kept,
    replaced,
    runtime,
)

__all__ = ["folder", "runtime"]


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
