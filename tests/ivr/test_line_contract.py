"""What `Talk` counts on: the same questions put to the telephone box of the tests and to a real Asterisk."""

import asyncio
import math
import struct
import wave
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Protocol

import pytest

from ivr.adapters.line import HungUp
from ivr.agi import Reply, command
from ivr.ports.line import Line
from tests.conftest import RunningAsterisk, StartAsterisk
from tests.ivr.box import Box
from tests.ivr.office import Office, until

RATE = 8000
SOUNDS = {"short": 0.6, "long": 4.0}
MISSING = frozenset({"vt/missing"})
Said = Callable[[Line], Awaitable[list[Reply]]]


class Telephone(Protocol):
    async def call(self, keys: str, said: Said) -> list[Reply]: ...


class BoxTelephone:
    async def call(self, keys: str, said: Said) -> list[Reply]:
        return await said(Box(presses=[keys, ""], missing=MISSING))


class RealTelephone:
    """A caller within a real Asterisk who presses keys one and a half seconds after the answer."""

    def __init__(self, pbx: RunningAsterisk, office: Office) -> None:
        self._pbx = pbx
        self._office = office

    async def call(self, keys: str, said: Said) -> list[Reply]:
        heard: list[Reply] = []

        async def converse(line: Line) -> None:
            await line.send(command("ANSWER"))
            heard.extend(await said(line))
            await line.send(command("SET VARIABLE", "VT_DONE", "yes"))

        self._office.answer = converse
        self._office.endings.clear()
        pressing = f"channel originate Local/901166565@numbers application SendDTMF www{keys}{'w' * 20}"
        await asyncio.to_thread(self._pbx.ask, pressing)
        await until(lambda: self._office.endings)
        await asyncio.to_thread(self._pbx.ask, "channel request hangup all")
        return heard


def tone(file: Path, seconds: float) -> None:
    with wave.open(str(file), "wb") as out:
        out.setparams((1, 2, RATE, 0, "NONE", ""))
        samples = (int(4000 * math.sin(place / 8)) for place in range(int(RATE * seconds)))
        out.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))


@pytest.fixture(scope="module")
def pbx(start_asterisk: StartAsterisk, tmp_path_factory: pytest.TempPathFactory) -> RunningAsterisk:
    sounds = tmp_path_factory.mktemp("sounds")
    for language in ("es", "ca"):
        (sounds / language / "vt").mkdir(parents=True)
        for name, seconds in SOUNDS.items():
            tone(sounds / language / "vt" / f"{name}.wav", seconds)
    return start_asterisk(sounds=sounds, lost_pause=1)


@pytest.fixture(params=["box", pytest.param("asterisk", marks=pytest.mark.asterisk)])
async def telephone(request: pytest.FixtureRequest) -> AsyncIterator[Telephone]:
    if request.param == "box":
        yield BoxTelephone()
        return
    pbx: RunningAsterisk = request.getfixturevalue("pbx")
    office = Office(pbx.secrets.agi)
    await office.door.open("127.0.0.1", pbx.site.ports.agi)
    yield RealTelephone(pbx, office)
    await office.door.close(5)


def saying(*commands: tuple[str, ...]) -> Said:
    async def said(line: Line) -> list[Reply]:
        return [await line.send(command(*words)) for words in commands]

    return said


GET_8 = ("GET DATA", "vt/long", "1000", "8")


def read(files: str, longest: int) -> tuple[str, ...]:
    return ("EXEC", "Read", f"VT_KEYS,{files},{longest},e,1,1")


READ_KEYS = ("GET VARIABLE", "VT_KEYS")


async def test_one_command_takes_keys_and_is_cut_short_by_them(telephone: Telephone) -> None:
    assert await telephone.call("12345678", saying(GET_8)) == [Reply(200, "12345678", "")]


async def test_star_is_a_key_like_another(telephone: Telephone) -> None:
    assert await telephone.call("*1", saying(("GET DATA", "vt/long", "1000", "2"))) == [Reply(200, "*1", "")]


async def test_hash_ends_the_keys_and_alone_leaves_nothing_but_no_timeout(telephone: Telephone) -> None:
    assert await telephone.call("12#", saying(GET_8)) == [Reply(200, "12", "")]
    assert await telephone.call("#", saying(GET_8)) == [Reply(200, "", "")]


async def test_silence_is_told_as_a_timeout(telephone: Telephone) -> None:
    assert await telephone.call("", saying(("GET DATA", "vt/short", "500", "1"))) == [
        Reply(200, "", "timeout")
    ]


async def test_a_question_without_words_waits_for_keys_too(telephone: Telephone) -> None:
    assert await telephone.call("7", saying(("GET DATA", "", "4000", "1"))) == [Reply(200, "7", "")]


async def test_a_missing_sound_answers_as_a_hang_up_would_but_the_line_lives(telephone: Telephone) -> None:
    replies = await telephone.call(
        "",
        saying(
            ("GET DATA", "vt/missing", "500", "1"), ("STREAM FILE", "vt/missing", ""), ("CHANNEL STATUS",)
        ),
    )
    assert replies == [Reply(200, "-1", ""), Reply(200, "-1", ""), Reply(200, "6", "")]


async def test_several_files_are_one_question_whose_keys_are_fetched(telephone: Telephone) -> None:
    files = "vt/short&vt/long"
    assert (await telephone.call("42", saying(read(files, 2), READ_KEYS)))[1] == Reply(200, "1", "42")
    assert (await telephone.call("#", saying(read(files, 1), READ_KEYS)))[1] == Reply(200, "1", "#")
    assert (await telephone.call("", saying(read("vt/short&vt/short", 1), READ_KEYS)))[1] == Reply(
        200, "1", ""
    )


async def test_several_files_of_which_one_is_missing_are_asked_all_the_same(telephone: Telephone) -> None:
    replies = await telephone.call("5", saying(read("vt/missing&vt/long", 1), READ_KEYS))
    assert replies[1] == Reply(200, "1", "5")


async def test_playback_tells_whether_all_was_played(telephone: Telephone) -> None:
    status = ("GET VARIABLE", "PLAYBACKSTATUS")
    for files, word in (("vt/short&ca/vt/short", "SUCCESS"), ("vt/missing&vt/short", "FAILED")):
        replies = await telephone.call("", saying(("EXEC", "Playback", files), status))
        assert replies == [Reply(200, "0", ""), Reply(200, "1", word)]


async def test_the_language_of_the_channel_is_ours_to_set(telephone: Telephone) -> None:
    replies = await telephone.call(
        "", saying(("SET VARIABLE", "CHANNEL(language)", "ca"), ("STREAM FILE", "vt/short", ""))
    )
    assert replies == [Reply(200, "1", ""), Reply(200, "0", "")]


async def test_a_header_of_a_channel_that_has_none_is_nothing(telephone: Telephone) -> None:
    assert await telephone.call("", saying(("GET VARIABLE", "PJSIP_HEADER(read,From)"))) == [
        Reply(200, "0", "")
    ]


async def test_a_caller_in_a_box_who_left_is_told_of() -> None:
    box = Box()
    box.leave()
    with pytest.raises(HungUp):
        await box.send(command("NOOP"))
