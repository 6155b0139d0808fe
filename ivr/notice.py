"""The notice that a call is recorded, and the recording that begins at its end."""

import logging
from pathlib import Path

from ivr.agi import command
from ivr.house import House
from ivr.ports.line import Line
from ivr.talk import Talk

log = logging.getLogger("ventanilla.ivr")


async def said(house: House, call: str, talk: Talk, notice: str, began_at: float) -> Path | None:
    """Say the notice to its end and open the recording's row; give its file.

    None when it runs already, or when the notice has no sound: nobody is recorded who was not told.

    What is said before the notice's end is on no record. `began_at`: when the call was answered, unix seconds.
    """
    await talk.say()  # what was owed before the notice
    offset_ms = int((house.clock() - began_at) * 1000)
    if not await talk.say(notice):
        log.error("call %s is not recorded: its notice was not said whole", call)
        return None
    return await house.recorder.begin(call, talk.language, notice, offset_ms, house.clock())


async def record(line: Line, path: Path) -> None:
    """Record from here: two channels as they are, caller left, agent right, headerless 16-bit samples (D)."""
    await line.send(command("EXEC", "MixMonitor", f"{path},D"))
