"""What the guard tells the house: which system is lost, never whose question."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SystemLost:
    """A corporate system does not answer; callers are told so. `call` is None: it is all of them."""

    call: None
    system: str
    at: float


@dataclass(frozen=True, slots=True)
class SystemBack:
    """A corporate system answers again."""

    call: None
    system: str
    at: float
