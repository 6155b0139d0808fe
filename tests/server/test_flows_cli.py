"""`ventanilla flows`: checked, drawn, tried and switched from the command line."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from server import switches
from server.cli import app
from tests.dialplans.institutions import INSS
from tests.dialplans.rich import FRONT, write

runner = CliRunner()


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VENTANILLA_RUNTIME", str(tmp_path / "runtime"))
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path / "runtime"


def test_the_shipped_flows_are_sound() -> None:
    done = runner.invoke(app, ["flows", "check"])
    assert done.exit_code == 0
    assert done.output.startswith("Sound: ")


def test_a_broken_folder_is_told_fault_by_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(tmp_path / "broken", front=FRONT.replace('3 = "opinion"', '3 = "opinoin"'))
    monkeypatch.setenv("VENTANILLA_INSTITUTION", str(folder))
    done = runner.invoke(app, ["flows", "check"])
    assert done.exit_code == 1
    assert "flows/front.toml, step main, field keys.3: there is no step opinoin" in done.output


def test_every_flow_is_drawn(tmp_path: Path) -> None:
    done = runner.invoke(app, ["flows", "draw", "--out", str(tmp_path / "pictures")])
    assert done.exit_code == 0
    drawn = {file.stem for file in (tmp_path / "pictures").glob("*.svg")}
    assert drawn == {file.stem for file in (INSS / "flows").glob("*.toml")}


def test_a_call_is_tried_at_any_hour() -> None:
    typed = ["flows", "try", "901166565", "--at", "2026-11-22 12:00:00"]
    done = runner.invoke(app, typed, input="1\n0\nhang\n")
    assert done.exit_code == 0
    assert "nobody works now" in done.output
    assert done.output.rstrip().endswith("the caller hung up")


def test_an_emergency_is_turned_on_shown_tried_and_turned_off(runtime: Path) -> None:
    assert "emergency: off" in runner.invoke(app, ["flows", "switch"]).output
    assert runner.invoke(app, ["flows", "switch", "emergency", "on"]).exit_code == 0
    assert switches.read(runtime) == {"emergency": True}
    assert "emergency: on" in runner.invoke(app, ["flows", "switch"]).output
    assert "the line is closed" in runner.invoke(app, ["flows", "try"], input="").output
    assert runner.invoke(app, ["flows", "switch", "emergency", "off"]).exit_code == 0
    assert switches.read(runtime) == {"emergency": False}


@pytest.mark.parametrize("typed", [["emergncy", "on"], ["emergency"], ["emergency", "perhaps"]])
def test_a_switch_that_is_typed_wrongly_changes_nothing(runtime: Path, typed: list[str]) -> None:
    assert runner.invoke(app, ["flows", "switch", *typed]).exit_code == 2
    assert switches.read(runtime) == {}


def test_the_centre_can_be_closed_while_its_flows_are_broken(
    tmp_path: Path, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path / "broken", front="= 1\n")
    monkeypatch.setenv("VENTANILLA_INSTITUTION", str(folder))
    assert runner.invoke(app, ["flows", "switch", "emergency", "on"]).exit_code == 0
    assert switches.read(runtime) == {"emergency": True}
