"""Is anything being heard? By the place of the sound in the call."""

from __future__ import annotations

import numpy as np
import pytest

from server.probe.catalogue import RATE
from server.probe.pauses import PauseMeter

VOICE = np.full(RATE, 0.1, dtype=np.float32)
CLICK = VOICE[:160]


def test_the_last_voice_is_where_it_was_in_the_call() -> None:
    meter = PauseMeter()
    meter.feed(VOICE, 0)
    meter.feed(VOICE, 5 * RATE)
    assert meter.first_sound_at == pytest.approx(0.04)
    assert meter.sound_at == pytest.approx(6.0)


def test_silence_that_nobody_sent_moves_nothing() -> None:
    meter = PauseMeter()
    meter.feed(VOICE, 0)
    meter.feed(VOICE[:0], 9 * RATE)
    assert meter.sound_at == pytest.approx(1.0)


def test_two_clicks_with_silence_between_are_no_voice() -> None:
    meter = PauseMeter()
    meter.feed(CLICK, 0)
    meter.feed(CLICK, RATE)
    assert meter.sound_at is None
