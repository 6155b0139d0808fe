"""What a caller gets when our server is gone and no agent is there: an apology and a promise to call back.

Asterisk starts this script itself (extensions.conf, `AGI(last_resort)`), one process per call: what pyst2 is
good at. It needs neither server nor database: the number goes to a spool folder (ivr/adapters/spool.py).
pyst2 prints every command and answer on stderr, so it gets a bin: digits are never logged.
"""

import os
import sys
import time
from pathlib import Path
from typing import Protocol

from asterisk.agi import AGI, AGIAppError, AGIException, AGIHangup

from ivr.adapters.spool import write_spool
from ivr.callbacks import MOST_DIGITS, Callback, call_id, spoken_language, telephone

TRIES = 3
PATIENCE = 10_000  # milliseconds without a key after which we go on
MOST_KEYS = MOST_DIGITS + 2  # "00" before the country code
UP = 6  # Asterisk's channel state of an answered call


class Telephone(Protocol):
    """The little of pyst2's AGI that is needed here, as pyst2 documents it."""

    env: dict[str, str]

    def answer(self) -> None: ...  # noqa: D102 pyst2's own
    def stream_file(self, filename: str) -> str: ...  # noqa: D102 pyst2's own
    def get_data(self, filename: str, timeout: int, max_digits: int) -> str: ...  # noqa: D102 pyst2's own
    def wait_for_digit(self, timeout: int) -> str: ...  # noqa: D102 pyst2's own
    def channel_status(self) -> int: ...  # noqa: D102 pyst2's own


def converse(caller: Telephone, folder: Path, region: str, at: float) -> bool:
    """Apologise, ask, keep the number; True when one was kept. A missing sound is skipped, a hang-up ends."""
    caller.answer()
    say(caller, "vt/last_resort.sorry")
    for attempt in range(TRIES):
        digits = ask(caller, "vt/last_resort.ask_number")
        number = telephone(digits, region)
        if number is not None:
            keep(caller, folder, number, at)
            say(caller, "vt/last_resort.thanks")
            return True
        if attempt + 1 < TRIES:
            say(caller, "vt/last_resort.invalid")
    say(caller, "vt/goodbye")
    return False


def keep(caller: Telephone, folder: Path, number: str, at: float) -> None:
    """Spool the number before anything else is said: the caller may hang up now."""
    call = call_id(caller.env.get("agi_uniqueid", ""))
    language = spoken_language(caller.env.get("agi_language", ""))
    write_spool(folder, Callback(call=call, number=number, language=language, at=at))


def say(caller: Telephone, sound: str) -> None:
    """Play a prompt; when it is missing, go on without it as long as the caller is there."""
    try:
        caller.stream_file(sound)
    except AGIAppError:
        _still_there(caller)


def ask(caller: Telephone, sound: str) -> str:
    """Keys up to `#`; without the question's sound a beep asks, and without the beep silence does."""
    for question in (sound, "beep"):
        try:
            return caller.get_data(question, PATIENCE, MOST_KEYS)
        except AGIAppError:
            _still_there(caller)
    return _listen(caller)


def _listen(caller: Telephone) -> str:
    digits = ""
    while len(digits) < MOST_KEYS and (key := caller.wait_for_digit(PATIENCE)) not in {"", "#"}:
        digits += key
    return digits


def _still_there(caller: Telephone) -> None:
    """Tell a missing sound from a hang-up, which Asterisk both answers with -1, by the channel's state."""
    if caller.channel_status() != UP:
        raise AGIHangup("the caller left")


def main() -> int:
    """Run as an AGI script: `last_resort SPOOL_FOLDER [REGION]`."""
    folder, region = Path(sys.argv[1]), (*sys.argv[2:], "ES")[0]
    with Path(os.devnull).open("w") as bin_for_digits:
        caller = AGI(sys.stdin, sys.stdout, bin_for_digits)
        try:
            kept = converse(caller, folder, region, time.time())
        except (AGIException, BrokenPipeError):
            return 0  # the caller hung up: an ending, not an error
    sys.stderr.write(f"last resort: {'a number was kept' if kept else 'no number was left'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
