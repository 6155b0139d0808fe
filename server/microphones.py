"""What Asterisk writes of a call, muted and heard again: its own action, on the channel of the caller."""

from __future__ import annotations

from queues.adapters.ami import Ami


class AsteriskMicrophones:
    """Mutes every MixMonitor of a caller's leg, both sides. Fulfils recordings.adapters.muting.Microphones."""

    def __init__(self, ami: Ami) -> None:
        self._ami = ami

    async def mute(self, call: str, leg: str, *, muted: bool) -> bool:
        """Ask Asterisk to write silence, or sound again; False when it refused or did not answer in time."""
        channel = leg or await self._channel(call)
        if not channel:
            return False
        asked = {"Channel": channel, "Direction": "both", "State": "1" if muted else "0"}
        return await self._ami.ask("MixMonitorMute", **asked) is not None

    async def _channel(self, call: str) -> str:
        listed = await self._ami.channels() or ()
        return next((one.name for one in listed if one.call == call), "")
