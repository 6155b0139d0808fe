"""The watcher: starts the broker, Asterisk and our server in order, starts again what dies, stops all in reverse.

Theory of operation. Children run in sessions of their own, so Ctrl-C reaches only the watcher, which ends them in the
right order: the server first (its callers hear music), then Asterisk, then the broker. When the watcher itself is
killed, all of them go on; the next watcher finds Asterisk and the broker by pid file and control socket and takes
them over with their calls. A lock on the runtime folder keeps two watchers apart; the kernel drops it with us.
"""

import fcntl
import logging
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Protocol

from server.runtime.beats import Pulse, felt, hangs, patience
from server.runtime.progress import Progress, silent
from server.runtime.restarts import Resting, Running, died, failed, started
from server.runtime.trouble import RuntimeTrouble

LOOK = 0.25  # seconds between two looks at the children: a dead one is noticed before a caller wonders

CHORE = 60.0  # seconds between two looks at what can wait, such as the size of logs

log = logging.getLogger("ventanilla.runtime")


class Child(Protocol):
    """One program to keep alive."""

    @property
    def name(self) -> str:
        """What it is called in a sentence."""

    def start(self) -> "subprocess.Popen[bytes] | None":
        """Start it; None when it was found running and taken over. Raises RuntimeTrouble."""

    def wait_ready(self) -> None:
        """Return when it serves. Raises RuntimeTrouble."""

    def pid(self) -> int | None:
        """Process id while it runs."""

    def heard(self) -> bool:
        """Whether it showed that it lives since this was last asked."""

    def starting(self) -> bool:
        """Whether it does not serve yet and will be heard when it does; False of what is never heard."""

    def stop(self) -> None:
        """End it within a bounded time; harmless when it does not run."""


class Watch:
    """Keeps `children` alive, in the order in which they are started. Use from the main thread.

    `claim`: the folder's claim, for who had to take it before the children could be described. `chore`: what
    is done besides, now and then; it must end within seconds.
    """

    def __init__(
        self,
        runtime: Path,
        children: Sequence[Child],
        claim: IO[str] | None = None,
        chore: Callable[[], None] | None = None,
    ) -> None:
        self._runtime = runtime
        self._chore, self._chore_at = chore, 0.0
        self._children = tuple(children)
        self._states: dict[str, Running | Resting] = {}
        self._processes: dict[str, subprocess.Popen[bytes] | None] = {}
        self._pulses: dict[str, Pulse] = {}
        # A flag without a lock: who sets it is a signal, which may come while a lock is held.
        self._over = False
        self._lock = claim

    def start(self, progress: Progress = silent) -> None:
        """Start all and wait until each serves; when one cannot, stop the others and raise RuntimeTrouble."""
        self._lock = self._lock or claim(self._runtime)
        self._catch_signals()
        try:
            for place, child in enumerate(self._children):
                progress(f"starting {child.name}", place / len(self._children))
                self._begin(child)
                child.wait_ready()
                self._demand_not_ending()
        except BaseException:
            self.stop()
            raise
        progress("everything is up", 1.0)

    def run(self) -> None:
        """Keep them alive until SIGINT or SIGTERM (or `end`), then stop them."""
        try:
            while not self._over:
                self.look(time.monotonic())
                self._do_chore(time.monotonic())
                time.sleep(LOOK)
        finally:
            self.stop()

    def end(self) -> None:
        """Let `run` stop everything and return; may be called from a signal or another thread."""
        self._over = True

    def look(self, now: float) -> None:
        """Look at every child once and act on what is found."""
        for child in self._children:
            match self._states[child.name]:
                case Running() as state if not self._lives(child):
                    self._note_death(child, died(state, now), now)
                case Running() if (process := self._processes.get(child.name)) and self._hangs(child, now):
                    self._end_hung(child, process)
                case Resting() as state if now >= state.until:
                    self._try_again(child, state, now)
                case _:
                    pass

    def _do_chore(self, now: float) -> None:
        if self._chore is None or now < self._chore_at:
            return
        self._chore_at = now + CHORE
        try:
            self._chore()
        except OSError as refused:
            log.warning("The logs could not be rotated: %s.", refused.strerror)

    def stop(self) -> None:
        """Stop every child that was begun, last one first; each has its own limit."""
        for child in reversed(self._children):
            if child.name in self._states:
                child.stop()
                self._reap(child)
                del self._states[child.name]
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _demand_not_ending(self) -> None:
        if self._over:
            raise RuntimeTrouble("Stopped while starting.")

    def _begin(self, child: Child) -> None:
        self._states[child.name] = Running(time.monotonic())
        self._processes[child.name] = child.start()
        if self._processes[child.name] is None:
            log.info("%s was running already and was taken over with its calls.", _capital(child.name))

    def _lives(self, child: Child) -> bool:
        process = self._processes.get(child.name)
        return child.pid() is not None if process is None else process.poll() is None

    def _hangs(self, child: Child, now: float) -> bool:
        pulse = felt(self._pulses.get(child.name, Pulse(now)), now, beat=child.heard())
        if hangs(pulse) and not pulse.heard and not child.starting():
            pulse = Pulse(now)  # it serves and never beats, as an older one: asked again after as long
        self._pulses[child.name] = pulse
        return hangs(pulse)

    def _end_hung(self, child: Child, process: "subprocess.Popen[bytes]") -> None:
        """Kill it, as a process that hangs hears nothing else; the next look finds it dead."""
        silence = patience(self._pulses.pop(child.name))
        log.error("%s has not moved for %.0f s: it hangs and is killed.", _capital(child.name), silence)
        process.kill()

    def _note_death(self, child: Child, state: Resting, now: float) -> None:
        process = self._processes.pop(child.name, None)
        self._pulses.pop(child.name, None)
        how = "" if process is None else f" ({_ending(process.returncode)})"
        wait = state.until - now
        log.warning("%s ended%s; it is started again in %.1f s.", _capital(child.name), how, wait)
        self._states[child.name] = state

    def _try_again(self, child: Child, state: Resting, now: float) -> None:
        try:
            self._processes[child.name] = child.start()
        except (RuntimeTrouble, OSError) as trouble:
            self._states[child.name] = resting = failed(state, now)
            wait = resting.until - now
            log.error("%s could not be started: %s Next try in %.1f s.", _capital(child.name), trouble, wait)
        else:
            self._states[child.name] = started(state, now)
            log.warning("%s was started again.", _capital(child.name))

    def _reap(self, child: Child) -> None:
        process = self._processes.pop(child.name, None)
        if process is not None:
            process.wait(timeout=5)  # it was stopped with its own limit, so it is gone or about to be

    def _catch_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.end())


def claim(runtime: Path) -> IO[str]:
    """Take the runtime folder for this run, until the file is closed or we die. Raises RuntimeTrouble."""
    runtime.mkdir(parents=True, exist_ok=True)
    held = (runtime / ".watch.lock").open("w")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held.close()
        raise RuntimeTrouble(f"Ventanilla is running already from {runtime}: stop that run first.") from None
    return held


def _ending(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {-code}"


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
