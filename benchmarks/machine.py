"""What the machine did meanwhile: CPU of one process, CPU of everybody else, memory."""

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
QUIET = 0.15
"""Share of the cores that others may use while we measure, as in the figures this benchmark is compared with."""
FIRST = -10
"""Niceness of servers and load, where it may be had; the same for everybody."""
LOOK_S = 0.7
"""How long the machine is looked at before a run."""


def before_others() -> bool:
    """Ask the kernel to let this process go first (root may), so that others' work is less in the figures."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, FIRST)
        return True
    return False


def on_the_last_core() -> None:
    """Make this process a load: on the last core, before others."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    before_others()


def process_cpu(pid: int) -> float:
    """Seconds of CPU (user and system, all threads) a process has used."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / TICKS


def process_memory(pid: int) -> int:
    """Resident bytes of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def machine_cpu() -> float:
    """Seconds of CPU all processes on all cores have used."""
    fields = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    busy = [int(ticks) for place, ticks in enumerate(fields[:8]) if place not in {3, 4}]  # 3, 4: idle, iowait
    return sum(busy) / TICKS


@dataclass
class Foreign:
    """How busy others kept the machine since `start()`, as a share of all cores."""

    began: float = 0.0
    busy: float = 0.0

    def start(self) -> None:
        """Begin to look."""
        self.began, self.busy = time.monotonic(), machine_cpu()

    def share(self, own_seconds: float) -> float:
        """Return others' share of all cores since the start; `own_seconds` of CPU were ours."""
        cores = os.cpu_count() or 1
        return max(0.0, (machine_cpu() - self.busy - own_seconds) / (time.monotonic() - self.began) / cores)


def wait_for_quiet(patience_s: float) -> float:
    """Wait until others leave the machine alone, at most `patience_s`; return their share when last looked."""
    deadline = time.monotonic() + patience_s
    foreign = Foreign()
    while True:
        foreign.start()
        time.sleep(LOOK_S)
        share = foreign.share(0.0)
        if share < QUIET or time.monotonic() > deadline:
            return share
