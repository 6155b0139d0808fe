"""A citizen's page and an agent's page on a real Asterisk: ringing, keys, sound both ways, and a server that dies."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from ivr.adapters.fastagi import Door, Line
from ivr.agi import command
from tests.conftest import RunningAsterisk
from tests.web.conftest import sign_in
from tests.web.house import CALL
from tests.web.patience import until
from tests.web.samples import card
from tests.web.serve import Office, Telephones, free_port, open_office
from web.accounts import Account, Role

pytestmark = [pytest.mark.asterisk, pytest.mark.browser]

KEYS = "42#"
CALLER = "+34931234567"
# Keeps hold of the page's connections, so that the test can count the sound that arrives.
EAVESDROP = """
globalThis.connections = [];
globalThis.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...wishes) { super(...wishes); globalThis.connections.push(this); }
};
"""
HEARD = """async () => {
  let packets = 0;
  for (const connection of globalThis.connections) {
    for (const report of (await connection.getStats()).values()) {
      if (report.type === 'inbound-rtp') packets += report.packetsReceived;
    }
  }
  return packets;
}"""


class Counter:
    """The other end of the line: takes the call, reads its headers and three keys, puts it through."""

    def __init__(self) -> None:
        self.headers: list[str] = []
        self.keys = ""
        self.put_through = asyncio.Event()

    async def __call__(self, line: Line) -> None:
        await line.send(command("ANSWER"))
        for header in ("X-Ventanilla-Page", "X-Ventanilla-Caller"):
            answer = await line.send(command("GET VARIABLE", f"PJSIP_HEADER(read,{header})"))
            self.headers.append(answer.text)
        for _ in KEYS:
            self.keys += chr(int((await line.send(command("WAIT FOR DIGIT", "10000"))).result))
        await self.put_through.wait()
        await line.send(command("EXEC", "Dial", "PJSIP/agent-web,15,g"))
        await line.send(command("SET VARIABLE", "VT_DONE", "yes"))


@pytest.fixture
async def counter(asterisk: RunningAsterisk) -> AsyncIterator[Counter]:
    counter = Counter()
    door = Door(asterisk.secrets.agi, counter, lambda _: None)
    await door.open("127.0.0.1", asterisk.site.ports.agi)
    yield counter
    await door.close(3)


@pytest.fixture
def telephones(asterisk: RunningAsterisk) -> Telephones:
    socket = f"ws://127.0.0.1:{asterisk.site.ports.sip_websocket}/ws"
    return Telephones(socket, asterisk.secrets.agents["web"], asterisk.secrets.browser)


async def page_at(chromium: Browser, url: str) -> Page:
    context = await chromium.new_context(locale="es-ES", permissions=["microphone"])
    await context.add_init_script(EAVESDROP)
    page = await context.new_page()
    await page.goto(url)
    return page


async def agent_at_the_desk(chromium: Browser, office: Office) -> Page:
    await office.accounts.add(Account("web", "Laia Web", Role.AGENT), "web-ventanilla")
    desk = await page_at(chromium, f"{office.url}/desk")
    await sign_in(desk, "web")
    await desk.get_by_role("button", name="Ocupar el puesto").click()
    await expect(desk.get_by_text("Este navegador: listo para sonar")).to_be_visible()
    return desk


async def hears(page: Page) -> None:
    """Wait until more sound arrives at a page than had arrived before."""
    before = await page.evaluate(HEARD)
    async with asyncio.timeout(15):
        while await page.evaluate(HEARD) < before + 25:  # noqa: ASYNC110 - a browser counts, nobody tells
            await asyncio.sleep(0.1)


async def test_two_pages_talk_and_go_on_talking_when_the_server_dies(
    chromium: Browser, counter: Counter, telephones: Telephones, tmp_path: Path
) -> None:
    port = free_port()
    async with open_office(tmp_path, port=port, telephones=telephones) as office:
        desk = await agent_at_the_desk(chromium, office)
        citizen = await page_at(chromium, office.url)
        await _call(citizen)
        token = next(iter(office.page.feeds))
        office.page.feed(token).say({"type": "said", "text": "Diga, diga.", "language": "es"})
        await expect(citizen.get_by_text("Diga, diga.")).to_be_visible()
        await _press(citizen, counter)
        assert counter.headers == [token, CALLER]
        office.desk.reserve("web", card())
        await expect(desk.get_by_role("heading", name="Mercè Vila Roca")).to_be_visible()
        await until(lambda: office.desk.stamps)
        counter.put_through.set()
        await expect(desk.get_by_role("button", name="Contestar")).to_be_focused()
        await desk.keyboard.press("Alt+KeyA")
        office.desk.become("web", "talking", call=CALL)
        await expect(desk.get_by_role("button", name="Colgar")).to_be_visible()
        await asyncio.gather(hears(desk), hears(citizen))
        (_, _, first, shown_at), (_, _, then, rang_at) = office.desk.stamps
        assert (first, then) == ("card_shown", "rang")
        assert shown_at < rang_at
    await expect(desk.get_by_text("La conversación sigue")).to_be_visible()
    await asyncio.gather(hears(desk), hears(citizen))
    async with open_office(tmp_path, port=port, telephones=telephones) as office:
        office.desk.become("web", "talking", call=CALL, address="browser")
        await expect(desk.get_by_text("Conectado")).to_be_visible(timeout=15_000)
        await asyncio.gather(hears(desk), hears(citizen))
        await desk.get_by_role("button", name="Colgar").click()
        await expect(citizen.get_by_text("Llamada terminada")).to_be_visible(timeout=15_000)
    await asyncio.gather(desk.context.close(), citizen.context.close())


async def _call(citizen: Page) -> None:
    await citizen.get_by_label("Llamar como si fuera desde").select_option(CALLER)
    await citizen.get_by_role("button", name="Llamar").click()
    await expect(citizen.get_by_text("En línea")).to_be_visible(timeout=15_000)


async def _press(citizen: Page, counter: Counter) -> None:
    await citizen.get_by_role("button", name=f"Tecla {KEYS[0]}").click()
    for key in KEYS[1:]:
        await citizen.keyboard.press(key)
    await until(lambda: counter.keys == KEYS)
