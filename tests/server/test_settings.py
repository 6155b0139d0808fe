"""Settings: what the README shows is accepted, what is wrong is named."""

import re
import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

from server.cli import serving
from server.settings import Settings, strange_variables
from server.setup import site

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


def test_a_telephone_finds_asterisk_at_the_host_its_page_was_opened_at() -> None:
    plain = Settings.model_validate({"address": "192.0.2.7", "ports": {"web": 8080, "sip_websocket": 8088}})
    assert plain.telephone_sockets == {
        "192.0.2.7:8080": "ws://192.0.2.7:8088/ws",
        "127.0.0.1:8080": "ws://127.0.0.1:8088/ws",
        "localhost:8080": "ws://localhost:8088/ws",
    }


def test_behind_a_proxy_with_https_the_telephone_speaks_wss() -> None:
    proxied = {"public_url": "https://atencion.example"}
    assert Settings.model_validate(proxied).telephone_sockets == {
        "atencion.example": "wss://atencion.example/ws"
    }
    told = Settings.model_validate({**proxied, "telephone_url": "wss://sip.example/ws"})
    assert told.telephone_sockets == {"atencion.example": "wss://sip.example/ws"}


@pytest.mark.parametrize("written", ["banana", "192.0.2", "http://192.0.2.7", "::1", ""])
def test_an_address_that_is_none_is_refused_by_name(written: str) -> None:
    with pytest.raises(ValidationError, match=r"address\n.*IPv4"):
        Settings.model_validate({"address": written})


@pytest.mark.parametrize(
    ("address", "asked"), [("127.0.0.1", (4573, 8080)), ("0.0.0.0", (4573, 8080)), ("192.0.2.7", (4573,))]
)
def test_a_server_is_asked_whether_it_is_ready_only_where_it_listens(
    address: str, asked: tuple[int, ...]
) -> None:
    assert serving(Settings.model_validate({"address": address})).ready_ports == asked


def test_asterisk_listens_where_the_operator_says_and_on_loopback_otherwise() -> None:
    at_home = site(Settings(), ("900202222",), ())
    assert (at_home.sip_address, at_home.websocket_address) == ("127.0.0.1", "127.0.0.1")
    abroad = site(
        Settings.model_validate(
            {"address": "192.0.2.7", "sip_address": "0.0.0.0", "trunks": ["198.51.100.0/28"]}
        ),
        ("900202222",),
        (),
    )
    assert (abroad.sip_address, abroad.websocket_address) == ("0.0.0.0", "192.0.2.7")
    assert abroad.trunk_matches == ("198.51.100.0/28",)
