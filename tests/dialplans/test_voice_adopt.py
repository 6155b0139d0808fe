"""A studio's recording takes the place of the synthetic one and is not spoken over."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from dialplans.voice import manifest
from dialplans.voice.adopt import adopt
from dialplans.voice.catalogue import CatalogueError
from dialplans.voice.check import check
from tests.conftest import REPOSITORY


@pytest.fixture
def institution(tmp_path: Path) -> Path:
    shutil.copytree(REPOSITORY / "dialplans/inss", tmp_path / "inss")
    return tmp_path / "inss"


def studio(folder: Path) -> Path:
    audio, rate = soundfile.read(
        REPOSITORY / "dialplans/inss/languages/audio/ca/goodbye.opus", dtype="float32"
    )
    wide = np.stack([audio, audio], axis=1) * 0.3
    soundfile.write(folder / "studio.wav", wide, rate)
    return folder / "studio.wav"


def test_an_adopted_recording_passes_the_check_and_counts_as_made(institution: Path, tmp_path: Path) -> None:
    before = manifest.read(institution / "languages/audio/es")["goodbye"]
    kept = adopt(institution, "es", "goodbye", studio(tmp_path))
    after = manifest.read(institution / "languages/audio/es")["goodbye"]
    assert kept.read_bytes() != (REPOSITORY / "dialplans/inss/languages/audio/es/goodbye.opus").read_bytes()
    assert after.made_from == before.made_from, "the build would speak it again"
    assert [fault for fault in check(institution) if "goodbye" in str(fault)] == []


def test_a_prompt_that_nobody_says_is_refused(institution: Path, tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="no prompt nobody"):
        adopt(institution, "es", "nobody", studio(tmp_path))
