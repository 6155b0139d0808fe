"""A server that a page cannot reach. A browser that is "offline" opens WebSockets all the same, in no time."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Page, WebSocketRoute


@asynccontextmanager
async def unreachable(page: Page, path: str) -> AsyncIterator[None]:
    """Let no line of the page to `path` come about meanwhile; one that is open already stays."""
    away = True

    async def line_to(server: WebSocketRoute) -> None:
        if away:
            await server.close()
        else:
            server.connect_to_server()

    await page.route_web_socket(re.compile(re.escape(path)), line_to)
    yield
    away = False
