"""Settings: what the README shows is accepted, what is wrong is named."""

import re
import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

from server.settings import Settings, strange_variables

README = Path(__file__).parents[2] / "README.md"


def test_the_settings_that_the_readme_shows_are_accepted() -> None:
    example = README.read_text(encoding="utf-8").split("```toml")[1].split("```")[0]
    settings = Settings.model_validate(tomllib.loads(example))
    assert settings.ports.web == 8443
    assert not settings.demonstration


def test_a_port_from_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VENTANILLA_PORTS__SIP", "5099")
    assert Settings().ports.sip == 5099


def test_a_setting_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValidationError, match="http_port"):
        Settings.model_validate({"http_port": 1})


def test_a_port_that_is_none_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VENTANILLA_PORTS__WEB", "99999")
    with pytest.raises(ValidationError, match="web is a port"):
        Settings()


def test_a_variable_that_sets_nothing_is_named_with_what_was_meant() -> None:
    assert list(
        strange_variables(["VENTANILLA_PORTZ__SIP", "VENTANILLA_PORTS__SPI", "PATH", "VENTANILLA_"])
    ) == [
        "VENTANILLA_ is no setting.",
        "VENTANILLA_PORTS__SPI is no setting. Did you mean VENTANILLA_PORTS__SIP?",
        "VENTANILLA_PORTZ__SIP is no setting. Did you mean VENTANILLA_PORTS__SIP?",
    ]


def test_every_variable_that_code_and_documents_name_is_known() -> None:
    root = README.parent
    files = [root / "README.md", root / "CONTRIBUTING.md", root / "Makefile", *root.glob("server/**/*.py")]
    named = {
        name for file in files for name in re.findall(r"VENTANILLA_[A-Z_]*[A-Z]", file.read_text("utf-8"))
    }
    assert "VENTANILLA_DEBIAN_MIRROR" in named
    assert list(strange_variables(named - {"VENTANILLA_PORTS"})) == []
