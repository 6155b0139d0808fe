"""Asterisk's own English sounds and our English prompts share a folder; neither takes the other's place."""

from pathlib import Path

import pytest

from server.runtime.asterisk import _lay_beside


@pytest.fixture
def stock(tmp_path: Path) -> Path:
    folder = tmp_path / "share" / "en_US"
    (folder / "digits").mkdir(parents=True)
    (folder / "beep.gsm").write_bytes(b"beep")
    return folder


def test_stock_sounds_are_linked_beside_prompts_that_lie_there_already(tmp_path: Path, stock: Path) -> None:
    ours = tmp_path / "sounds" / "en"
    (ours / "vt").mkdir(parents=True)
    for _ in range(2):
        _lay_beside(ours, stock)
    assert (ours / "beep.gsm").read_bytes() == b"beep"
    assert sorted(path.name for path in ours.iterdir()) == ["beep.gsm", "digits", "vt"]


def test_the_link_of_an_older_installation_becomes_a_folder_and_its_target_stays_clean(
    tmp_path: Path, stock: Path
) -> None:
    ours = tmp_path / "en"
    ours.symlink_to(stock)
    _lay_beside(ours, stock)
    (ours / "vt").mkdir()
    assert not ours.is_symlink()
    assert not (stock / "vt").exists()
