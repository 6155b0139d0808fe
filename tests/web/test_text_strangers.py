"""What strangers may not say to the page for writing and to the desk's end of it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.web.serve import Office
from web.text_forms import LINE_LENGTH
from web.text_limits import Pace, TooMany, Writers

TOKEN = "0123456789abcdef0123456789abcdef"
OPEN = {"type": "open", "token": TOKEN, "number": "901166565", "language": "es", "caller": "", "seen": 0}


@asynccontextmanager
async def dialled(
    office: Office, path: str = "/text/line", **headers: str
) -> AsyncIterator[ClientConnection]:
    url = office.url.replace("http:", "ws:") + path
    sent = {"origin": office.url, **headers}
    async with connect(url, additional_headers=sent, open_timeout=5, max_size=None) as socket:
        yield socket


async def closed_with(socket: ClientConnection) -> int:
    try:
        async with asyncio.timeout(8):
            while True:
                await socket.recv()
    except ConnectionClosed as over:
        return over.rcvd.code if over.rcvd else 0


async def refusals(socket: ClientConnection) -> list[str]:
    """What was refused until the line was quiet for a moment."""
    found = []
    try:
        while True:
            async with asyncio.timeout(0.5):
                message = json.loads(await socket.recv())
            if message["type"] == "refused":
                found.append(message["reason"])
    except TimeoutError:
        return found


async def test_another_sites_page_may_not_write(office: Office) -> None:
    with pytest.raises(InvalidStatus):
        async with dialled(office, origin="https://evil.example"):
            pass


@pytest.mark.parametrize(
    "word",
    [
        "", "hello", "[]", "{}", json.dumps({**OPEN, "token": "short"}), json.dumps({**OPEN, "token": TOKEN + "\n"}),
        json.dumps({**OPEN, "number": "901166565; DROP"}), json.dumps({**OPEN, "seen": -1}),
        json.dumps({**OPEN, "more": 1}), json.dumps({**OPEN, "caller": "everybody"}), "\x00" * 100,
    ],
)  # fmt: skip
async def test_a_line_that_does_not_say_whose_it_is_is_closed(office: Office, word: str) -> None:
    async with dialled(office) as socket:
        await socket.send(word)
        assert await closed_with(socket) == 4400
    assert office.texts.opened == []


@pytest.mark.parametrize(
    "text",
    [
        "a" * (LINE_LENGTH + 1),
        "a\x00b",
        "a\nb",
        "a\x1b[2Jb",
        "\x9bx",
        "abc\u202egpj.exe",
        "\u2066x",
        "\u200bx",
        "\u2028x",
        "z" + "\u0301" * 60,
    ],
)
@pytest.mark.parametrize("kind", ["typing", "enter"])
async def test_what_cannot_be_seen_or_is_too_much_is_refused_by_name(
    office: Office, kind: str, text: str
) -> None:
    async with dialled(office) as socket:
        await socket.send(json.dumps(OPEN))
        await socket.send(json.dumps({"type": kind, "text": text}))
        assert await refusals(socket) == ["word_not_understood"]
    assert office.texts.heard == []


async def test_half_a_sign_is_refused(office: Office) -> None:
    async with dialled(office) as socket:
        await socket.send(json.dumps(OPEN))
        await socket.send('{"type": "enter", "text": "\\ud800"}')
        assert await refusals(socket) == ["word_not_understood"]
    assert office.texts.heard == []


async def test_every_script_and_joined_emoji_are_welcome(office: Office) -> None:
    said = ["¿Qué tal, señor Muñoz?", "l·l", "Καλημέρα", "日本", "👩🏽‍🦽 ok", "مرحبا", "a" * LINE_LENGTH]
    async with dialled(office) as socket:
        await socket.send(json.dumps(OPEN))
        for text in said:
            await socket.send(json.dumps({"type": "enter", "text": text}))
        assert await refusals(socket) == []
    assert [word[2] for word in office.texts.heard] == said


async def test_a_huge_word_ends_the_line(office: Office) -> None:
    async with dialled(office) as socket:
        await socket.send(json.dumps(OPEN))
        await socket.send(json.dumps({"type": "enter", "text": "a" * 100_000}))
        assert await closed_with(socket) in {1009, 4400, 1000}
    assert office.texts.heard == []


async def test_a_flood_ends_the_line_and_little_of_it_is_heard(office: Office) -> None:
    async with dialled(office) as socket:
        await socket.send(json.dumps(OPEN))
        with suppress(ConnectionClosed):
            for number in range(5000):
                await socket.send(json.dumps({"type": "typing", "text": str(number)}))
        assert await closed_with(socket) in {0, 1000, 1006, 4429}
    assert 0 < len(office.texts.heard) < 500


async def test_an_agents_end_is_for_signed_in_agents_only(office: Office) -> None:
    async with dialled(office, "/desk/text") as socket:
        assert await closed_with(socket) == 4401


async def test_an_address_has_its_fill_at_some_point(office: Office) -> None:
    sockets = []
    try:
        for _ in range(20):
            context = dialled(office)
            sockets.append((context, await context.__aenter__()))
            await sockets[-1][1].send(json.dumps(OPEN))
        async with dialled(office) as one_more:
            assert await closed_with(one_more) == 4429
    finally:
        for context, _ in sockets:
            await context.__aexit__(None, None, None)


def test_openings_are_counted_for_ten_minutes() -> None:
    now = [0.0]
    writers = Writers(1, lambda: now[0])
    for _ in range(10):
        with writers.seat("198.51.100.7"):
            pass
    with pytest.raises(TooMany), writers.seat("198.51.100.7"):
        pass
    with writers.seat("198.51.100.8"):
        pass
    now[0] = 600.0
    with writers.seat("198.51.100.7"):
        pass


async def test_whole_lines_weigh_more_than_letters(office: Office) -> None:
    async with dialled(office) as socket:
        await socket.send(json.dumps(OPEN))
        with suppress(ConnectionClosed):
            for number in range(100):
                await socket.send(json.dumps({"type": "enter", "text": str(number)}))
        assert await closed_with(socket) in {0, 1000, 1006, 4429}
    assert 0 < len(office.texts.heard) < 40


def test_nobody_types_as_fast_as_a_flood() -> None:
    now = [0.0]
    pace = Pace(lambda: now[0])
    for _ in range(600):  # a key held down for twenty seconds
        now[0] += 1 / 30
        assert pace.word()
    assert [pace.word() for _ in range(200)].count(True) <= 121
