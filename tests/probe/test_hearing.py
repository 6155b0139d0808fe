"""The ears: what was played is found from the sound alone."""

from __future__ import annotations

from collections.abc import Callable
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from server.probe.anchors import EDGE, HOP
from server.probe.catalogue import RATE, Catalogue, Prompt, build
from server.probe.hearing import Listener, recognise
from server.probe.sounds import load_catalogue
from tests.probe.speech import made_up_catalogue, spoken, through_a_law, utterance

INSTITUTION = Path(__file__).parents[2] / "dialplans" / "inss"
HOUSE_SEQUENCES, MADE_UP_SEQUENCES = 20, 20


@pytest.fixture(scope="session")
def prompts_of_the_house() -> Catalogue:
    return load_catalogue(INSTITUTION, ("es", "ca"))


def score(catalogue: Catalogue, sequences: int, say: Callable[[str], None]) -> tuple[float, float]:
    """Precision and recall over random sequences, keys in their order."""
    right = found = played = 0
    for seed in range(sequences):
        language, gain = ("es", "ca")[seed % 2], (1.0, 0.7, 0.5)[seed % 3]
        sound, keys = spoken(catalogue, seed, language, gain)
        heard = [prompt.key for prompt in recognise(sound, catalogue)]
        blocks = SequenceMatcher(None, keys, heard, autojunk=False).get_matching_blocks()
        right += sum(block.size for block in blocks)
        found, played = found + len(heard), played + len(keys)
    say(f"precision {right / found:.4f}, recall {right / played:.4f} of {played} prompts")
    return right / found, right / played


def test_prompts_of_the_house_are_told_apart_in_random_sequences(
    prompts_of_the_house: Catalogue, record_property: Callable[[str, object], None]
) -> None:
    precision, recall = score(
        prompts_of_the_house, HOUSE_SEQUENCES, lambda line: record_property("hearing", line)
    )
    assert precision >= 0.99
    assert recall >= 0.98


def test_made_up_speech_of_one_voice_is_told_apart(record_property: Callable[[str, object], None]) -> None:
    precision, recall = score(
        made_up_catalogue(), MADE_UP_SEQUENCES, lambda line: record_property("hearing", line)
    )
    assert precision >= 0.99
    assert recall >= 0.98


@pytest.mark.parametrize("beside", [-41, -40, -39, -2, -1, 0, 1, 2, 39, 40, 41])
def test_a_prompt_that_begins_at_the_edge_of_a_window_is_heard(beside: int) -> None:
    catalogue = made_up_catalogue()
    short = next(prompt for prompt in catalogue.prompts if prompt.key == "n.12")
    lead = np.zeros(5 * HOP + beside - int(np.flatnonzero(short.samples)[0]), dtype=np.float32)
    for edge in (lead, lead[EDGE:]):
        heard = recognise(np.concatenate((edge, short.samples, np.zeros(RATE, dtype=np.float32))), catalogue)
        assert [prompt.key for prompt in heard] == ["n.12"]


def test_times_are_where_the_prompts_were() -> None:
    catalogue = made_up_catalogue()
    first, second = catalogue.prompts[3], catalogue.prompts[7]
    gap = np.zeros(RATE, dtype=np.float32)
    heard = recognise(np.concatenate((gap, first.samples, gap, second.samples)), catalogue)
    assert [prompt.key for prompt in heard] == [first.key, second.key]
    assert heard[0].start_s == pytest.approx(1.0, abs=0.1)
    assert heard[1].start_s == pytest.approx(2.0 + first.samples.size / RATE, abs=0.1)


def test_a_prompt_cut_by_a_key_is_heard_and_known_to_be_cut() -> None:
    catalogue = made_up_catalogue()
    long = next(prompt for prompt in catalogue.prompts if prompt.samples.size > 3 * RATE)
    silence = np.zeros(2 * RATE, dtype=np.float32)
    heard = recognise(np.concatenate((long.samples[: int(1.2 * RATE)], silence)), catalogue)
    assert [(prompt.key, prompt.whole) for prompt in heard] == [(long.key, False)]


def test_a_prompt_whose_head_was_lost_is_heard_by_its_second_anchor() -> None:
    catalogue = made_up_catalogue()
    long = next(prompt for prompt in catalogue.prompts if prompt.samples.size > 3 * RATE)
    heard = recognise(long.samples[int(0.3 * RATE) :], catalogue)
    assert [prompt.key for prompt in heard] == [long.key]


def test_a_prompt_with_a_lost_packet_in_its_middle_is_one_prompt() -> None:
    catalogue = made_up_catalogue()
    long = next(prompt for prompt in catalogue.prompts if prompt.samples.size > 3 * RATE)
    halves = (long.samples[:RATE], long.samples[RATE + 160 :])
    heard = recognise(np.concatenate(halves), catalogue)
    assert [prompt.key for prompt in heard] == [long.key]


def test_noise_music_and_silence_are_no_prompts() -> None:
    catalogue = made_up_catalogue()
    rng = np.random.default_rng(5)
    noise = (0.1 * rng.normal(size=5 * RATE)).astype(np.float32)
    chord = sum(np.sin(2 * np.pi * tone * np.arange(5 * RATE) / RATE) for tone in (220, 277, 330))
    music = np.asarray(0.1 * chord, dtype=np.float32)
    stranger = utterance(99999, 5.0)
    for sound in (noise, music, stranger, np.zeros(5 * RATE, dtype=np.float32)):
        assert recognise(through_a_law(sound), catalogue) == ()


def test_a_listener_says_the_same_as_the_whole_recording() -> None:
    catalogue = made_up_catalogue()
    sound, _ = spoken(catalogue, 11, "es", 1.0)
    listener = Listener(catalogue)
    for start in range(0, sound.size, 320):
        listener.feed(sound[start : start + 320])
    listener.finish()
    assert listener.heard() == recognise(sound, catalogue)


def test_a_long_prompt_is_known_while_it_is_still_spoken() -> None:
    catalogue = made_up_catalogue()
    long = next(prompt for prompt in catalogue.prompts if prompt.samples.size > 3.5 * RATE)
    listener = Listener(catalogue)
    listener.feed(long.samples[: 2 * RATE])
    assert [(prompt.key, prompt.whole) for prompt in listener.heard()] == [(long.key, False)]


def test_heard_prompts_do_not_lie_on_top_of_one_another() -> None:
    catalogue = made_up_catalogue()
    sound, _ = spoken(catalogue, 23, "ca", 1.0)
    for earlier, later in pairwise(recognise(sound, catalogue)):
        assert later.start_s >= earlier.end_s - 0.1


def test_keys_with_the_very_same_sound_are_heard_as_one_of_them() -> None:
    sound = utterance(1, 1.0)
    catalogue = build([Prompt("menu.after_case", "es", sound), Prompt("menu.after_info", "es", sound)])
    (heard,) = recognise(sound, catalogue)
    assert heard.is_one_of(["menu.after_info"])
    assert (heard.key, heard.also) == ("menu.after_case", ("menu.after_info",))


def test_what_sounds_alike_in_two_languages_is_in_the_language_being_spoken() -> None:
    letter = utterance(1, 0.5)
    spanish, catalan = utterance(2, 1.0), utterance(3, 1.0)
    catalogue = build(
        [
            Prompt("letter.a", "ca", letter),
            Prompt("case.intro", "ca", catalan),
            Prompt("letter.a", "es", letter),
            Prompt("case.intro", "es", spanish),
        ]
    )
    in_spanish = recognise(np.concatenate((letter, spanish, letter)), catalogue)
    in_catalan = recognise(np.concatenate((catalan, letter)), catalogue)
    assert [(prompt.key, prompt.language) for prompt in in_spanish] == [
        ("letter.a", "es"),
        ("case.intro", "es"),
        ("letter.a", "es"),
    ]
    assert [prompt.language for prompt in in_catalan] == ["ca", "ca"]


def test_a_short_prompt_with_a_packet_lost_in_its_middle_is_still_told(
    prompts_of_the_house: Catalogue,
) -> None:
    rng = np.random.default_rng(8)
    pieces = [p for p in prompts_of_the_house.prompts if 0.45 * RATE < p.samples.size < RATE][::4]
    told = 0
    for prompt in pieces:
        hole = int(rng.integers(prompt.samples.size // 4, 3 * prompt.samples.size // 4))
        halves = (prompt.samples[:hole], prompt.samples[hole + 160 :], np.zeros(RATE, dtype=np.float32))
        heard = recognise(np.concatenate(halves), prompts_of_the_house)
        assert {h.key for h in heard} <= {prompt.key, *(key for _, key in prompt.twins)}
        told += bool(heard)
    assert told >= 0.65 * len(pieces)


def test_the_same_digit_twice_is_heard_twice(prompts_of_the_house: Catalogue) -> None:
    two = next(prompt for prompt in prompts_of_the_house.prompts if prompt.key == "n.2")
    heard = recognise(np.concatenate((two.samples, two.samples, two.samples)), prompts_of_the_house)
    assert [prompt.key for prompt in heard] == ["n.2", "n.2", "n.2"]
