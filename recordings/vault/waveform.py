"""The loudness of a recording at a glance: for each channel so many peaks from its beginning to its end."""

from collections.abc import Iterable

import numpy as np

from recordings.recording import BYTES_PER_FRAME, CHANNELS
from recordings.wave import HEADER_BYTES

PEAKS = 600  # columns of a waveform; more than a page shows apart
_LOUDEST = 32_768


class Waveform:
    """Gathers peaks while a WAV file of known length goes by, in pieces of any size."""

    def __init__(self, length: int) -> None:
        """Take the length of the whole file in bytes."""
        self._frames = max(0, length - HEADER_BYTES) // BYTES_PER_FRAME
        self._peaks = np.zeros((CHANNELS, PEAKS), dtype=np.int32)
        self._skip, self._seen, self._rest = HEADER_BYTES, 0, b""

    def hear(self, piece: bytes) -> None:
        """Take the next bytes of the file."""
        skipped = min(self._skip, len(piece))
        self._skip -= skipped
        whole = self._rest + piece[skipped:]
        frames = len(whole) // BYTES_PER_FRAME
        self._rest = whole[frames * BYTES_PER_FRAME :]
        if frames and self._frames:
            sound = np.frombuffer(whole, dtype="<i2", count=frames * CHANNELS).reshape(frames, CHANNELS)
            columns = (np.arange(self._seen, self._seen + frames) * PEAKS // self._frames).clip(0, PEAKS - 1)
            for channel in range(CHANNELS):
                loud = np.abs(sound[:, channel].astype(np.int32))
                np.maximum.at(self._peaks[channel], columns, loud)
        self._seen += frames

    def passing(self, pieces: Iterable[bytes]) -> Iterable[bytes]:
        """Let pieces pass, hearing each."""
        for piece in pieces:
            self.hear(piece)
            yield piece

    def peaks(self) -> bytes:
        """Give the peaks, one byte each (0 silent, 255 loudest): all of the caller's, then all of the agent's."""
        return (self._peaks * 255 // _LOUDEST).clip(0, 255).astype(np.uint8).tobytes()
