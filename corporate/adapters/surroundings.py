"""What an implementation of a system is given when it is opened."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncEngine


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Our database, the clock (unix seconds), and what the operator set under `[corporate.options.<system>]`."""

    engine: AsyncEngine
    clock: Callable[[], float]
    options: Mapping[str, str] = field(default_factory=dict)
