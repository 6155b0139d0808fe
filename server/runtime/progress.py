"""How long work tells where it stands: one call per step, fractions from 0 to 1."""

from collections.abc import Callable

Progress = Callable[[str, float], None]
"""Called with the step in words ("downloading 171 packages") and the finished part, 0.0 to 1.0."""


def silent(_step: str, _part: float) -> None:
    """Progress for those who do not watch (tests, scripts)."""


def within(progress: Progress, start: float, end: float) -> Progress:
    """Show a smaller work's whole way as the part `start`..`end` of a bigger one."""

    def show(step: str, part: float) -> None:
        progress(step, start + (end - start) * min(max(part, 0.0), 1.0))

    return show
