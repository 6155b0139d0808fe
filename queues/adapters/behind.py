"""Work that nobody waits for."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import TypeVar

log = logging.getLogger("ventanilla.queues")

Done = TypeVar("Done")


class Behind:
    """Tasks that are held until they are done; what goes wrong in one is told in the log, and ends nothing else."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[object]] = set()

    def begin(self, work: Coroutine[object, object, Done], name: str) -> asyncio.Task[Done]:
        """Begin; who wants to know may wait for the task, shielded."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Done]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("%s: %s", task.get_name(), type(fault).__name__)
