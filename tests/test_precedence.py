"""Who measures sound is not disturbed by tests that begin meanwhile."""

import os
import subprocess
import sys
import time

from tests.precedence import before_others

WAITS = "from tests.precedence import wait_until_sound_is_measured as wait; wait()"


def test_nobody_begins_while_sound_is_measured_and_everybody_does_afterwards() -> None:
    with before_others(os.getpid()):
        other = subprocess.Popen([sys.executable, "-c", WAITS])
        time.sleep(1.0)
        assert other.poll() is None
    assert other.wait(timeout=60) == 0
