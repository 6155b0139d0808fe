"""`ventanilla check` says what is wrong in a sentence with its remedy, whatever is wrong."""

from pathlib import Path

import pytest

from server.checks import PARTS, of_crm, of_database, of_folder, of_secrets
from server.database import migrate
from server.runtime.ports import free_ports
from server.runtime.trouble import RuntimeTrouble
from server.settings import Settings
from server.setup import check_ports, strange_addresses


def settings(tmp_path: Path, **more: object) -> Settings:
    return Settings.model_validate({"runtime": tmp_path / "runtime", "demonstration": False, **more})


def test_a_folder_that_can_be_written_is_no_fault_and_is_left_alone(tmp_path: Path) -> None:
    assert list(of_folder(settings(tmp_path))) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["/proc/ventanilla/runtime", "file/runtime"])
def test_a_folder_that_cannot_be_written_is_told_with_the_setting(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    (said,) = of_folder(settings(tmp_path, runtime=tmp_path / place))
    assert "cannot be written" in said
    assert "VENTANILLA_RUNTIME" in said


@pytest.mark.parametrize("name", ["address", "sip_address"])
def test_an_address_that_this_machine_does_not_have_is_told_with_its_setting(
    tmp_path: Path, name: str
) -> None:
    assert list(strange_addresses(settings(tmp_path))) == []
    elsewhere = settings(tmp_path, ports=free_ports(), **{name: "198.51.100.7"})
    (said,) = strange_addresses(elsewhere)
    assert said.startswith(f"Setting {name}: 198.51.100.7 is no address of this machine.")
    assert strange_addresses in {part.check for part in PARTS}
    with pytest.raises(RuntimeTrouble, match=f"^Setting {name}: 198.51.100.7"):
        check_ports(elsewhere, served=False)


def test_a_database_that_is_not_there_yet_is_told_and_not_made(tmp_path: Path) -> None:
    ours = settings(tmp_path)
    assert [line.split(":")[0] for line in of_database(ours)] == ["The database has no tables yet"]
    assert list(of_secrets(ours)) == []
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_is_there_is_no_fault(tmp_path: Path) -> None:
    ours = settings(tmp_path)
    migrate(ours.database)
    assert list(of_database(ours)) == []


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql+asyncpg://ana:geheim@127.0.0.1:{port}/ventanilla", "does not answer (ConnectionRefused"),
        ("postgresql+nothing://ana:geheim@127.0.0.1/ventanilla", "There is no driver for"),
        ("mysql://ana:geheim@127.0.0.1/ventanilla", "There is no driver for"),
        ("ana:geheim@127.0.0.1", "is no URL"),
        ("sqlite+aiosqlite:///{folder}/garbage", "does not answer (DatabaseError)"),
    ],
)
def test_a_database_that_is_away_is_told_with_a_remedy_and_without_its_password(
    tmp_path: Path, url: str, told: str
) -> None:
    (tmp_path / "garbage").write_bytes(b"garbage" * 1000)
    ours = settings(tmp_path, database_url=url.format(port=free_ports().mqtt, folder=tmp_path))
    (said,) = of_database(ours)
    assert told in said
    assert "database_url" in said
    assert "geheim" not in said
    assert list(of_secrets(ours)) == []


def test_a_crm_that_does_not_exist_is_told_with_the_one_that_was_meant(tmp_path: Path) -> None:
    (said,) = of_crm(settings(tmp_path, crm="bultin"))
    assert said.endswith("did you mean builtin?")
    assert list(of_crm(settings(tmp_path))) == []
