"""What is read from the host: mirrors, versions, ports, secrets; and apt's complaints in one sentence."""

import json
import socket
import stat
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from server.runtime.apt import explain
from server.runtime.credentials import load_secrets
from server.runtime.debian import PackageSet, prepare_set
from server.runtime.ports import Ports, check_free, free_ports
from server.runtime.programs import age_warning, parse_version
from server.runtime.sources import choose_mirror, host_mirror, host_suite, mirrors_in
from server.runtime.trouble import RuntimeTrouble
from server.settings import Settings
from server.setup import check_ports

DEB822 = """Types: deb
# http://snapshot.example/archive/debian/20250520T000000Z
URIs: http://security.example/debian-security http://mirror.example/debian
Suites: bookworm
"""
ONE_LINE = (
    "# deb http://no.example/debian x main\ndeb [arch=amd64] https://mirror.example/debian/ trixie main\n"
)


def test_the_hosts_own_debian_mirror_is_used() -> None:
    assert choose_mirror(mirrors_in("debian.sources", DEB822)) == "http://mirror.example/debian"
    assert choose_mirror(mirrors_in("sources.list", ONE_LINE)) == "https://mirror.example/debian"


def test_without_a_debian_mirror_the_sentence_says_how_to_name_one(tmp_path: Path) -> None:
    with pytest.raises(RuntimeTrouble, match="VENTANILLA_DEBIAN_MIRROR"):
        host_mirror(tmp_path)


def test_another_distributions_suite_is_not_taken_for_debians(tmp_path: Path) -> None:
    release = tmp_path / "os-release"
    release.write_text('ID=ubuntu\nVERSION_CODENAME="noble"\n')
    with pytest.raises(RuntimeTrouble, match="install the package chromium"):
        host_suite(release)
    release.write_text("ID=debian\nVERSION_CODENAME=trixie\n")
    assert host_suite(release) == "trixie"


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("Asterisk 22.10.1+dfsg+~cs6.17.60671434-1", (22, 10, 1)),
        ("Asterisk 20.6", (20, 6, 0)),
        ("Asterisk GIT-master", (0, 0, 0)),
        ("", (0, 0, 0)),
    ],
)
def test_an_asterisk_says_how_old_it_is(said: str, version: tuple[int, int, int]) -> None:
    assert parse_version(said) == version


def test_an_asterisk_with_known_holes_is_warned_of() -> None:
    assert age_warning((22, 10, 0)) == (
        "Asterisk 22.10.0 lacks published security fixes: update it to 22.10.1 or newer."
    )
    assert age_warning((22, 9, 0), Path("/r/root")).endswith(
        "delete /r/root and run again, to fetch 22.10.1 or newer."
    )
    assert "20.20.1" in age_warning((20, 20, 0))
    assert "23.4.1" in age_warning((21, 9, 9))
    assert age_warning((22, 10, 1)) == age_warning((24, 0, 0)) == ""


@pytest.mark.parametrize(
    ("complaint", "remedy"),
    [
        ("E: Failed to fetch x  Could not resolve 'mirror.example'", "check the network"),
        ("E: You don't have enough free space. No space left on device", "make room"),
        ("W: GPG error: NO_PUBKEY 123", "debian-archive-keyring"),
        ("E: Unable to locate package asterisk", "Unable to locate package asterisk"),
        ("", "it gave no reason"),
    ],
)
def test_apts_complaint_becomes_one_sentence(complaint: str, remedy: str) -> None:
    sentence = explain(complaint, "apt-get update")
    assert remedy in sentence
    assert "\n" not in sentence


def test_a_set_that_needs_more_room_than_there_is_is_refused_before_anything_is_fetched(
    tmp_path: Path,
) -> None:
    with pytest.raises(RuntimeTrouble, match="MB are needed"):
        prepare_set(tmp_path, PackageSet("huge", ("asterisk",), megabytes=10**9))
    assert [file.name for file in tmp_path.iterdir()] == [".huge.lock"]


def test_an_unreachable_mirror_is_said_and_leaves_no_half_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VENTANILLA_DEBIAN_MIRROR", "http://127.0.0.1:9/debian")
    with pytest.raises(RuntimeTrouble, match="mirror cannot be reached"):
        prepare_set(tmp_path, PackageSet("root", ("asterisk",), megabytes=1))
    assert not (tmp_path / "root").exists()


def test_a_taken_port_is_named_with_its_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(RuntimeTrouble, match=rf"Port {port} \(ami\).*VENTANILLA_PORTS__AMI"):
            check_free(Ports(ami=port), ("ami",))


def test_all_taken_ports_are_named_before_anything_is_fetched(tmp_path: Path) -> None:
    with ExitStack() as others:
        one, two = (others.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(2))
        http, mqtt = one.getsockname()[1], two.getsockname()[1]
        ports = replace(free_ports(), web=http, mqtt=mqtt)
        wanted = Settings(runtime=tmp_path, ports=ports)
        with pytest.raises(RuntimeTrouble, match=rf"Port {mqtt} \(mqtt\) and port {http} \(web\) are used"):
            check_ports(wanted, served=False)
        with pytest.raises(RuntimeTrouble, match=rf"Port {mqtt} \(mqtt\) is used.*VENTANILLA_PORTS__MQTT"):
            check_ports(wanted, served=True)
    check_ports(wanted, served=False)


def test_free_ports_are_all_different() -> None:
    ports = free_ports()
    singles = [ports.sip, ports.sip_websocket, ports.ami, ports.agi, ports.mqtt, ports.web]
    assert len(set(singles)) == len(singles)
    assert ports.rtp_start < ports.rtp_end


def test_secrets_are_kept_private_and_long(tmp_path: Path) -> None:
    first = load_secrets(tmp_path, ("ana",))
    second = load_secrets(tmp_path, ("ana", "luis"))
    file = tmp_path / "secrets.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (first.agi, first.agents["ana"]) == (second.agi, second.agents["ana"])
    words = [word for word in json.loads(file.read_text()).values() if isinstance(word, str)]
    assert len({*words, *second.agents.values()}) == len(words) + 2
    assert min(map(len, words)) == 48
    assert first.agi not in repr(first)


def test_a_secret_that_a_newer_version_knows_is_made_once_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    older = json.loads(json.dumps(asdict(load_secrets(tmp_path))))
    del older["register"]
    file.write_text(json.dumps(older))
    first, second = load_secrets(tmp_path), load_secrets(tmp_path)
    assert first.register
    assert first == second
    assert first.agi == older["agi"]


def test_damaged_secrets_are_named(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("{")
    with pytest.raises(RuntimeTrouble, match=r"secrets\.json is damaged"):
        load_secrets(tmp_path)
