"""Conversations through the door, the dialplan we ship and a real Asterisk; the proof is Asterisk's own log."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dialplans.check import MACHINE_PROMPTS
from dialplans.grammar import GRAMMARS
from dialplans.ways import prompts
from ivr import services
from ivr.conversation import PROMPTS, converse
from tests.conftest import RunningAsterisk, StartAsterisk
from tests.dialplans.institutions import inss
from tests.ivr.office import Office, until
from tests.ivr.rooms import MONDAY_NOON, Rooms
from tests.ivr.test_line_contract import tone

pytestmark = pytest.mark.asterisk
LANGUAGES = inss().languages
PLAYED = re.compile(
    r"Playing '(?:(?:es|ca)/)?vt/(?P<key>[a-z0-9_.]+)\.\w+'"
    r"(?: \(escape_digits=\) \(sample_offset \d+\))? \(language '(?P<language>\w+)'\)"
)
LONG = 45.0  # a whole dialogue, keys and pauses and all


@pytest.fixture(scope="module")
def pbx(start_asterisk: StartAsterisk, tmp_path_factory: pytest.TempPathFactory) -> RunningAsterisk:
    """An Asterisk where every prompt is a short tone: what is said shows in its log."""
    sounds = tmp_path_factory.mktemp("sounds")
    flows = {key for step in inss().steps.values() for key in prompts(step)}
    said = flows | MACHINE_PROMPTS | services.prompts() | PROMPTS
    original = sounds / "tone.wav"
    tone(original, 0.4)
    for language in LANGUAGES:
        (sounds / language / "vt").mkdir(parents=True)
        for key in said | set(GRAMMARS[language].FRAGMENTS):
            (sounds / language / "vt" / f"{key}.wav").symlink_to(original)
    return start_asterisk(sounds=sounds, lost_pause=1)


@pytest.fixture
async def office(pbx: RunningAsterisk, around: Rooms) -> AsyncIterator[Office]:
    office = Office(pbx.secrets.agi)
    office.answer = lambda line: converse(around.house, line)
    await office.door.open("127.0.0.1", pbx.site.ports.agi)
    yield office
    await asyncio.to_thread(pbx.ask, "channel request hangup all")
    await office.door.close(5)


class Caller:
    """A caller within Asterisk who presses keys, w being half a second."""

    def __init__(self, pbx: RunningAsterisk) -> None:
        self._pbx = pbx
        self._before = len(pbx.log())

    async def press(self, keys: str) -> None:
        pressing = f"channel originate Local/901166565@numbers application SendDTMF {keys}"
        await asyncio.to_thread(self._pbx.ask, pressing)

    def heard(self) -> list[tuple[str, str]]:
        """Every prompt that Asterisk says it began to play, with the language of the channel."""
        return [
            (found["key"], found["language"]) for found in PLAYED.finditer(self._pbx.log()[self._before :])
        ]

    def said(self) -> list[str]:
        return [key for key, _ in self.heard()]


async def test_a_caller_proves_who_they_are_and_hears_the_state_of_their_case(
    pbx: RunningAsterisk, office: Office, around: Rooms
) -> None:
    caller = Caller(pbx)
    await caller.press("www1wwww2www12345678wwww9www1wwww032019www1204#www0042" + "w" * 30)
    await until(lambda: "menu.after_service" in caller.said(), LONG)
    told = caller.said()[caller.said().index("id.proven") :]
    assert told[:5] == [
        "id.proven",
        "case.one_of",
        "case.subject.pension",
        "case.state.granted",
        "case.since",
    ]
    assert "month.11" in told
    assert around.register.asked[0] == "12345678Z"
    assert "12345678" not in repr(around.facts)
    assert office.refusals == []


async def test_keys_that_are_typed_without_waiting_for_the_words_are_all_heard(
    pbx: RunningAsterisk, office: Office
) -> None:
    caller = Caller(pbx)
    await caller.press(
        "www2wwww121" + "w" * 20
    )  # Catalan, then without a pause: information, subsidies, again
    await until(lambda: caller.said().count("info.subsidy") == 2)
    assert ("info.subsidy", "ca") in caller.heard()
    assert office.refusals == []


async def test_the_language_is_changed_in_the_middle_of_a_sub_flow_which_then_goes_on(
    pbx: RunningAsterisk, office: Office
) -> None:
    caller = Caller(pbx)
    await caller.press("www1wwww1wwww9wwwww2wwww1wwww2" + "w" * 20)
    await until(lambda: caller.said().count("menu.main") == 2, LONG)
    heard = [one for one in caller.heard() if one[0] in ("menu.info", "info.pension", "menu.main")]
    assert heard == [
        ("menu.main", "es"), ("menu.info", "es"), ("menu.info", "ca"), ("info.pension", "ca"), ("menu.main", "ca"),
    ]  # fmt: skip
    assert office.refusals == []


async def test_after_the_server_was_lost_the_dialplan_brings_the_caller_back_to_the_same_menu(
    pbx: RunningAsterisk, office: Office, around: Rooms
) -> None:
    caller = Caller(pbx)
    await caller.press("www2wwww1" + "w" * 40)
    await until(lambda: "menu.info" in caller.said())
    await office.door.close(0)  # the conversation is cut down, as by a kill
    other = Office(pbx.secrets.agi)
    other.answer = lambda line: converse(around.house, line)
    await other.door.open("127.0.0.1", pbx.site.ports.agi)
    await until(lambda: "lost.we_are_back" in caller.said())
    await until(lambda: caller.said().count("menu.info") == 2)
    assert caller.heard()[-1] == ("menu.info", "ca")
    await asyncio.to_thread(pbx.ask, "channel request hangup all")
    await other.door.close(5)


@pytest.mark.usefixtures("office")
async def test_who_waits_hears_music_and_an_agent_whose_telephone_is_gone_costs_no_place(
    pbx: RunningAsterisk, around: Rooms
) -> None:
    caller = Caller(pbx)
    await caller.press("www1wwww0" + "w" * 60)
    async with asyncio.timeout(20):
        await around.desks.waiting.wait()
    await until(lambda: "Started music on hold" in pbx.log())
    around.desks.come("ana")  # she never registered: Dial ends at once
    await until(lambda: "rang out" in around.desks.told)
    await until(lambda: len(around.desks.waits) == 2)
    assert {wish.since for wish in around.desks.waits} == {MONDAY_NOON}
    await until(lambda: "agent.no_answer_back_in_place" in caller.said())
    await asyncio.to_thread(pbx.ask, "channel request hangup all")
    await until(lambda: "left" in around.desks.told)


async def test_the_recording_is_two_channels_that_begin_after_the_notice(
    pbx: RunningAsterisk, office: Office, around: Rooms, tmp_path: Path
) -> None:
    around.tape.vault = tmp_path
    caller = Caller(pbx)
    await caller.press("www1www" + "w" * 6)
    await until(lambda: office.endings)
    (call,) = around.tape.over
    recorded = tmp_path / f"{call}.raw"
    await until(recorded.exists)
    assert caller.said().index("recording.notice") < caller.said().index("menu.main")
    await until(lambda: recorded.stat().st_size > 0)
    assert recorded.stat().st_size % 4 == 0
