"""Is anything being heard? A voice-activity meter on the received sound. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from server.probe.catalogue import RATE

FRAME = 160  # 20 ms, one packet
SOUND_LEVEL = 0.006  # root mean square of a frame with voice or music in it (-44 dB of full scale)
CLICK_FRAMES = 2  # fewer loud frames in a row are a click, not a voice


@dataclass(slots=True)
class PauseMeter:
    """Feed it the sound as it comes; `sound_at` is when (seconds) last something was heard."""

    sound_at: float | None = None
    first_sound_at: float | None = None
    _samples: int = 0
    _loud: int = 0

    def feed(self, samples: NDArray[np.float32], first: int) -> None:
        """More sound, float at 8 kHz, in whole frames or nearly, beginning at sample `first`; all else is silence."""
        self._loud = self._loud if first == self._samples else 0
        self._samples = first
        for start in range(0, samples.size, FRAME):
            frame = samples[start : start + FRAME]
            self._samples += frame.size
            level = float(np.sqrt(np.mean(np.square(frame, dtype=np.float64))))
            self._loud = self._loud + 1 if level >= SOUND_LEVEL else 0
            if self._loud >= CLICK_FRAMES:
                self._heard(self._samples / RATE)

    def _heard(self, at: float) -> None:
        self.sound_at = at
        if self.first_sound_at is None:
            self.first_sound_at = at
