"""What the published figures turn on; the institution sets it (`[figures]` of institution.toml)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Seconds: answered within `service_level_s`, given up before `short_abandon_s`. `target`: 0 to 1, of the first."""

    service_level_s: float
    short_abandon_s: float
    target: float | None = None
