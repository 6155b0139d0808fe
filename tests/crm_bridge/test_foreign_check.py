"""`ventanilla crm check`, `prepare` and `demonstration`, against a real Tryton and a real Odoo."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from server.cli import app
from tests.crm_bridge.real.process import Served


@pytest.fixture(params=["tryton", pytest.param("odoo", marks=pytest.mark.odoo)])
def name(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """The CRM that the settings name."""
    chosen = str(request.param)
    served: Served = request.getfixturevalue(f"{chosen}_server")
    monkeypatch.setenv("VENTANILLA_RUNTIME", str(tmp_path))
    monkeypatch.setenv("VENTANILLA_CRM", chosen)
    for option, value in served.options.items():
        monkeypatch.setenv(f"VENTANILLA_CRM_OPTIONS__{option.upper()}", value)
    return chosen


def crm(word: str) -> Result:
    return CliRunner().invoke(app, ["crm", word])


def test_a_crm_that_is_ready_says_what_it_can_do_and_how_fast_it_is(name: str) -> None:
    prepared, furnished, again = crm("prepare"), crm("demonstration"), crm("prepare")
    assert (prepared.exit_code, furnished.exit_code) == (0, 0)
    assert again.output == "Nothing was lacking.\n"
    said = crm("check")
    assert said.exit_code == 0
    assert said.output.startswith(f"The CRM is {name}.\n")
    for words in ("  + identity: ", "  - cases: ", "  limit: ", "telephones of several people: 1;"):
        assert words in said.output
    assert "It answers: a look-up by telephone takes" in said.output


def test_answers_of_a_file_are_kept_and_documents_of_nobody_are_counted_and_not_shown(
    name: str, tmp_path: Path
) -> None:
    del name
    crm("prepare")
    crm("demonstration")
    file = tmp_path / "answers.csv"
    rows = ("12345678Z,children_count,5", "12345678Z,account_last4,0042", "87654321X,children_count,1")
    file.write_text("\n".join(("document,question,answer", *rows)), encoding="utf-8")
    said = CliRunner().invoke(app, ["crm", "answers", str(file)])
    assert said.exit_code == 1
    assert "Of 1 people the answers are kept.\n1 documents are of nobody" in said.output
    assert "87654321X" not in said.output
    file.write_text("document,question,answer\n12345678Z,mother,1\n", encoding="utf-8")
    refused = CliRunner().invoke(app, ["crm", "answers", str(file)])
    assert refused.exit_code == 1
    assert "line 2: a question is one of" in str(refused.exception)
    assert "12345678Z" not in str(refused.exception)


def test_wrong_credentials_are_said_with_the_option_to_look_at_and_never_shown(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    option = "password" if name == "tryton" else "key"
    monkeypatch.setenv(f"VENTANILLA_CRM_OPTIONS__{option.upper()}", "very wrong")
    said = crm("check")
    told = f"{said.output} {said.exception}"
    assert said.exit_code == 1
    assert f"crm_options.{'user' if name == 'tryton' else 'key'}" in told
    assert "very wrong" not in told


def test_a_database_that_is_not_there_is_said(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VENTANILLA_CRM_OPTIONS__DATABASE", "another")
    said = crm("check")
    assert said.exit_code == 1
    assert "database" in str(said.exception)
    del name


def test_a_crm_that_is_not_there_is_said_in_a_sentence(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VENTANILLA_CRM_OPTIONS__URL", "http://127.0.0.1:1")
    said = crm("check")
    assert said.exit_code == 1
    assert "The CRM does not serve: not reachable" in str(said.exception)
    del name


def test_nobody_made_up_goes_into_the_crm_of_a_house_that_is_no_demonstration(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VENTANILLA_DEMONSTRATION", "false")
    said = crm("demonstration")
    assert said.exit_code == 1
    assert "nobody made up" in str(said.exception)
    del name
