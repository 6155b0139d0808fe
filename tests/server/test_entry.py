"""Ctrl-C in the first seconds of a command ends it with a shell's number for that, not with a traceback."""

import sys
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

import pytest

PROJECT = Path(__file__).parents[2]


class Interrupted(ModuleType):
    """Parts whose reading in is interrupted."""

    def __getattr__(self, name: str) -> object:
        """Let Ctrl-C come when what is run is wanted of them."""
        raise KeyboardInterrupt if name == "main" else AttributeError(name)


def command() -> EntryPoint:
    """Give what `.venv/bin/ventanilla` runs."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    return EntryPoint("ventanilla", project["project"]["scripts"]["ventanilla"], "console_scripts")


def ending() -> object:
    """Run it; the exit code, or what it lets through: a Ctrl-C of ours would end all tests."""
    with pytest.raises((SystemExit, KeyboardInterrupt)) as ended:
        command().load()()
    return ended.value.code if isinstance(ended.value, SystemExit) else ended.value


def test_ctrl_c_while_the_parts_are_read_in_ends_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "server.cli", Interrupted("server.cli"))
    assert ending() == 130


def test_ctrl_c_in_what_is_run_ends_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("server.cli.main", interrupted)
    assert ending() == 130
