"""Installing decodes real Opus into what Asterisk plays, once."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from dialplans.voice import catalogue
from dialplans.voice.install import BrokenAudioError, install
from dialplans.voice.sound import measure
from tests.dialplans.voices import found_institution, tone, write_texts


def unheard(_done: int, _total: int, _what: str) -> None:
    """Nobody watches the progress."""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return found_institution(tmp_path_factory.mktemp("voice") / "office")


def decoded(file: Path) -> tuple[np.ndarray[tuple[int], np.dtype[np.float32]], int]:
    rate, subtype = (8_000, "ALAW") if file.suffix == ".alaw" else (16_000, "PCM_16")
    with file.open("rb") as stream:
        sound, _ = soundfile.read(
            stream,
            dtype="float32",
            samplerate=rate,
            channels=1,
            format="RAW",
            subtype=subtype,
            endian="LITTLE",
        )
    return sound, rate


def test_every_prompt_is_there_in_both_formats_as_loud_and_long_as_it_was_recorded(
    office: Path, tmp_path: Path
) -> None:
    told: list[tuple[int, int, str]] = []
    count = install(office, tmp_path, lambda *progress: told.append(progress))
    assert count == sum(len(catalogue.prompts(office, language)) for language in ("es", "ca"))
    assert told[-1][:2] == (count, count)
    for ending in ("alaw", "sln16"):
        heard = measure(*decoded(tmp_path / "es" / "vt" / f"hello.{ending}"))
        meant = measure(tone(0.2 + 20 / 15), 16_000)
        assert heard.seconds == pytest.approx(meant.seconds, abs=0.02)
        assert heard.level == pytest.approx(meant.level, abs=1.0)
        assert heard.peak < -1.0


def test_a_second_install_decodes_nothing_and_touches_nothing(office: Path, tmp_path: Path) -> None:
    install(office, tmp_path, unheard)
    before = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*")}
    assert install(office, tmp_path, unheard) == 0
    assert {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*")} == before


def test_a_lost_file_and_a_new_recording_are_installed_alone(tmp_path: Path) -> None:
    folder = found_institution(tmp_path / "office", ["es"])
    target = tmp_path / "sounds"
    install(folder, target, unheard)
    (target / "es" / "vt" / "n.5.alaw").unlink()
    (folder / "languages" / "audio" / "es" / "hello.opus").touch()
    assert install(folder, target, unheard) == 2
    assert (target / "es" / "vt" / "n.5.alaw").exists()


def test_what_is_no_longer_said_is_removed(tmp_path: Path) -> None:
    folder = found_institution(tmp_path / "office", ["es"])
    target = tmp_path / "sounds"
    install(folder, target, unheard)
    write_texts(folder, "es", '"bye" = "Adiós."')
    install(folder, target, unheard)
    assert not list(target.glob("es/vt/hello.*"))
    assert (target / "es" / "vt" / "n.5.alaw").exists()


def test_a_broken_file_is_named_and_the_others_are_installed(tmp_path: Path) -> None:
    folder = found_institution(tmp_path / "office", ["es"])
    broken = folder / "languages" / "audio" / "es" / "n.5.opus"
    broken.write_bytes(b"OggS this is not audio")
    with pytest.raises(BrokenAudioError, match=r"n\.5\.opus.*make prompts"):
        install(folder, tmp_path / "sounds", unheard)
    assert (tmp_path / "sounds" / "es" / "vt" / "hello.alaw").exists()
    assert not (tmp_path / "sounds" / "es" / "vt" / "n.5.alaw").exists()
    with pytest.raises(BrokenAudioError):
        install(folder, tmp_path / "sounds", unheard)
