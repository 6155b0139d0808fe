"""Real Chromium for the tests: pages with a microphone that speaks a file, and what WebRTC says of their calls.

A microphone belongs to a browser, not to a page: people who say different things need a browser each.
Chromium is `VENTANILLA_CHROMIUM`, the host's, or a private one; playwright's own download is not needed.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from playwright.async_api import Browser, ConsoleMessage, Page, ViewportSize, async_playwright

from server.runtime.programs import prepare_browser

MICROPHONE_RATE = 48000  # what Chromium's fake microphone wants: 48 kHz, mono, 16 bit
STATS_TICK_SECONDS = 0.1
LIMIT_MS = 20_000  # what a page may take for anything
SIZE = ViewportSize(width=1280, height=800)

# Every RTCPeerConnection that the page makes is kept, so that its statistics can be asked for.
KEEP_CONNECTIONS = """
window.__connections = [];
window.RTCPeerConnection = class extends window.RTCPeerConnection {
  constructor(...args) { super(...args); window.__connections.push(this); }
};
"""
ASK_CONNECTIONS = """
async () => {
  const sum = {packets_in: 0, bytes_in: 0, packets_out: 0, bytes_out: 0, energy_in: 0, level_in: 0, lost: 0,
               connected: false};
  for (const connection of window.__connections) {
    if (connection.connectionState === 'connected') sum.connected = true;
    for (const report of (await connection.getStats()).values()) {
      if (report.kind !== 'audio') continue;
      if (report.type === 'inbound-rtp') {
        sum.packets_in += report.packetsReceived || 0;
        sum.bytes_in += report.bytesReceived || 0;
        sum.energy_in += report.totalAudioEnergy || 0;
        sum.level_in = Math.max(sum.level_in, report.audioLevel || 0);
        sum.lost += report.packetsLost || 0;
      }
      if (report.type === 'outbound-rtp') {
        sum.packets_out += report.packetsSent || 0;
        sum.bytes_out += report.bytesSent || 0;
      }
    }
  }
  return sum;
}
"""


@dataclass(frozen=True, slots=True)
class SoundOfPage:
    """Audio of all WebRTC connections of a page, summed: packets and bytes, energy (W3C totalAudioEnergy)."""

    connected: bool = False
    packets_in: int = 0
    bytes_in: int = 0
    packets_out: int = 0
    bytes_out: int = 0
    energy_in: float = 0.0  # grows only while something audible arrives
    level_in: float = 0.0  # now, 0 to 1
    lost: int = 0


def chromium() -> str:
    """The path of Chromium: the host's, or the private one below the runtime folder."""
    shared = Path(os.environ.get("VENTANILLA_RUNTIME_DIR", Path(__file__).parents[1] / ".runtime"))
    return os.environ.get("VENTANILLA_CHROMIUM") or str(prepare_browser(shared.resolve()))


def microphone(file: Path, samples: np.ndarray[tuple[int], np.dtype[np.float32]], rate: int) -> Path:
    """Write `samples` as a file that Chromium's microphone can speak."""
    times = np.arange(int(samples.size * MICROPHONE_RATE / rate)) * rate / MICROPHONE_RATE
    stretched = np.interp(times, np.arange(samples.size), samples)
    soundfile.write(str(file), stretched, MICROPHONE_RATE, subtype="PCM_16", format="WAV")
    return file.resolve()


@asynccontextmanager
async def browser(speaks: Path | None = None, *, again_and_again: bool = True) -> AsyncIterator[Browser]:
    """A Chromium whose microphone speaks `speaks` (see `microphone`), or beeps once a second without it."""
    flags = [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        "--autoplay-policy=no-user-gesture-required",
        "--disable-features=WebRtcHideLocalIpsWithMdns",  # addresses of this machine as they are: no mDNS here
        *(["--no-sandbox"] if os.geteuid() == 0 else []),
    ]
    if speaks is not None:
        ending = "" if again_and_again else "%noloop"
        flags.append(f"--use-file-for-fake-audio-capture={speaks}{ending}")
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=chromium(), args=flags)
        try:
            yield opened
        finally:
            await opened.close()


@asynccontextmanager
async def page(window: Browser, language: str = "es-ES") -> AsyncIterator[tuple[Page, list[str]]]:
    """A page of its own person (own cookies), in a language; and what its console complains of."""
    person = await window.new_context(locale=language, viewport=SIZE, permissions=["microphone"])
    person.set_default_timeout(LIMIT_MS)
    opened = await person.new_page()
    await opened.add_init_script(KEEP_CONNECTIONS)
    complaints: list[str] = []

    def complain(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(message.text)

    opened.on("console", complain)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        yield opened, complaints
    finally:
        await person.close()


async def sound_of(opened: Page) -> SoundOfPage:
    """What flows to and from the page now."""
    return SoundOfPage(**await opened.evaluate(ASK_CONNECTIONS))


async def hears_something(
    opened: Page, *, packets: int = 50, energy: float = 1e-6, within: float = 20.0
) -> SoundOfPage:
    """Wait until so many packets came and so much could be heard in them. Raises TimeoutError."""
    async with asyncio.timeout(within):
        while True:
            sound = await sound_of(opened)
            if sound.packets_in >= packets and sound.energy_in >= energy:
                return sound
            await asyncio.sleep(STATS_TICK_SECONDS)
