"""What the tests of accepted folders share: a folder, a runtime folder, and what people do to a folder."""

import shutil
from pathlib import Path

import pytest

from server import accepted
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


def a_half_written_language(folder: Path) -> None:
    (folder / "languages" / "es" / "menus.toml").write_text('"menu.main" = "Para', "utf-8")


def a_manifest_in_pieces(folder: Path) -> None:
    audio = folder / "languages" / "audio"
    audio.unlink()
    shutil.copytree(INSS / "languages" / "audio" / "es", audio / "es")
    (audio / "es" / "manifest.json").write_text("{", "utf-8")
