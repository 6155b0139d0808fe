"""A studio's recording takes the place of the synthetic one and is not spoken over."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from dialplans.voice import manifest
from dialplans.voice.adopt import adopt
from dialplans.voice.build import write_audio
from dialplans.voice.catalogue import CatalogueError
from dialplans.voice.check import check
from dialplans.voice.sound import STORED_RATE
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


def test_a_recording_that_cannot_be_this_text_is_refused_and_changes_nothing(
    institution: Path, tmp_path: Path
) -> None:
    kept = institution / "languages/audio/es/goodbye.opus"
    before = kept.read_bytes()
    soundfile.write(tmp_path / "long.wav", np.full(66 * 8000, 0.1, dtype=np.float32), 8000)
    with pytest.raises(
        CatalogueError, match=r"long\.wav is not taken for goodbye in es: 66\.0 s is implausible"
    ):
        adopt(institution, "es", "goodbye", tmp_path / "long.wav")
    assert kept.read_bytes() == before


def test_what_a_studio_recorded_badly_is_to_be_recorded_anew_and_not_built_over(
    institution: Path, tmp_path: Path
) -> None:
    adopt(institution, "es", "goodbye", studio(tmp_path))
    folder = institution / "languages/audio/es"
    write_audio(folder / "goodbye.opus", np.full(20 * STORED_RATE, 0.1, dtype=np.float32))
    remedies = {fault.remedy for fault in check(institution) if "goodbye in es" in str(fault)}
    assert len(remedies) == 1
    assert "prompts adopt es goodbye" in remedies.pop()
