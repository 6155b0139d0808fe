"""Where `ventanilla` begins: before its parts are read in, which takes seconds, Ctrl-C already ends it quietly."""

from __future__ import annotations

import sys

EXIT_INTERRUPTED = 130  # as a shell says it of what SIGINT ended: 128 and the signal's number


def main() -> None:
    """Read the command line's parts in and run it."""
    try:
        from server.cli import main as run  # noqa: PLC0415 - what takes long must be within the try

        run()
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
