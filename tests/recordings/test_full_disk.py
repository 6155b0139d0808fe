"""A disk that is full while a call is recorded, at random moments: full_disk.py, run with a small disk of its own.

A mount namespace gives one to whoever asks, root or not; only what runs inside sees it, so all of it runs inside.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.recordings import full_disk

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(960)]
DISK_BYTES = 32 << 20
AS_ROOT = () if os.geteuid() == 0 else ("--user", "--map-root-user")
INSIDE = ("unshare", *AS_ROOT, "--mount", "sh", "-c")
MOUNTED = f'mount -t tmpfs -o size={DISK_BYTES} tmpfs "$0" && exec "$@"'


def _passes(test: str, disk: Path) -> None:
    """Run one test of full_disk.py in a process that sees `disk` as a file system of `DISK_BYTES`."""
    mounts = subprocess.run(
        [*INSIDE, MOUNTED, str(disk), "true"], capture_output=True, check=False
    ).returncode
    assert mounts == 0, "no mount namespace is to be had here: kernel.apparmor_restrict_unprivileged_userns=0"
    alone = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    node = f"{full_disk.__file__}::{test}"
    run = subprocess.run(
        [*INSIDE, MOUNTED, str(disk), sys.executable, "-m", "pytest", "-rA", "-p", "no:cacheprovider", node],
        capture_output=True, text=True, check=False, env=alone | {full_disk.DISK: str(disk)},
    )  # fmt: skip
    sys.stdout.write(run.stdout)
    assert run.returncode == 0, run.stderr
    assert not list(disk.iterdir()), "it was on the small disk, which is gone"


def test_the_disk_is_full_once_while_a_call_is_recorded(tmp_path: Path) -> None:
    _passes("test_once", tmp_path)


@pytest.mark.slow
def test_the_disk_is_full_at_twenty_random_moments(tmp_path: Path) -> None:
    _passes("test_at_twenty_random_moments", tmp_path)
