"""What the floor's AMI user may hear and do, and that it may do nothing else."""

import socket
from pathlib import Path
from typing import Self

import pytest

from server.runtime.programs import Sipp
from tests.conftest import RunningAsterisk
from tests.runtime.calls import Peer, Session, calling, scenario

pytestmark = pytest.mark.asterisk
# FullyBooted is part of the answer to a login, whatever is asked for.
HEARD = {"DialBegin", "DialEnd", "Hangup", "DeviceStateChange", "FullyBooted"}
ALLOWED = [
    "CoreShowChannels",
    "Status",
    "DeviceStateList",
    "QueueStatus\r\nQueue: net",
    "QueueAdd\r\nQueue: net\r\nInterface: PJSIP/agent-web\r\nStateInterface: PJSIP/agent-web",
    "QueuePause\r\nQueue: net\r\nInterface: PJSIP/agent-web\r\nPaused: true\r\nReason: lunch",
    "QueueRemove\r\nQueue: net\r\nInterface: PJSIP/agent-web",
]
REFUSED = [
    "Command\r\nCommand: core show uptime",
    "Originate\r\nChannel: Local/901166565@from-trunk\r\nApplication: System\r\nData: id",
    "GetConfig\r\nFilename: manager.conf",
    "GetConfigJSON\r\nFilename: vt_secret.conf",
    "UpdateConfig\r\nSrcFilename: pjsip.conf\r\nDstFilename: pjsip.conf",
    "ListCategories\r\nFilename: manager.conf",
    "ModuleLoad\r\nModule: app_system.so\r\nLoadType: load",
    "Reload",
    "DBPut\r\nFamily: x\r\nKey: y\r\nVal: z",
    "PJSIPShowAuths",
    "PJSIPShowContacts",
    "UserEvent\r\nUserEvent: x",
]


class Ami:
    """A logged-in AMI connection."""

    def __init__(self, asterisk: RunningAsterisk, secret: str) -> None:
        self._line = socket.create_connection(("127.0.0.1", asterisk.site.ports.ami), timeout=10)
        self._stream = self._line.makefile("rb")
        self._stream.readline()
        self.login = self.ask(f"Login\r\nUsername: ventanilla\r\nSecret: {secret}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        self._line.close()

    def ask(self, action: str) -> dict[str, str]:
        self._line.sendall(f"Action: {action}\r\nActionID: q\r\n\r\n".encode())
        while True:
            packet = self.packet()
            if packet.get("ActionID") == "q" and "Response" in packet:
                return packet

    def packet(self) -> dict[str, str]:
        lines: dict[str, str] = {}
        while (line := self._stream.readline().decode().rstrip("\r\n")) or not lines:
            key, _, value = line.partition(": ")
            lines[key] = value
        return lines

    def events_until(self, name: str) -> set[str]:
        heard: set[str] = set()
        while name not in heard:
            heard.add(self.packet().get("Event", "answer"))
        return heard - {"answer"}


def test_a_wrong_secret_is_refused(asterisk: RunningAsterisk) -> None:
    with Ami(asterisk, "wrong") as ami:
        assert ami.login["Response"] == "Error"


@pytest.mark.parametrize("action", ALLOWED)
def test_the_floor_may(asterisk: RunningAsterisk, action: str) -> None:
    with Ami(asterisk, asterisk.secrets.ami) as ami:
        assert ami.ask(action)["Response"] == "Success"


@pytest.mark.parametrize("action", REFUSED)
def test_the_floor_may_not(asterisk: RunningAsterisk, action: str) -> None:
    with Ami(asterisk, asterisk.secrets.ami) as ami:
        answer = ami.ask(action)
    assert answer["Response"] == "Error"
    assert any(why in answer["Message"] for why in ("ermission", "Invalid/unknown", "Forbidden"))


def test_dangerous_functions_stay_shut_for_the_floor(asterisk: RunningAsterisk, tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    with Ami(asterisk, asterisk.secrets.ami) as ami:
        ami.ask(f"Setvar\r\nVariable: FILE({proof})\r\nValue: x")
        ami.ask(f"Getvar\r\nVariable: SHELL(touch {proof})")
    assert not proof.exists()


def test_of_a_call_the_floor_hears_only_what_it_asked_for(
    asterisk: RunningAsterisk, sipp: Sipp, tmp_path: Path
) -> None:
    def ring(session: Session) -> None:
        session.send("ANSWER")
        session.send("EXEC Dial PJSIP/agent-web,2,g")
        session.send("SET VARIABLE VT_DONE yes")

    with Ami(asterisk, asterisk.secrets.ami) as ami, Peer(asterisk.site.ports.agi, ring):
        with calling(sipp, asterisk, tmp_path, "901166565", scenario("", 0)) as call:
            assert call.wait(timeout=40) == 0
        heard = ami.events_until("Hangup")
    assert heard <= HEARD
    assert "Hangup" in heard
