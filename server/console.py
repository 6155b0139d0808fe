"""What every command line of the house shares: where it prints, how it reads the settings, how it exits."""

from __future__ import annotations

from tomllib import TOMLDecodeError

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.text import Text

from server.settings import Settings

out = Console()
err = Console(stderr=True)
EXIT_FAULT = 1
EXIT_USAGE = 2


def settings() -> Settings:
    """Read the settings; a wrong one is named with what was expected."""
    try:
        return Settings()
    except TOMLDecodeError as unreadable:
        err.print(Text(f"ventanilla.toml is not TOML: {unreadable}.", style="bold red"))
        raise typer.Exit(EXIT_USAGE) from unreadable
    except ValidationError as wrong:
        for fault in wrong.errors():
            name = ".".join(str(part) for part in fault["loc"])
            said = f"Setting {name}: {fault['msg']}. Set it in ventanilla.toml or as VENTANILLA_…."
            err.print(Text(said, style="bold red"))
        raise typer.Exit(EXIT_USAGE) from wrong
