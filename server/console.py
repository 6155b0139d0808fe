"""What every command line of the house shares: where it prints, how it reads the settings, how it exits."""

from __future__ import annotations

import os
import sys
from tomllib import TOMLDecodeError
from typing import TextIO

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.text import Text

from server.settings import Settings, nearest, strange_variables

WHOLE_LINES = 400
"""Columns where nobody looks: who reads a pipe, a file or a log wants sentences and paths unbroken."""


def _columns(stream: TextIO) -> int | None:
    return None if stream.isatty() else WHOLE_LINES


out = Console(width=_columns(sys.stdout))
err = Console(stderr=True, width=_columns(sys.stderr))
EXIT_FAULT = 1
EXIT_USAGE = 2


def settings() -> Settings:
    """Read the settings; a wrong one is named with what was expected, an unknown one with what was meant."""
    if strangers := list(strange_variables(os.environ)):
        err.print(Text("\n".join(strangers), style="bold red"))
        raise typer.Exit(EXIT_USAGE)
    try:
        return Settings()
    except TOMLDecodeError as unreadable:
        err.print(Text(f"ventanilla.toml is not TOML: {unreadable}.", style="bold red"))
        raise typer.Exit(EXIT_USAGE) from unreadable
    except ValidationError as wrong:
        for fault in wrong.errors():
            err.print(Text(_fault_of(fault["type"], fault["loc"], fault["msg"]), style="bold red"))
        raise typer.Exit(EXIT_USAGE) from wrong


def _fault_of(kind: str, place: tuple[int | str, ...], message: str) -> str:
    """Say what is wrong with one setting; never the value, which may be a secret."""
    name = ".".join(str(part) for part in place)
    if kind in {"extra_forbidden", "unexpected_keyword_argument"}:
        near = nearest(name.replace(".", "__"))
        meant = f" Did you mean {near.replace('__', '.').lower()}?" if near else ""
        return f"ventanilla.toml: {name} is no setting.{meant}"
    return f"Setting {name}: {message}. Set it in ventanilla.toml or as VENTANILLA_…."
