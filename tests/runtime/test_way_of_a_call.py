"""The dialplan on a real Asterisk: who gets in, what the door is told, what happens when it is gone."""

import hashlib
import json
import re
import socket
import stat
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from server.runtime.programs import Sipp
from tests.conftest import RunningAsterisk, StartAsterisk
from tests.runtime.calls import Peer, Session, calling, scenario

pytestmark = pytest.mark.asterisk
LONGEST = 40.0  # seconds any of these calls may take on a busy machine


@pytest.fixture(scope="module")
def hasty(start_asterisk: StartAsterisk) -> RunningAsterisk:
    """An Asterisk that gives a lost server two attempts a second apart, and the net three seconds."""
    return start_asterisk(lost_attempts=2, lost_pause=1, net_seconds=3)


def until(true: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + LONGEST
    while not true():
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(0.05)


def invite(port: int, number: str, sender: str) -> str:
    """Send one INVITE by hand and return the first final status line."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind(("127.0.0.1", 0))
        line.settimeout(10)
        here = f"127.0.0.1:{line.getsockname()[1]}"
        words = [
            f"INVITE sip:{number}@127.0.0.1:{port} SIP/2.0",
            f"Via: SIP/2.0/UDP {here};branch=z9hG4bK{time.monotonic_ns()}",
            f"From: <sip:{sender}@{here}>;tag=1",
            f"To: <sip:{number}@127.0.0.1:{port}>",
            f"Call-ID: {time.monotonic_ns()}@test",
            "CSeq: 1 INVITE",
            f"Contact: <sip:{sender}@{here}>",
            "Max-Forwards: 70",
            "Content-Length: 0",
        ]
        line.sendto(("\r\n".join(words) + "\r\n\r\n").encode(), ("127.0.0.1", port))
        while True:
            status = line.recv(65535).decode().split("\r\n")[0]
            if not status.startswith("SIP/2.0 1"):
                return status


@pytest.mark.parametrize(
    "number", ["123", "9011665650", "s", "h", "i", "%73", "+35901166565", "034901166565"]
)
def test_a_number_that_is_not_ours_gets_404(asterisk: RunningAsterisk, number: str) -> None:
    assert invite(asterisk.site.ports.sip, number, "931234567").split()[1] in {"404", "484"}


def test_an_agents_name_without_the_password_gets_401(asterisk: RunningAsterisk) -> None:
    assert invite(asterisk.site.ports.sip, "901166565", "agent-ana").split()[1] == "401"


@pytest.mark.parametrize(
    ("dialled", "number"),
    [
        ("901166565", "901166565"),
        ("+34915421176", "915421176"),
        ("0034900202222", "900202222"),
        ("34901166565", "901166565"),
    ],
)
def test_the_door_is_told_our_number_and_a_token_of_this_call(
    asterisk: RunningAsterisk, sipp: Sipp, tmp_path: Path, dialled: str, number: str
) -> None:
    def finish(session: Session) -> None:
        session.send("ANSWER")
        session.send('SET VARIABLE VT_DONE "yes"')

    with Peer(asterisk.site.ports.agi, finish) as peer:
        with calling(sipp, asterisk, tmp_path, dialled, scenario("", 0)) as call:
            assert call.wait(timeout=LONGEST) == 0
        greeting = peer.sessions[0].greeting
    assert len(peer.sessions) == 1
    _, said, token = greeting["agi_network_script"].split("/")
    assert said == number
    assert token == expected_token(asterisk.secrets.agi, greeting["agi_uniqueid"])


def expected_token(secret: str, unique_id: str) -> str:
    def sha1(text: str) -> str:
        return hashlib.sha1(text.encode()).hexdigest()  # noqa: S324 the only digest the dialplan has

    return sha1(f"{secret}:{sha1(f'{secret}:{unique_id}')}")


def test_the_callers_own_words_are_not_the_channels_caller_id(
    asterisk: RunningAsterisk, sipp: Sipp, tmp_path: Path
) -> None:
    heard: list[str] = []

    def ask(session: Session) -> None:
        session.send("ANSWER")
        heard.append(session.send("GET VARIABLE PJSIP_HEADER(read,From)"))
        session.send('SET VARIABLE VT_DONE "yes"')

    with Peer(asterisk.site.ports.agi, ask) as peer:
        with calling(sipp, asterisk, tmp_path, "901166565", scenario("", 0, "666777888")) as call:
            assert call.wait(timeout=LONGEST) == 0
        greeting = peer.sessions[0].greeting
    assert greeting["agi_callerid"] == "trunk"
    assert "666777888" not in json.dumps(greeting)
    assert "sip:666777888@" in heard[0]


def test_a_server_that_comes_back_takes_the_same_caller(
    hasty: RunningAsterisk, sipp: Sipp, tmp_path: Path
) -> None:
    def die_once(session: Session) -> None:
        session.send("ANSWER")
        if len(peer.sessions) > 1:
            session.send('SET VARIABLE VT_DONE "yes"')

    peer = Peer(hasty.site.ports.agi, die_once)
    with peer, calling(sipp, hasty, tmp_path, "901166565", scenario("", 0)) as call:
        assert call.wait(timeout=LONGEST) == 0
    first, second = (session.greeting for session in peer.sessions)
    assert first["agi_uniqueid"] == second["agi_uniqueid"]
    assert first["agi_network_script"] == second["agi_network_script"]


def test_without_server_and_agents_the_callers_number_is_kept(
    hasty: RunningAsterisk, sipp: Sipp, tmp_path: Path
) -> None:
    before = len(hasty.log())
    with calling(sipp, hasty, tmp_path, "901166565", scenario("931234567#", 6000)) as call:
        assert call.wait(timeout=LONGEST) == 0
    (file,) = hasty.places.callbacks.glob("*.json")
    kept = json.loads(file.read_text())
    assert kept["number"] == "+34931234567"
    assert kept["language"] == "es"
    assert re.fullmatch(r"ventanilla-\d+\.\d+", kept["call"])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    story = hasty.log()[before:]
    assert story.count("Started music on hold") >= 2
    assert "931234567" not in story
    assert "931234567" not in (hasty.places.logs / "console.log").read_text()


def test_after_a_conversation_a_lost_server_means_goodbye(
    hasty: RunningAsterisk, sipp: Sipp, tmp_path: Path
) -> None:
    def talked_and_died(session: Session) -> None:
        session.send("ANSWER")
        session.send('SET VARIABLE DIALSTATUS "ANSWER"')
        session.send('SET VARIABLE VT_WAITING "no"')

    peer = Peer(hasty.site.ports.agi, talked_and_died)
    with peer, calling(sipp, hasty, tmp_path, "901166565", scenario("", 0)) as call:
        assert call.wait(timeout=LONGEST) == 0
    assert len(peer.sessions) == 1
