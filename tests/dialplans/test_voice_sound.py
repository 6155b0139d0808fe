"""What is done to recordings, on sounds whose properties are known."""

from pathlib import Path

import numpy as np
import pytest

from dialplans.voice import manifest
from dialplans.voice.build import finished, is_kept
from dialplans.voice.catalogue import Prompt, Voice, made_from, spoken_as
from dialplans.voice.kokoro import in_words, sentences
from dialplans.voice.manifest import Recording
from dialplans.voice.sound import (
    LEVEL_DB,
    PEAK_DB,
    Sound,
    cut_in_stop,
    decibels,
    halved,
    levelled,
    measure,
    resampled,
    trimmed,
)
from tests.dialplans.voices import tone

RATE = 24_000
VOICE = Voice("somebody", "es", 1.0, "cosas", {"DNI": "deneí"}, {"n.5": "sinco"})


def silence(seconds: float) -> Sound:
    return np.zeros(int(seconds * RATE), dtype=np.float32)


def test_silence_at_both_ends_is_cut_to_what_is_wanted() -> None:
    sound = trimmed(tone(1.0, lead=0.5, tail=0.7, rate=RATE), RATE, 0.05, 0.2)
    measured = measure(sound, RATE)
    assert measured.lead == pytest.approx(0.05, abs=0.02)
    assert measured.tail == pytest.approx(0.2, abs=0.02)


@pytest.mark.parametrize("gain", [0.01, 0.3, 3.0])
def test_every_recording_comes_out_at_one_level_and_below_the_peak(gain: float) -> None:
    measured = measure(levelled(tone(1.0, rate=RATE) * np.float32(gain), RATE), RATE)
    assert measured.level == pytest.approx(LEVEL_DB, abs=0.5)
    assert measured.peak <= PEAK_DB + 0.01


def test_a_single_peak_is_held_down_without_making_the_rest_quiet() -> None:
    sound = tone(1.0, rate=RATE)
    sound[12_000] = 0.99
    measured = measure(levelled(sound, RATE), RATE)
    assert measured.peak <= PEAK_DB + 0.01
    assert measured.level == pytest.approx(LEVEL_DB, abs=0.5)


def test_pauses_do_not_count_towards_the_level() -> None:
    word = tone(0.5, rate=RATE)
    with_pause = np.concatenate([word, silence(2.0), word])
    assert measure(with_pause, RATE).level == pytest.approx(measure(word, RATE).level, abs=0.3)


def test_resampling_keeps_pitch_length_and_level_and_drops_what_the_rate_cannot_hold() -> None:
    times = np.arange(RATE) / RATE
    low = np.asarray(0.3 * np.sin(2 * np.pi * 440 * times), dtype=np.float32)
    high = np.asarray(0.3 * np.sin(2 * np.pi * 5_000 * times), dtype=np.float32)
    narrow = resampled(low + high, RATE, 8_000)
    assert len(narrow) == 8_000
    assert int(np.argmax(np.abs(np.fft.rfft(narrow)))) == 440
    middle = slice(800, 7_200)
    assert measure(narrow[middle], 8_000).level == pytest.approx(measure(low, RATE).level, abs=0.1)


def test_the_last_word_is_cut_off_in_the_silence_of_its_stop() -> None:
    beginning, last = tone(1.0, lead=0, tail=0, rate=RATE), tone(0.45, lead=0, tail=0, rate=RATE)
    sound = cut_in_stop(np.concatenate([beginning, silence(0.06), last]), RATE)
    assert len(sound) / RATE == pytest.approx(0.99, abs=0.02)


def test_a_last_word_without_a_stop_is_refused() -> None:
    with pytest.raises(ValueError, match="choose another carrier"):
        cut_in_stop(tone(1.5, lead=0, tail=0, rate=RATE), RATE)


@pytest.mark.parametrize(
    ("prompt", "tail"),
    [
        (Prompt("hello", "Buenos días.", fragment=False), 0.2),
        (Prompt("case.since", "Está así desde el", fragment=False), 0.02),
        (Prompt("n.5", "cinco", fragment=True), 0.03),
        (Prompt("n.1000", "mil", fragment=True), 0.02),
    ],
)
def test_what_leads_on_ends_at_once_and_a_sentence_takes_a_breath(prompt: Prompt, tail: float) -> None:
    sound = finished(prompt, tone(0.8, lead=0.3, tail=0.4, rate=RATE))
    assert measure(sound, 16_000).tail == pytest.approx(tail, abs=0.02)


def test_a_pause_is_silence() -> None:
    assert not finished(Prompt("pause.short", ",", fragment=True), None).any()


def test_the_fingerprint_changes_with_text_voice_and_spelling_and_with_nothing_else() -> None:
    hello = Prompt("hello", "Su DNI.", fragment=False)
    assert made_from(hello, VOICE) == made_from(Prompt("other", "Su DNI.", fragment=False), VOICE)
    others = [
        made_from(Prompt("hello", "Su NIE.", fragment=False), VOICE),
        made_from(hello, Voice("other", "es", 1.0, "cosas", VOICE.say, {})),
        made_from(hello, Voice("somebody", "es", 1.1, "cosas", VOICE.say, {})),
        made_from(hello, Voice("somebody", "es", 1.0, "cosas", {}, {})),
    ]
    assert made_from(hello, VOICE) not in others


def test_odd_words_are_spelled_for_the_synthesiser_whole_words_only() -> None:
    assert spoken_as(Prompt("hello", "Su DNI, no DNIS.", fragment=False), VOICE) == "Su deneí, no DNIS."
    assert spoken_as(Prompt("n.5", "cinco", fragment=True), VOICE) == "sinco"


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("es", "Pulse 1, o 15 si quiere.", "Pulse uno, o quince si quiere."),
        ("ca", "Premi 1, o 2026.", "Premi u, o dos mil vint-i-sis."),
    ],
)
def test_figures_are_read_as_the_grammar_says_them(language: str, text: str, said: str) -> None:
    assert in_words(text, language) == said


def test_a_text_is_spoken_sentence_by_sentence() -> None:
    assert sentences("Uno. ¿Dos? Tres: cuatro, cinco") == ["Uno.", "¿Dos?", "Tres:", "cuatro, cinco"]


@pytest.mark.parametrize("content", ["", "[]", '{"hello": 3}', '{"hello": {"made_from": "x"}}', "{"])
def test_a_manifest_that_makes_no_sense_is_as_none(
    tmp_path_factory: pytest.TempPathFactory, content: str
) -> None:
    folder = tmp_path_factory.mktemp("audio")
    (folder / manifest.NAME).write_text(content, "utf-8")
    assert manifest.read(folder) == {}


def test_a_manifest_is_read_as_it_was_written(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("audio")
    recordings = {"n.5": Recording("abc", 0.61), "hello": Recording("def", 2.0, sound="0123")}
    manifest.write(folder, recordings)
    assert manifest.read(folder) == recordings


def sine(hertz: float) -> Sound:
    return np.sin(2 * np.pi * hertz * np.arange(16_001) / 16_000).astype(np.float32)


@pytest.mark.parametrize(
    ("hertz", "most", "least"), [(300, 0.2, -0.2), (3_400, 0.2, -0.2), (4_700, -60.0, -200.0)]
)
def test_half_the_rate_keeps_the_telephone_band_and_folds_nothing_into_it(
    hertz: float, most: float, least: float
) -> None:
    narrow = halved(sine(hertz))
    kept = decibels(float(np.sqrt(np.mean(narrow[100:-100] ** 2)) * np.sqrt(2)))
    assert len(narrow) == 8_001
    assert least <= kept <= most


def test_a_file_in_a_prompt_s_place_is_spoken_over_unless_a_studio_recorded_it(tmp_path: Path) -> None:
    file = manifest.recording_file(tmp_path, "goodbye")
    file.write_bytes(b"as it was spoken")
    spoken = Recording("text", 1.0, sound=manifest.fingerprint(file))
    assert is_kept(file, spoken)
    file.write_bytes(b"of another prompt")
    assert not is_kept(file, spoken)
    assert is_kept(file, Recording("text", 1.0, adopted=True, sound=spoken.sound))
    file.write_bytes(b"")
    assert not is_kept(file, Recording("text", 1.0, adopted=True, sound=spoken.sound))
    file.unlink()
    assert not is_kept(file, spoken)
