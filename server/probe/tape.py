"""The sound of a call laid along its clock: what came, and silence where the line carried nothing. Pure.

Asterisk sends no packets while it only waits for keys, so some of a call's time is not in its packets. Silence is put
in only while nothing comes. To put it in whenever there is less sound than time would cut a prompt in two: small gaps
between prompts add up, and a busy machine delivers late. What was late after all takes the place of the silence that
stood for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from server.probe.catalogue import RATE

QUIET_SECONDS = 0.5  # nothing came for so long: the line carries nothing
DOUBT_SECONDS = 0.6  # so much of that silence is not told to the ears yet: late sound may replace it
SAMPLE_BYTES = 2  # signed 16-bit


@dataclass(slots=True)
class Tape:
    """Sound, 16-bit at 8 kHz, since the answer. `elapsed`: seconds since the answer by the clock."""

    pcm: bytearray = field(default_factory=bytearray)
    _came_at: float = 0.0  # when sound came last
    _put_in: int = 0  # bytes of silence at the end, put in since then
    _read: int = 0  # bytes that were given to the ears

    @property
    def seconds(self) -> float:
        """How long it is; seldom more than the quiet limit behind the clock."""
        return len(self.pcm) / SAMPLE_BYTES / RATE

    def take(self, sound: bytes, elapsed: float) -> None:
        """Lay down what came since last time, which may be nothing."""
        if sound:
            self._make_room(len(sound), elapsed)
            self.pcm += sound
            self._came_at, self._put_in = elapsed, 0
        elif elapsed - self._came_at >= QUIET_SECONDS:
            lacking = max(0, self._at(elapsed) - len(self.pcm))
            self.pcm += bytes(lacking)
            self._put_in += lacking

    def _make_room(self, size: int, elapsed: float) -> None:
        """Take silence back that the sound now come does not leave time for."""
        too_much = len(self.pcm) + size - self._at(elapsed)
        back = min(too_much, self._put_in, len(self.pcm) - self._read)
        if back > 0:
            del self.pcm[-back:]

    def _at(self, seconds: float) -> int:
        return int(seconds * RATE) * SAMPLE_BYTES

    def read(self, least_seconds: float = 0.0) -> bytes:
        """Give the ears what is certain and new, if it is that much; otherwise nothing yet."""
        doubtful = min(self._put_in, self._at(DOUBT_SECONDS))
        end = max(self._read, len(self.pcm) - doubtful)
        if end - self._read < self._at(least_seconds):
            return b""
        return self._give(end)

    def rest(self) -> bytes:
        """Give the ears all that is left: nothing more will come."""
        return self._give(len(self.pcm))

    def _give(self, end: int) -> bytes:
        new = bytes(self.pcm[self._read : end])
        self._read = end
        return new
