"""Three pages in real browsers: a citizen calls in Catalan, an agent who speaks it answers, a supervisor sees it."""

import asyncio
import io
import os
import re
import time
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from playwright.async_api import Page, expect

from tests.browsers import browser, hears_something, microphone, page
from tests.calls.centre import PASSWORDS, Centre
from tests.conftest import REPOSITORY

Samples = NDArray[np.float32]

pytestmark = [pytest.mark.asterisk, pytest.mark.browser, pytest.mark.timeout(300)]

BARCELONA = "+34931234567"
CITIZEN_SAYS, AGENT_SAYS = "info.imv", "info.health_card"
# Seen: one's own voice 0.69 where everything starved (packets late all the time), 0.83 and more where it did not;
# the other's 0.41 to 0.50.
SAME = 0.6
BEST = 4
STEPS = ("signed_out", "ringing", "talking", "wrap_up")
PIECE = 200  # frames compared at once: in four seconds two sentences are not alike by chance
FRAME = 160  # samples: 20 ms at 8 kHz, the grain in which two voices are compared
BANDS = np.array([200, 500, 900, 1500, 2300, 3400]) * FRAME // 8000  # Hz, as lines of a frame's spectrum
STILL = 0.05  # less changes in silence, which is like nothing


def voice(key: str) -> Samples:
    """A sentence in somebody's mouth, 8 kHz: browsers take pure tones for noise and suppress them."""
    audio, rate = soundfile.read(
        REPOSITORY / f"dialplans/inss/languages/audio/es/{key}.opus", dtype="float32"
    )
    times = np.arange(int(audio.size * 8000 / rate)) * rate / 8000
    spoken: Samples = np.interp(times, np.arange(audio.size), audio).astype(np.float32)
    return spoken


def melody(sound: Samples) -> Samples:
    """How loud five bands of pitch are, frame by frame (logarithms): what codecs and noise filters leave of a voice."""
    frames = sound[: sound.size // FRAME * FRAME].reshape(-1, FRAME) * np.hanning(FRAME)
    power = np.abs(np.fft.rfft(frames, axis=1)) ** 2 / FRAME
    bands = [power[:, low:high].mean(axis=1) for low, high in pairwise(BANDS)]
    return np.log10(np.stack(bands, axis=1) + 1e-6).astype(np.float32)


def pieces(told: Samples, apart: int) -> Samples:
    """Pieces of PIECE frames, one in each row, evened out: their product is their likeness, -1 to 1."""
    cut = [told[at : at + PIECE] for at in range(0, len(told) - PIECE, apart)]
    level = [(piece - piece.mean(axis=0)).ravel() for piece in cut if piece.std() > STILL]
    return np.stack([piece / np.linalg.norm(piece) for piece in level])


def likeness(side: Samples, spoken: Samples) -> float:
    """How well a recording's side follows a voice that repeats, by its best few pieces: -1 to 1.

    The side may hold prompts and music as well, and what a starved browser tore.
    """
    told = melody(np.concatenate([spoken, spoken[: PIECE * FRAME]]))
    best = (pieces(melody(side), 25) @ pieces(told, 1).T).max(axis=1)
    return float(np.sort(best)[-BEST:].mean())


async def sign_in(opened: Page, url: str, name: str) -> None:
    await opened.goto(url)
    await opened.get_by_label("Usuario").fill(name)
    await opened.get_by_label("Contraseña").fill(PASSWORDS[name])
    await opened.keyboard.press("Enter")


WATCH = """
window.seen = [];
setInterval(() => {
  const tile = [...document.querySelectorAll('li.agent')].find((one) => one.textContent.includes('Jordi'));
  const state = tile?.dataset.state;
  if (state && window.seen.at(-1) !== state) window.seen.push(state);
}, 30);
"""


async def picture(opened: Page, folder: Path, name: str) -> None:
    """Keep a screenshot; VENTANILLA_SCREENSHOTS says where people want to look at them."""
    place = Path(os.environ.get("VENTANILLA_SCREENSHOTS", folder))
    await opened.screenshot(path=place / f"{name}.png", full_page=True)


async def until(so: Callable[[], Awaitable[bool]], within: float) -> None:
    deadline = time.monotonic() + within
    while not await so():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.2)


async def test_a_citizen_calls_in_catalan_and_the_right_agent_has_the_card_before_the_ring(
    centre: Centre, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    citizen_says = microphone(tmp_path / "citizen.wav", voice(CITIZEN_SAYS), 8000)
    agent_says = microphone(tmp_path / "agent.wav", voice(AGENT_SAYS), 8000)
    async with (
        browser(citizen_says) as street,
        browser(agent_says) as office,
        page(street) as (citizen, _),
        page(office) as (desk, _),
        page(office) as (wall, _),
    ):
        await sign_in(wall, f"{centre.page}/wall", "pilar")
        await wall.evaluate(WATCH)
        await sign_in(desk, f"{centre.page}/desk", "jordi")
        await desk.get_by_role("button", name="Ocupar el puesto").click()
        await expect(desk.get_by_text("Este navegador: listo para sonar")).to_be_visible()
        await _call_and_ask_for_a_person(citizen, centre.page)
        await _answer(desk)
        await expect(wall.get_by_text("Jordi").locator("xpath=ancestor::li")).to_have_attribute(
            "data-state", "talking"
        )
        await asyncio.gather(hears_something(desk, energy=1e-4), hears_something(citizen, energy=1e-4))
        await asyncio.sleep(9)
        for opened, name in ((citizen, "call"), (desk, "desk"), (wall, "wall")):
            await picture(opened, tmp_path, name)
        await desk.get_by_role("button", name="Colgar").click()
        await _finish(desk)
        seen = await wall.evaluate("window.seen")
        assert [state for state in seen if state in STEPS] == list(STEPS), seen
    ahead_ms = milliseconds_ahead(centre)
    record_property(
        "card, then ring", f"the card stood on the screen {ahead_ms} ms before the telephone rang"
    )
    assert ahead_ms > 0
    await _what_is_left(centre, record_property)


def milliseconds_ahead(centre: Centre) -> int:
    """How long the card stood on the screen when the telephone rang, as the desk told the server; negative: after."""
    told = re.findall(r"(-?\d+) ms\s+before\s+the\s+telephone\s+rang", centre.server_log())
    assert told, "the desk said both"
    return int(told[-1])


async def _call_and_ask_for_a_person(citizen: Page, url: str) -> None:
    """Call as from Barcelona: the proposal is Catalan; silence takes it; then key 0."""
    await citizen.goto(url)
    await citizen.get_by_label("Llamar como si fuera desde").select_option(BARCELONA)
    await citizen.get_by_role("button", name="Llamar").click()
    await expect(citizen.get_by_text("En català, premi el 2")).to_be_visible(timeout=30_000)
    await citizen.keyboard.press("2")
    await expect(citizen.get_by_text("Per saber com va")).to_be_visible(timeout=60_000)
    await citizen.keyboard.press("0")


async def _answer(desk: Page) -> None:
    await expect(desk.get_by_text("Català").first).to_be_visible(timeout=30_000)
    await expect(desk.get_by_role("button", name="Contestar")).to_be_visible(timeout=20_000)
    await desk.keyboard.press("Alt+KeyA")
    await expect(desk.get_by_role("button", name="Colgar")).to_be_visible()


async def _finish(desk: Page) -> None:
    await desk.get_by_label("Resuelto").check()
    await desk.get_by_role("button", name="Terminar y ponerse disponible").click()
    await expect(desk.get_by_text("Disponible").first).to_be_visible()


async def _what_is_left(centre: Centre, record_property: Callable[[str, object], None]) -> None:
    """The request with its outcome, the recording with both voices."""
    (contact,) = await centre.until("SELECT call, request, outcome FROM crm_contacts WHERE agent = 'jordi'")
    assert contact["outcome"] == "resolved"
    (reserved,) = await centre.until(
        "SELECT body FROM server_facts WHERE type = 'AgentReserved' AND call = :call", call=contact["call"]
    )
    assert '"agent": "jordi"' in reserved["body"]
    await centre.until(
        "SELECT * FROM recordings_recordings WHERE call = :call AND state = 'sealed'",
        within=40,
        call=contact["call"],
    )
    sound, rate = soundfile.read(io.BytesIO(await _heard_by_the_supervisor(centre, contact["call"])))
    assert (rate, sound.shape[1]) == (8000, 2)
    caller, agent = sound[:, 0].astype(np.float32), sound[:, 1].astype(np.float32)
    likenesses = {
        (side, says): likeness(heard, voice(says))
        for side, heard in (("left", caller), ("right", agent))
        for says in (CITIZEN_SAYS, AGENT_SAYS)
    }
    record_property("likeness of voices", {" ".join(who): round(how, 3) for who, how in likenesses.items()})
    for (side, says), how in likenesses.items():
        own = (side, says) in {("left", CITIZEN_SAYS), ("right", AGENT_SAYS)}
        assert how > SAME if own else how < SAME, "the citizen is on the left, the agent on the right"


async def _heard_by_the_supervisor(centre: Centre, call: str) -> bytes:
    """The recording, found by the agent who talked, once it rests encrypted, and heard with a reason on record."""
    await centre.until("SELECT 1 FROM recordings_keys WHERE call = :call", within=40, call=call)
    (resting,) = await centre.rows("SELECT path FROM recordings_recordings WHERE call = :call", call=call)
    file = centre.settings.recordings / resting["path"]
    assert file.suffix == ".tink"
    assert not file.with_suffix("").exists()
    async with httpx.AsyncClient(base_url=centre.page, headers={"origin": centre.page}) as pilar:
        await pilar.post("/session", json={"name": "pilar", "password": PASSWORDS["pilar"]})
        look = {"since": time.time() - 3_600, "before": time.time() + 60, "agent": "jordi"}
        found = (await pilar.post("/recordings/search", json=look)).json()["found"]
        assert call in [one["call"] for one in found]
        asked = await pilar.post("/recordings/ask", json={"call": call, "reason": "una prueba"})
        heard = await pilar.get(f"/recordings/sound/{asked.json()['listening']}")
        about = (await pilar.get(f"/recordings/about/{asked.json()['listening']}")).json()
    assert heard.content == await centre.sealed(call)
    assert [mark["kind"] for mark in about["marks"]][:2] == ["notice", "agent"]
    (told,) = await centre.until("SELECT body FROM server_facts WHERE type = 'RecordingOpened'")
    assert '"by": "pilar"' in told["body"]
    return heard.content
