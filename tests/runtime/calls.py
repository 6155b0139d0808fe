"""A caller made of SIPp, and a FastAGI peer that does what a test tells it."""

import contextlib
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Self

from server.runtime.programs import Sipp
from tests.conftest import RunningAsterisk

INVITE = """<send retrans="500"><![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:{caller}@[local_ip]:[local_port]>;tag=[pid]t[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:caller@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=caller 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 8 101
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
]]></send>
<recv response="100" optional="true"/><recv response="180" optional="true"/>
<recv response="183" optional="true"/>
<recv response="200" rrs="true"/>
"""
IN_DIALOG = """<send{retrans}><![CDATA[
{method} [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:{caller}@[local_ip]:[local_port]>;tag=[pid]t[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: {sequence} {method}
Max-Forwards: 70
{more}Content-Length: [len]

{body}]]></send>
"""
BYE_OK = """<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>"""


def scenario(keys: str, wait: int, caller: str = "931234567") -> str:
    """Call, wait so many milliseconds, press the keys (SIP INFO: needs no raw socket), wait for the end."""

    def request(method: str, sequence: int, more: str = "", body: str = "") -> str:
        retrans = "" if method == "ACK" else ' retrans="500"'
        return IN_DIALOG.format(
            method=method, sequence=sequence, more=more, body=body, caller=caller, retrans=retrans
        )

    steps = [INVITE.format(caller=caller), request("ACK", 1), f'<pause milliseconds="{wait}"/>']
    for place, key in enumerate(keys, start=2):
        body = f"Signal={key}\nDuration=160\n"
        steps += [request("INFO", place, "Content-Type: application/dtmf-relay\n", body)]
        steps += ['<recv response="200"/>'] + ['<pause milliseconds="250"/>'] * (place <= len(keys))
    ending = '<recv request="BYE" timeout="60000"/>' + BYE_OK
    return f'<?xml version="1.0"?><scenario name="caller">{"".join(steps)}{ending}</scenario>'


@contextlib.contextmanager
def calling(
    sipp: Sipp, asterisk: RunningAsterisk, folder: Path, number: str, text: str
) -> Iterator["subprocess.Popen[bytes]"]:
    """One SIPp call that is under way; it is ended with the block at the latest."""
    folder.mkdir(parents=True, exist_ok=True)
    script = folder / "caller.xml"
    script.write_text(text, encoding="utf-8")
    command = [*sipp.command, f"127.0.0.1:{asterisk.site.ports.sip}", "-sf", str(script), "-s", number]
    command += ["-m", "1", "-i", "127.0.0.1", "-mi", "127.0.0.1", "-nostdin", "-trace_err", "-timeout", "90s"]
    with (folder / "sipp.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=10)


@dataclass
class Peer:
    """A FastAGI server on the instance's port; `part(lines, send)` plays one session."""

    port: int
    part: Callable[["Session"], None]
    sessions: list["Session"] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._door = socket.create_server(("127.0.0.1", self.port))
        self._thread = threading.Thread(target=self._serve, name="fastagi-peer", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._thread.join(timeout=5)

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._door.accept()
            except OSError:
                return
            with line, line.makefile("rw", newline="\n", encoding="utf-8") as stream:
                session = Session(stream)
                self.sessions.append(session)
                with contextlib.suppress(OSError):
                    self.part(session)


class Session:
    """One FastAGI session: the greeting as a dict, and commands."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self.greeting: dict[str, str] = {}
        while line := self._read():
            key, _, value = line.partition(": ")
            self.greeting[key] = value

    def send(self, command: str) -> str:
        self._stream.write(command + "\n")
        self._stream.flush()
        return self._read()

    def _read(self) -> str:
        return str(self._stream.readline()).rstrip("\n")
