"""Consent episodes as a conversation keeps them, in memory: in the order and with the refusals of the real ones."""

from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field

from ivr.ports.consent import Asked, Moments


@dataclass
class Held:
    """One episode, and everything that was said of it, in order."""

    asked: Asked
    said: list[str] = field(default_factory=list)

    @property
    def outcome(self) -> str:
        """How it stands."""
        return self.said[-1] if self.said else "open"


@dataclass
class Agreements:
    """Keeps episodes; `recorded`: whether the call is."""

    recorded: bool = True
    held: list[Held] = field(default_factory=list)
    muted_calls: list[str] = field(default_factory=list)

    async def begin(self, asked: Asked, at: float) -> str | None:
        assert at > 0
        if not self.recorded:
            return None
        self.held.append(Held(asked))
        return str(len(self.held) - 1)

    async def read(self, episode: str, span: Moments) -> None:
        one = self._open(episode)
        assert one.said == []
        assert span[0] <= span[1]
        one.said.append("read")

    async def answered(self, episode: str, key: str, span: Moments, *, accepted: bool) -> None:
        one = self._open(episode)
        assert one.said == ["read"]
        assert span[0] <= span[1]
        one.said.append(f"{'accepted' if accepted else 'refused'} by {key}")

    async def interrupted(self, episode: str, why: str) -> None:
        self._open(episode).said.append(f"interrupted: {why}")

    def muted(self, call: str, leg: str = "") -> AbstractAsyncContextManager[None]:
        self.muted_calls.append(call)
        assert leg
        return nullcontext()

    def _open(self, episode: str) -> Held:
        one = self.held[int(episode)]
        assert not one.outcome.startswith(("accepted", "refused", "interrupted"))
        return one
