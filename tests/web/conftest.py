"""A served office for each test, a client that behaves like our pages, and one real Chromium for all."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from server.runtime.programs import prepare_browser
from tests.web.serve import Office, open_office

CHROMIUM_FLAGS = (
    "--no-sandbox",  # the tests may run as root in a container, where Chromium's own sandbox cannot start
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)

AXE_FOLDER = Path(__file__).parent / "axe"
OpenPage = Callable[..., Awaitable[Page]]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as served:
        yield served


@pytest.fixture
async def client(office: Office) -> AsyncIterator[httpx.AsyncClient]:
    """A client whose requests say where they come from, as a browser's on our own pages do."""
    async with httpx.AsyncClient(base_url=office.url, headers={"origin": office.url}) as ours:
        yield ours


@pytest.fixture(scope="session")
async def chromium(runtime_root: Path) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        program = prepare_browser(runtime_root)
        browser = await playwright.chromium.launch(executable_path=program, args=CHROMIUM_FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
async def open_page(chromium: Browser, office: Office) -> AsyncIterator[OpenPage]:
    """Open a page of the office; whatever its scripts complain about fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    async def open_at(path: str, **wishes: str) -> Page:
        context = await chromium.new_context(base_url=office.url, **{"locale": "es-ES", **wishes})  # type: ignore[arg-type] # playwright's options, by name
        contexts.append(context)
        page = await context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: _complain(complaints, line.type, line.text))
        await page.goto(path)
        return page

    yield open_at
    for context in contexts:
        await context.close()
    assert complaints == []


def _complain(complaints: list[str], kind: str, text: str) -> None:
    # The telephone's line goes nowhere here, and refusals are what some tests are about.
    if kind == "error" and "WebSocket connection" not in text and "Failed to load resource" not in text:
        complaints.append(text)


async def picture(page: Page, folder: Path, name: str) -> None:
    """Keep a screenshot, where VENTANILLA_SCREENSHOTS says if anywhere."""
    place = Path(os.environ.get("VENTANILLA_SCREENSHOTS", folder))
    await page.screenshot(path=place / f"{name}.png", full_page=True)


async def sign_in(page: Page, name: str) -> None:
    await page.get_by_label("Usuario").fill(name)
    await page.get_by_label("Contraseña").fill(f"{name}-ventanilla")
    await page.keyboard.press("Enter")
