"""The browser harness: two people in two Chromiums who really hear each other."""

from __future__ import annotations

import asyncio
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browsers import browser, hears_something, microphone, page, sound_of
from tests.probe.speech import utterance

pytestmark = pytest.mark.browser

CALL = """
async () => {
  const microphone = await navigator.mediaDevices.getUserMedia({audio: true});
  const connection = window.connection = new RTCPeerConnection();
  microphone.getTracks().forEach(track => connection.addTrack(track, microphone));
  connection.ontrack = event => {
    const speaker = document.createElement('audio');
    speaker.srcObject = event.streams[0];
    speaker.play();
  };
}
"""
DESCRIBE = """
async ([kind, remote]) => {
  if (remote) await connection.setRemoteDescription(remote);
  if (kind === 'done') return null;
  await connection.setLocalDescription(await (kind === 'offer' ? connection.createOffer() : connection.createAnswer()));
  if (connection.iceGatheringState !== 'complete')
    await new Promise(done => connection.onicegatheringstatechange =
      () => connection.iceGatheringState === 'complete' && done());
  return connection.localDescription.toJSON();
}
"""


class Blank(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b"<!doctype html><title>blank</title>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def address() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Blank)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


async def test_two_browsers_hear_what_the_other_says(address: str, tmp_path: Path) -> None:
    words = microphone(tmp_path / "words.wav", utterance(31, 3.0), 8000)
    async with (
        browser(words) as caller,
        browser() as agent,
        page(caller) as (one, faults),
        page(agent) as (two, _),
    ):
        await asyncio.gather(one.goto(address), two.goto(address))
        await asyncio.gather(one.evaluate(CALL), two.evaluate(CALL))
        offer = await one.evaluate(DESCRIBE, ["offer", None])
        answer = await two.evaluate(DESCRIBE, ["answer", offer])
        await one.evaluate(DESCRIBE, ["done", answer])
        heard_by_agent, heard_by_caller = await asyncio.gather(hears_something(two), hears_something(one))
        assert heard_by_agent.connected
        assert heard_by_caller.connected
        assert (await sound_of(one)).packets_out > 0
        assert [fault for fault in faults if "favicon" not in fault] == []
