"""The probe and the tests' telephones against a real Asterisk, whose log says what was played."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import numpy as np
import pytest

from dialplans.voice.install import install
from ivr.adapters.fastagi import Door, HungUp, Line
from ivr.agi import command
from server.probe.call import place
from server.probe.catalogue import Catalogue, Prompt, build
from server.probe.endings import NotRegistered, Why
from server.probe.hearing import recognise
from server.probe.screen import EXIT_NO_CALL, verdict
from server.probe.script import Script, parse_steps
from server.probe.sounds import load_catalogue, pcm_of, read_sound, write_sound
from tests.conftest import RunningAsterisk, StartAsterisk
from tests.probe.speech import utterance
from tests.telephones import agent_telephone, citizens

pytestmark = pytest.mark.asterisk

INSTITUTION = Path(__file__).parents[2] / "dialplans" / "inss"
Answer = Callable[[Line], Awaitable[None]]


@pytest.fixture(scope="module")
def pbx(start_asterisk: StartAsterisk, tmp_path_factory: pytest.TempPathFactory) -> RunningAsterisk:
    sounds = tmp_path_factory.mktemp("sounds")
    install(INSTITUTION, sounds, lambda *_: None)
    return start_asterisk(sounds)


@pytest.fixture(scope="module")
def prompts_of_the_house() -> Catalogue:
    return load_catalogue(INSTITUTION, ("es", "ca"))


@pytest.fixture
async def answering(pbx: RunningAsterisk) -> AsyncIterator[Callable[[Answer], None]]:
    """Say what the server does with calls: the door is real, the conversation the test's own."""
    answers: list[Answer] = []

    async def answer(line: Line) -> None:
        try:
            await answers[-1](line)
            await line.send(command("SET VARIABLE", "VT_DONE", "yes"))
        except HungUp:
            return

    door = Door(pbx.secrets.agi, answer, lambda _: None)
    await door.open("127.0.0.1", pbx.site.ports.agi)
    yield answers.append
    await asyncio.to_thread(pbx.ask, "channel request hangup all")
    await door.close(5)


def sip(pbx: RunningAsterisk) -> str:
    return f"127.0.0.1:{pbx.site.ports.sip}"


async def speak(line: Line, *keys: str, escape: str = "0123456789*#") -> str:
    """Play prompts until a key is pressed; the key, or nothing."""
    for key in keys:
        reply = await line.send(command("STREAM FILE", f"vt/{key}", escape))
        if reply.result != "0":
            return chr(int(reply.result))
    return ""


async def listen(line: Line, digits: int) -> str:
    """So many keys, or as many as come."""
    pressed = ""
    while len(pressed) < digits:
        reply = await line.send(command("WAIT FOR DIGIT", "8000"))
        if reply.result in {"0", "-1"}:
            break
        pressed += chr(int(reply.result))
    return pressed


def played(log: str) -> list[tuple[str, str]]:
    """(key, language) of what Asterisk says it played."""
    return re.findall(r"Playing 'vt/([a-z0-9_.]+)\.[a-z0-9]+' .*\(language '(\w\w)'\)", log)


async def test_the_probe_hears_what_asterisk_says_it_played(
    pbx: RunningAsterisk,
    answering: Callable[[Answer], None],
    prompts_of_the_house: Catalogue,
    tmp_path: Path,
) -> None:
    pressed: list[str] = []

    async def converse(line: Line) -> None:
        await line.send(command("ANSWER"))
        key = await speak(line, "greeting.general", "id.wait")
        pressed.append(key or await listen(line, 1))
        await speak(line, "id.proven", "id.confirm")
        pressed.append(await listen(line, 9))
        await line.send(command("SET VARIABLE", "CHANNEL(language)", "ca"))
        await speak(line, "id.refused", "n.12", "month.3", "n.7", "n.21", escape="")
        await asyncio.sleep(1)

    answering(converse)
    before = len(pbx.log())
    script = Script(
        "901166565",
        sip(pbx),
        "+34931234567",
        parse_steps("4@id.wait,12345678#@id.confirm"),
        ("greeting.general", "id.wait", "id.refused", "n.12", "month.3", "n.7", "n.21"),
        tmp_path / "heard.wav",
        120,
    )
    outcome = await place(script, prompts_of_the_house)
    assert outcome.succeeded, [str(line) for line in verdict(script, outcome, answer_times=True)]
    assert pressed == ["4", "12345678#"]
    heard = [(prompt.key, prompt.language) for prompt in outcome.heard]
    assert heard == played(pbx.log()[before:])
    again = recognise(read_sound(tmp_path / "heard.wav"), prompts_of_the_house)
    assert [(prompt.key, prompt.language) for prompt in again] == heard


@pytest.mark.timeout(180)
@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
async def test_a_probe_that_is_told_to_stop_hangs_up(
    pbx: RunningAsterisk, answering: Callable[[Answer], None], told: signal.Signals
) -> None:
    here, left = asyncio.Event(), asyncio.Event()

    async def converse(line: Line) -> None:
        await line.send(command("ANSWER"))
        here.set()
        try:
            await line.send(command("WAIT FOR DIGIT", "60000"))
        finally:
            left.set()

    answering(converse)
    words = ["-m", "server.cli", "call", "--to", "901166565", "--server", sip(pbx), "--stay"]
    program = await asyncio.create_subprocess_exec(sys.executable, *words, stdout=asyncio.subprocess.PIPE)
    async with asyncio.timeout(150):  # it learns what every prompt sounds like first
        await here.wait()
        program.send_signal(told)
        said, _ = await program.communicate()
        await left.wait()  # Asterisk itself would notice only after ten minutes here
    assert program.returncode == EXIT_NO_CALL
    assert b"told to stop" in said


async def test_a_wrong_number_is_told_as_such(pbx: RunningAsterisk, prompts_of_the_house: Catalogue) -> None:
    outcome = await place(Script("911111111", sip(pbx), "+34931234567"), prompts_of_the_house)
    assert outcome.why is Why.WRONG_NUMBER
    assert "911111111 is a wrong number" in outcome.trouble


async def test_an_agent_and_a_citizen_hear_each_other(
    pbx: RunningAsterisk, answering: Callable[[Answer], None], tmp_path: Path
) -> None:
    words = build(
        [Prompt(who, "es", utterance(seed, 2.0)) for seed, who in ((777, "agent"), (778, "citizen"))]
    )
    for prompt in words.prompts:
        write_sound(tmp_path / f"{prompt.key}.wav", pcm_of(prompt.samples))
    results: list[str] = []

    async def converse(line: Line) -> None:
        await line.send(command("ANSWER"))
        await line.send(command("EXEC", "Dial", "PJSIP/agent-ana,15,g"))
        results.append((await line.send(command("GET VARIABLE", "DIALSTATUS"))).text)

    answering(converse)
    secret = pbx.secrets.agents["ana"]
    says = parse_steps("say@agent", [tmp_path / "citizen.wav"])
    async with (
        agent_telephone("ana", secret, sip(pbx), plays=tmp_path / "agent.wav") as ana,
        citizens(["+34931234567"], "901166565", sip(pbx), steps=says, catalogue=words) as (citizen,),
    ):
        conversation = await ana.answered()
        await citizen.hears("agent")
        await citizen.has_pressed()
        await asyncio.sleep(1)  # the last packets of what was said
        assert not citizen.dropped
        await ana.hang_up()
        async with asyncio.timeout(5):
            await citizen.call.line.ended.wait()
        assert citizen.dropped
    heard = np.frombuffer(bytes(conversation.heard), dtype="<i2").astype(np.float32) / np.float32(32768)
    assert [prompt.key for prompt in recognise(heard, words)] == ["citizen"]
    assert results == ["ANSWER"]


async def test_a_telephone_with_a_wrong_secret_is_not_registered(pbx: RunningAsterisk) -> None:
    with pytest.raises(NotRegistered, match=r"401|403"):
        async with agent_telephone("luis", "not the secret", sip(pbx)):
            pass


async def test_a_telephone_that_never_answers_rings_out_and_the_caller_stays(
    pbx: RunningAsterisk, answering: Callable[[Answer], None]
) -> None:
    results: list[str] = []

    async def converse(line: Line) -> None:
        await line.send(command("ANSWER"))
        await line.send(command("EXEC", "Dial", "PJSIP/agent-luis,2,g"))
        results.append((await line.send(command("GET VARIABLE", "DIALSTATUS"))).text)
        await line.send(command("WAIT FOR DIGIT", "60000"))

    answering(converse)
    async with (
        agent_telephone("luis", pbx.secrets.agents["luis"], sip(pbx), answers_after=None) as luis,
        citizens(["+34931234567"], "901166565", sip(pbx)) as (citizen,),
    ):
        conversation = await luis.rang()
        async with asyncio.timeout(10):
            await conversation.line.ended.wait()
        assert conversation.answered_at is None
        await asyncio.sleep(0.5)
        assert not citizen.dropped
    assert results == ["NOANSWER"]


async def test_thirteen_citizens_stay_on_the_line_of_a_real_asterisk(
    pbx: RunningAsterisk, answering: Callable[[Answer], None], prompts_of_the_house: Catalogue
) -> None:
    async def converse(line: Line) -> None:
        await line.send(command("ANSWER"))
        key = await speak(line, "menu.main") or await listen(line, 1)
        await speak(line, "info.health_card" if key == "4" else "menu.main")
        await line.send(command("WAIT FOR DIGIT", "60000"))

    answering(converse)
    callers = [f"+3493123{place:04d}" for place in range(13)]
    steps = parse_steps("4~1.5")
    async with citizens(
        callers, "901166565", sip(pbx), steps=steps, catalogue=prompts_of_the_house
    ) as people:
        for person in people:
            assert (await person.hears("info.health_card")).language == "es"
        assert not any(person.dropped for person in people)
        await asyncio.to_thread(pbx.ask, "channel request hangup all")
        async with asyncio.timeout(10):
            for person in people:
                await person.call.line.ended.wait()
        assert all(person.dropped for person in people)
