"""Flows are read again while calls go on: a sound folder takes over, an unsound one changes nothing."""

import shutil
from pathlib import Path

import pytest

from dialplans.institution import Institution
from server.flows import Flows
from tests.dialplans.institutions import INSS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(INSS, tmp_path / "inss", ignore=shutil.ignore_patterns("audio"))
    return tmp_path / "inss"


def test_a_sound_change_is_served_from_then_on_and_calls_in_progress_keep_theirs(folder: Path) -> None:
    served = Flows(folder)
    before = served.current()
    _replace(folder / "flows" / "imv.toml", 'title = "Minimum income"', 'title = "Renamed"')
    assert served.reload() == ()
    assert (before.flows["imv"].title, served.current().flows["imv"].title) == ("Minimum income", "Renamed")


def test_an_unsound_change_is_refused_whole(folder: Path) -> None:
    served = Flows(folder)
    before: Institution = served.current()
    _replace(folder / "flows" / "imv.toml", 'next = "notice"', 'next = "nowhere"')
    (fault,) = served.reload()
    assert "there is no step nowhere" in str(fault)
    assert served.current() is before


def _replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
