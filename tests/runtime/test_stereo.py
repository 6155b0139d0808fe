"""How this Asterisk records: caller and agent apart, in step with each other."""

import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.conftest import StartAsterisk
from tests.runtime.calls import Peer, Session

pytestmark = pytest.mark.asterisk
RATE = 8000  # Hz
CALLER, HEARD = 440, 1000  # Hz: what the caller says, and what the caller is told
LONGEST = 30.0  # seconds


def tone(file: Path, frequency: int, seconds: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    wave = 0.5 * np.sin(2 * np.pi * frequency * np.arange(RATE * seconds) / RATE)
    soundfile.write(file, wave, RATE, subtype="PCM_16")


def pitch(sound: "np.ndarray[tuple[int, ...], np.dtype[np.int16]]") -> int:
    spectrum = np.abs(np.fft.rfft(sound[: RATE // 2].astype(float)))
    return int(spectrum.argmax()) * 2


def test_option_d_writes_the_caller_left_and_what_they_hear_right(
    start_asterisk: StartAsterisk, tmp_path: Path
) -> None:
    for name, frequency, seconds in (("caller", CALLER, 10), ("heard", HEARD, 1)):
        tone(tmp_path / f"sounds/es/vt/{name}.wav", frequency, seconds)
    pbx, file = start_asterisk(sounds=tmp_path / "sounds"), tmp_path / "call.raw"
    over: list[str] = []

    def record(session: Session) -> None:
        session.send("ANSWER")
        session.send(f'EXEC MixMonitor "{file},D"')
        session.send('STREAM FILE vt/heard ""')
        session.send('STREAM FILE vt/heard ""')
        session.send("EXEC StopMixMonitor")
        over.append(session.send("SET VARIABLE VT_DONE yes"))

    with Peer(pbx.site.ports.agi, record):
        pbx.ask("channel originate Local/901166565@from-trunk application Playback vt/caller")
        deadline = time.monotonic() + LONGEST
        while not (over and "0 active channels" in pbx.ask("core show channels")):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    sides = np.frombuffer(file.read_bytes(), dtype="<i2").reshape(-1, 2)
    middle = sides[RATE // 2 : -RATE // 4]
    assert (pitch(middle[:, 0]), pitch(middle[:, 1])) == (CALLER, HEARD)
