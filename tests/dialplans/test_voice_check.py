"""What `prompts check` finds, each fault with its language, key and remedy."""

from pathlib import Path

import numpy as np
import pytest

import dialplans
from dialplans.voice import catalogue
from dialplans.voice.build import write_audio
from dialplans.voice.catalogue import Prompt
from dialplans.voice.check import Found, check, faults_of
from dialplans.voice.script import script
from dialplans.voice.sound import LEVEL_DB, Measures
from tests.dialplans.voices import found_institution, tone, write_texts

INSS = Path(dialplans.__file__).parent / "inss"
HELLO = Prompt("hello", "Buenos días, dígame.", fragment=False)
FIVE = Prompt("n.5", "cinco", fragment=True)
WELL = Measures(seconds=1.5, level=LEVEL_DB, peak=-3.0, lead=0.05, tail=0.2)


def complaints(prompt: Prompt, measures: Measures | None, *, outdated: bool = False) -> list[str]:
    return [
        fault.what for fault in faults_of("es", {prompt.key: prompt}, {prompt.key: Found(measures, outdated)})
    ]


def test_everything_the_institution_says_has_text_and_sound_audio_in_every_language() -> None:
    assert [str(fault) for fault in check(INSS)] == []


def test_a_good_recording_has_no_fault() -> None:
    assert complaints(HELLO, WELL) == []


@pytest.mark.parametrize(
    ("measures", "complaint"),
    [
        (None, "hello in es: the audio cannot be decoded"),
        (Measures(1.5, LEVEL_DB, 0.0, 0.05, 0.2), "hello in es: it clips: the peak is 0.0 dBFS"),
        (Measures(1.5, -31.0, -9.0, 0.05, 0.2), "hello in es: its level is -31.0 dBFS"),
        (Measures(1.5, LEVEL_DB, -3.0, 0.5, 0.2), "hello in es: it begins with 0.50 s of silence"),
        (Measures(1.5, LEVEL_DB, -3.0, 0.05, 0.9), "hello in es: it ends with 0.90 s of silence"),
        (
            Measures(0.3, LEVEL_DB, -3.0, 0.05, 0.1),
            "hello in es: 0.3 s is implausible for a text of 20 letters",
        ),
        (Measures(20.0, LEVEL_DB, -3.0, 0.05, 0.1), "hello in es: 20.0 s is implausible"),
    ],
)
def test_what_an_ear_would_notice_is_named_with_language_and_key(
    measures: Measures | None, complaint: str
) -> None:
    (what,) = complaints(HELLO, measures)
    assert what.startswith(complaint)


def test_a_sentence_out_of_the_pace_of_its_language_is_named() -> None:
    texts = [f"Aquí se dice por {n}.ª vez una frase bastante larga, de un tirón." for n in range(10, 30)]
    prompts = {f"long.{n}": Prompt(f"long.{n}", text, fragment=False) for n, text in enumerate(texts)}
    found = {key: Found(Measures(5.0, LEVEL_DB, -3.0, 0.05, 0.2), outdated=False) for key in prompts}
    assert faults_of("es", prompts, found) == []
    found["long.7"] = Found(Measures(3.0, LEVEL_DB, -3.0, 0.05, 0.2), outdated=False)
    (fault,) = faults_of("es", prompts, found)
    assert "long.7 in es: it is spoken at" in fault.what


def test_silence_around_a_fragment_is_a_fault_sooner_than_around_a_sentence() -> None:
    assert complaints(FIVE, Measures(0.6, LEVEL_DB, -3.0, 0.15, 0.03)) == [
        "n.5 in es: it begins with 0.15 s of silence"
    ]


def test_a_text_newer_than_its_audio_is_a_fault() -> None:
    (what,) = complaints(HELLO, WELL, outdated=True)
    assert "has changed since it was spoken" in what


def test_missing_audio_and_audio_without_text_say_how_to_mend_it(tmp_path: Path) -> None:
    folder = found_institution(tmp_path / "office")
    assert check(folder) == []
    audio = catalogue.audio_folder(folder, "ca")
    (audio / "hello.opus").rename(audio / "bye.opus")
    assert [str(fault) for fault in check(folder)] == [
        (
            "languages/audio/ca/bye.opus, field bye: bye in ca: there is audio but no text. "
            "Remove the file, or write the text into a file of languages/ca."
        ),
        (
            "languages/audio/ca/hello.opus, field hello: hello in ca: there is no audio for this text. "
            "Run: make prompts LANGUAGE=ca."
        ),
    ]


def test_a_changed_text_and_a_clipped_file_are_found_in_the_files(tmp_path: Path) -> None:
    folder = found_institution(tmp_path / "office", ["es"])
    write_texts(folder, "es", '"hello" = "Buenas tardes, dígame."\n')
    loud = np.clip(tone(0.6) * 40, -1, 1)
    write_audio(catalogue.audio_folder(folder, "es") / "n.5.opus", loud)
    found = [fault.what for fault in check(folder)]
    assert any(what.startswith("hello in es: the text or the voice has changed") for what in found)
    assert any(what.startswith("n.5 in es: it clips") for what in found)


def test_a_file_in_the_place_of_another_is_found_though_it_sounds_well(tmp_path: Path) -> None:
    folder = found_institution(tmp_path / "office", ["es"])
    audio = catalogue.audio_folder(folder, "es")
    write_audio(audio / "hello.opus", tone(1.4, lead=0.03))
    (fault,) = check(folder)
    assert fault.what.startswith("hello in es: the file is not the one that was built or adopted")


def test_a_key_that_one_language_lacks_is_a_fault_of_that_language(tmp_path: Path) -> None:
    folder = found_institution(tmp_path / "office")
    write_texts(folder, "es", '"bye" = "Adiós."\n', topic="farewell")
    faults = {(fault.file, fault.field, fault.what) for fault in check(folder)}
    assert ("languages/ca", "bye", "the prompt bye has no text in ca") in faults
    assert ("languages/audio/es/bye.opus", "bye", "bye in es: there is no audio for this text") in faults


def test_a_language_that_is_not_served_yet_may_be_incomplete(tmp_path: Path) -> None:
    folder = found_institution(tmp_path / "office", ["es"])
    write_texts(folder, "ca", '"hello" = "Bon dia."\n')
    assert check(folder)
    (folder / "institution.toml").write_text('languages = ["es"]\n', "utf-8")
    assert check(folder) == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("hello", "languages/es/general.toml: not readable as TOML"),
        ('"Hello" = "Hola."', "Hello must be lower case"),
        ('"hello" = " "', "its text not empty"),
        ('"hello" = 3', "hello must be lower case"),
        ('"n.5" = "cinco"', "n.5 is a fragment of the grammar already"),
    ],
)
def test_a_broken_language_file_is_a_fault_that_names_it(tmp_path: Path, content: str, reason: str) -> None:
    folder = found_institution(tmp_path / "office", ["es"])
    write_texts(folder, "es", content)
    (fault,) = check(folder)
    assert fault.file == "languages/es"
    assert reason in fault.what


def test_the_same_key_in_two_files_is_a_fault_that_names_both(tmp_path: Path) -> None:
    folder = found_institution(tmp_path / "office", ["es"])
    write_texts(folder, "es", '"hello" = "Buenas."\n', topic="morning")
    (fault,) = check(folder)
    assert "languages/es/morning.toml" in fault.what
    assert "hello has a text in languages/es/general.toml already" in fault.what


def test_a_language_without_a_voice_or_a_grammar_is_a_fault(tmp_path: Path) -> None:
    folder = found_institution(tmp_path / "office", ["es"])
    (folder / "languages" / "voices.toml").write_text('[es]\nname = "x"\n', "utf-8")
    write_texts(folder, "fr", '"hello" = "Bonjour."\n')
    whats = [fault.what for fault in check(folder)]
    assert any("must give name, phonemes, pace, carrier" in what for what in whats)
    assert any("add dialplans/grammar/fr.py" in what for what in whats)


def test_the_script_holds_every_prompt_for_a_human_speaker() -> None:
    text = script(INSS, "ca")
    prompts = catalogue.prompts(INSS, "ca")
    assert len(text.splitlines()) == len(prompts)  # a heading more, the pause less
    assert all(prompt.silent or f"{prompt.text}\n" in text for prompt in prompts.values())
