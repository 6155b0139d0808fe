"""The sound of a call along its clock: silence only where the line carried nothing, late sound in its place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from server.probe.catalogue import RATE
from server.probe.hearing import recognise
from server.probe.tape import Tape
from tests.probe.speech import made_up_catalogue

TICK = 0.04
CATALOGUE = made_up_catalogue()
LONG = next(prompt for prompt in CATALOGUE.prompts if prompt.samples.size > 3 * RATE)


def voice(seconds: float) -> bytes:
    return np.full(int(seconds * RATE), 1000, dtype="<i2").tobytes()


def played(arrivals: Sequence[tuple[float, bytes]], until: float) -> Tape:
    """A tape that is looked after every 40 ms, with what came by then."""
    tape, left = Tape(), list(arrivals)
    for tick in range(int(until / TICK) + 1):
        now = tick * TICK
        sound = b""
        while left and left[0][0] <= now:
            sound += left.pop(0)[1]
        tape.take(sound, now)
    return tape


def steadily(sound: bytes, start: float) -> list[tuple[float, bytes]]:
    """In packets of 20 ms."""
    pieces = [sound[place : place + 320] for place in range(0, len(sound), 320)]
    return [(start + 0.02 * number, piece) for number, piece in enumerate(pieces)]


def test_sound_that_comes_steadily_is_kept_as_it_is() -> None:
    assert played(steadily(voice(2), 0.02), 2.1).pcm == voice(2)


def test_where_nothing_comes_there_is_silence_of_the_same_length() -> None:
    tape = played([*steadily(voice(1), 0), *steadily(voice(1), 4)], 5)
    assert tape.pcm.startswith(voice(1))
    assert tape.pcm.endswith(voice(1))
    assert abs(tape.seconds - 5) <= 2 * TICK
    silence = bytes(tape.pcm).strip(voice(1)[:2])
    assert abs(len(silence) / 2 / RATE - 3) <= 2 * TICK


def test_while_nothing_comes_the_clock_goes_on() -> None:
    assert abs(played(steadily(voice(1), 0), 7).seconds - 7) <= 2 * TICK


def test_small_gaps_that_add_up_put_no_silence_into_the_middle_of_a_sentence() -> None:
    arrivals = [(number * 0.025, voice(0.02)) for number in range(400)]
    assert played(arrivals, 10).pcm == voice(8)


def test_sound_that_comes_late_takes_the_place_of_the_silence_that_stood_for_it() -> None:
    """The machine stood still for 0.9 s in the middle of a sentence, then everything came at once."""
    sentence = steadily((LONG.samples * 32767).astype("<i2").tobytes(), 0)
    late = [(2.0 if 1.1 < at < 2.0 else at, piece) for at, piece in sentence]
    tape = played(late, 6)
    sound = np.frombuffer(bytes(tape.pcm), dtype="<i2").astype(np.float32) / np.float32(32768)
    (heard,) = recognise(sound, CATALOGUE)
    assert (heard.key, heard.whole) == (LONG.key, True)


def test_the_ears_are_given_everything_once_and_doubtful_silence_later() -> None:
    tape = Tape()
    tape.take(voice(1), 1.0)
    assert tape.read(2.0) == b""
    assert tape.read(0.5) == voice(1)
    tape.take(b"", 1.55)
    assert tape.read() == b""
    tape.take(b"", 2.6)
    assert tape.read() == bytes(len(voice(1)))
    assert tape.rest() == bytes(len(tape.pcm) - 2 * len(voice(1)))
    assert tape.rest() == b""


def test_what_the_ears_were_given_is_not_taken_back() -> None:
    tape = Tape()
    tape.take(b"", 3.0)
    given = tape.read()
    tape.take(voice(2), 3.1)
    assert tape.pcm == given + voice(2)
