"""What is refused before anybody is called, in one sentence and with exit code 2."""

from pathlib import Path

import pytest
from rich.console import Console

from server.probe.screen import EXIT_FAULT, run
from server.probe.script import Say, Script

INSTITUTION = Path("/nowhere")  # the prompts are learnt later: whoever erred shall not wait for that
HERE = Script("901166565", "127.0.0.1:9")


def said(script: Script) -> str:
    console = Console(record=True, width=200)
    assert run(script, INSTITUTION, console=console) == EXIT_FAULT
    return console.export_text()


@pytest.mark.parametrize("name", ["missing.wav", "text.wav", "folder"])
def test_a_file_that_cannot_be_said_is_refused_before_the_call(tmp_path: Path, name: str) -> None:
    (tmp_path / "text.wav").write_text("no sound")
    (tmp_path / "folder").mkdir()
    script = Script(HERE.to, HERE.server, steps=(Say(tmp_path / name),))
    assert f"{name} is not a sound file that can be read" in said(script)


def test_a_file_that_cannot_be_written_is_refused_before_the_call(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for wav in (tmp_path, tmp_path / "file" / "heard.wav"):
        assert "cannot be written" in said(Script(HERE.to, HERE.server, wav=wav))


def test_looking_whether_a_file_can_be_written_leaves_none(tmp_path: Path) -> None:
    wav = tmp_path / "new" / "heard.wav"
    assert "holds no prompts" in said(Script(HERE.to, HERE.server, wav=wav))
    assert not wav.exists()
