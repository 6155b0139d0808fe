"""Who measures sound is not disturbed by tests that begin meanwhile."""

import os
import select
import subprocess
import sys

from tests.precedence import before_others

WAITS = """
from tests.precedence import wait_until_sound_is_measured as wait
print("I ask", flush=True)
wait()
print("I begin", flush=True)
"""


def test_nobody_begins_while_sound_is_measured_and_everybody_does_afterwards() -> None:
    with before_others(os.getpid()):
        other = subprocess.Popen([sys.executable, "-c", WAITS], stdout=subprocess.PIPE)
        assert other.stdout is not None
        assert other.stdout.readline() == b"I ask\n"  # however long Python takes to start
        assert select.select([other.stdout], [], [], 1.0)[0] == [], "neither a word nor its end"
    assert other.communicate(timeout=60)[0] == b"I begin\n"
    assert other.returncode == 0
