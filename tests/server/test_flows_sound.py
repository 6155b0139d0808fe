"""What `flows check`, start and reload refuse: levels too low, words and keys that disagree, silence."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dialplans.faults import FlowError
from dialplans.voice import manifest
from ivr.services import least_levels
from server.cli import app
from server.flows import faults, load, unspoken, wanting
from tests.dialplans.institutions import INSS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The institution's texts and flows, without its audio."""
    return Path(shutil.copytree(INSS, tmp_path / "inss", ignore=shutil.ignore_patterns("audio", "*.opus")))


def replaced(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    file.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize("service", sorted(name for name, level in least_levels().items() if level))
def test_a_service_without_a_line_takes_its_own_level(folder: Path, service: str) -> None:
    toml = folder / "institution.toml"
    before = toml.read_text(encoding="utf-8")
    lines = [line for line in before.splitlines() if not line.startswith(f"{service} = {{ level")]
    assert len(lines) == len(before.splitlines()) - 1
    toml.write_text("\n".join(lines), encoding="utf-8")
    assert load(folder).level_of(service) == least_levels()[service] == 1


def test_a_level_below_the_service_s_own_is_refused_with_field_and_remedy(folder: Path) -> None:
    replaced(folder / "institution.toml", "benefit = { level = 1 }", "benefit = { level = 0 }")
    (fault,) = faults(folder)
    assert (fault.file, fault.field) == ("institution.toml", "services.benefit.level")
    assert "level = 1 or more" in fault.remedy
    with pytest.raises(FlowError, match="takes level 1 at least"):
        load(folder)


def test_a_key_that_is_said_and_does_nothing_is_named_for_every_language(folder: Path) -> None:
    replaced(folder / "flows" / "payments.toml", ', 4 = "bank_account"', "")
    told = [fault for fault in faults(folder) if fault.field == "keys.4"]
    assert [(fault.file, fault.step) for fault in told] == [("flows/payments.toml", "menu")] * 6
    assert all("name a key that does nothing" in fault.what for fault in told)


def test_a_key_that_nobody_is_told_of_and_a_menu_without_a_person_are_named(folder: Path) -> None:
    menus = next(
        file for file in (folder / "languages" / "es").glob("*.toml") if '"menu.payments"' in file.read_text()
    )
    text = menus.read_text(encoding="utf-8")
    (line,) = [one for one in text.splitlines() if one.startswith('"menu.payments"')]
    said = '"menu.payments" = "Para cobros, pulse 1. Para certificados, pulse 2. Para su domicilio, pulse 3."'
    menus.write_text(text.replace(line, said), encoding="utf-8")
    found = faults(folder)
    assert [(fault.step, fault.field) for fault in found] == [("menu", "keys.4"), ("menu", "say")]
    assert ["pulse 4." in found[0].remedy, "pulse 0." in found[1].remedy] == [True, True], "the form is named"


def test_a_menu_of_six_options_is_too_long(folder: Path) -> None:
    replaced(
        folder / "flows" / "payments.toml",
        '4 = "bank_account"',
        '4 = "bank_account", 5 = "address", 6 = "address"',
    )
    assert "6 options are more than 5" in {fault.what for fault in faults(folder)}


def test_the_check_of_the_flows_says_which_prompts_nobody_has_spoken(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VENTANILLA_RUNTIME", str(tmp_path / "runtime"))
    monkeypatch.setenv("VENTANILLA_INSTITUTION", str(folder))
    done = CliRunner().invoke(app, ["flows", "check"])
    assert done.exit_code == 1
    assert "the prompt menu.main has no audio in es" in " ".join(done.output.split())


def test_the_check_of_the_flows_says_what_is_wrong_with_the_messages(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (folder / "languages" / "audio").symlink_to(INSS / "languages" / "audio")
    monkeypatch.setenv("VENTANILLA_RUNTIME", str(tmp_path / "runtime"))
    monkeypatch.setenv("VENTANILLA_INSTITUTION", str(folder))
    replaced(folder / "messages" / "ca.toml", "{last4}", "{last_4}")
    done = CliRunner().invoke(app, ["flows", "check"])
    assert done.exit_code == 1
    assert "ca.toml, changed.account: {last_4} is no field of it" in " ".join(done.output.split())


def test_languages_behind_other_keys_than_their_words_name_are_refused(folder: Path) -> None:
    replaced(folder / "flows" / "imv.toml", '1 = "es", 2 = "ca"', '2 = "es", 1 = "ca"')
    told = {(fault.file, fault.step, fault.field): fault for fault in faults(folder)}
    assert set(told) == {("flows/imv.toml", "language", "keys.1"), ("flows/imv.toml", "language", "keys.2")}
    spanish = told["flows/imv.toml", "language", "keys.2"]
    assert "the words of language.offer in es name key 1, its own is key 2" in spanish.what
    assert "languages/es" in spanish.remedy


def test_a_language_offered_without_a_key_is_refused(folder: Path) -> None:
    replaced(folder / "languages" / "eu" / "general.toml", "Euskaraz, sakatu 5.", "Euskaraz.")
    told = {(fault.file, fault.step) for fault in faults(folder)}
    assert told == {("flows/general.toml", "language"), ("flows/imv.toml", "language")}
    assert all("in eu name no key" in fault.what for fault in faults(folder))


@pytest.fixture
def spoken(folder: Path) -> Path:
    """The same, with the audio of one language, which may be exchanged; only that language is served."""
    shutil.copytree(INSS / "languages" / "audio" / "es", folder / "languages" / "audio" / "es")
    text = (folder / "institution.toml").read_text(encoding="utf-8")
    lines = ['languages = ["es"]' if line.startswith("languages = ") else line for line in text.splitlines()]
    (folder / "institution.toml").write_text("\n".join(lines), encoding="utf-8")
    assert unspoken(folder) == []
    return folder / "languages" / "audio" / "es"


NOT_ITS_OWN = "the prompt menu.main has a file that is not the one built or adopted for it in es"


def test_another_prompt_s_file_in_a_prompt_s_place_is_heard(spoken: Path) -> None:
    shutil.copyfile(spoken / "goodbye.opus", spoken / "menu.main.opus")
    (fault,) = unspoken(spoken.parents[2])
    assert (fault.file, fault.field, fault.what) == ("languages/es", "menu.main", NOT_ITS_OWN)
    assert wanting(spoken.parents[2], load(INSS)) == [fault]


def test_an_empty_file_is_no_audio(spoken: Path) -> None:
    (spoken / "menu.main.opus").write_bytes(b"")
    (fault,) = unspoken(spoken.parents[2])
    assert fault.what == "the prompt menu.main has no audio in es"


def test_a_recording_whose_fingerprint_was_never_written_down_is_not_believed(spoken: Path) -> None:
    recordings = manifest.read(spoken)
    bare = manifest.Recording(recordings["menu.main"].made_from, recordings["menu.main"].seconds)
    manifest.write(spoken, {**recordings, "menu.main": bare})
    assert [fault.what for fault in unspoken(spoken.parents[2])] == [NOT_ITS_OWN]
