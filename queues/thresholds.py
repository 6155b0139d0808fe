"""The two times that the published figures turn on."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Seconds. 180 is the benchmark of Ley 10/2025 (three minutes); a short abandon is one under 5 s."""

    service_level_s: float = 180.0
    short_abandon_s: float = 5.0
