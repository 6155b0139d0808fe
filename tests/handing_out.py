"""Which worker gets which tests: calls that are listened to first, the longest before the others, and some aside.

A call takes the time that people speak; its worker waits most of the while, but starves where others take the cores.
So four workers begin with what is live, and those beyond take only the rest, with less claim to a processor.
"""

import os
from typing import Any

from xdist.scheduler.loadscope import LoadScopeScheduling

GROUPS = {
    "single calls": ("tests/calls/test_case_state", "tests/calls/test_messages"),
    "probe": ("tests/probe/", "tests/ivr/test_conversation_with"),
    "crowds": ("tests/calls/test_survival", "tests/calls/test_pages", "tests/calls/test_text"),
    "floor": (
        "tests/queues/test_on_asterisk",
        "tests/queues/test_faults_live",
        "tests/queues/test_killed_live",
        "tests/queues/test_rung_outside",
    ),
    "callbacks": ("tests/calls/test_calling_back", "tests/calls/test_agent_first"),
    "pages": ("tests/web/",),
    "crms": ("tests/crm_bridge/test_connectors", "tests/crm_bridge/test_foreign"),
}
"""Tests with many telephones, with ears or browsers: beside others of their kind they would starve on two cores."""

LIVE = (
    "probe",
    "single calls",
    "callbacks",
    "crowds",
    "pages",
    "tests/calls/test_services.py",
    "tests/calls/test_consent.py",
    "floor",
)
"""What lasts longest first; the other calls follow them."""

CALLING = 4
"""So many workers begin with what is live; any beyond them are aside."""
ASIDE_NICENESS = 15


def group_of(nodeid: str) -> str:
    """Say which tests go to the same worker, one after the other: those of a group, else those of a file."""
    named = (name for name, files in GROUPS.items() if nodeid.startswith(files))
    return next(named, nodeid.partition("::")[0])


def turn(group: str) -> int:
    """Say when a group's turn is among the others; what is not live comes last, in the order of its files."""
    if group in LIVE:
        return LIVE.index(group)
    return len(LIVE) + (not group.startswith("tests/calls/"))


def is_aside(worker: str) -> bool:
    """Say whether a worker (`gw0` is the first) takes what is live only when nothing else is left."""
    return int(worker.removeprefix("gw")) >= CALLING


def step_aside() -> None:
    """Let the live calls of the other workers have the processor first, where this worker is one aside."""
    if is_aside(os.environ.get("PYTEST_XDIST_WORKER", "gw0")):
        os.nice(ASIDE_NICENESS)


class ByGroup(LoadScopeScheduling):  # type: ignore[misc]  # pytest-xdist tells mypy no types
    """Hands out groups whole. The marks of `--dist loadgroup` are no way: with pytest 9.2 they are as if they were not.

    Source: github.com/pytest-dev/pytest-xdist/issues/1386.
    """

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)

    def _assign_work_unit(self, node: Any) -> None:  # noqa: ANN401 - untyped
        aside = is_aside(node.gateway.id)
        chosen = (max if aside else min)(self.workqueue, key=turn)  # of equals the first, both ways
        self.workqueue.move_to_end(chosen, last=False)
        super()._assign_work_unit(node)
