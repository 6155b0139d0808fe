"""Consent episodes that agents hold: who may, when, and what a lost server leaves of one."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from dialplans.walks import Walk
from ivr.facts import CallEnded
from ivr.ports.calls import Kept
from ivr.ports.proving import Proof
from queues.agents import AgentState, State
from recordings.adapters.consents import Consents
from recordings.adapters.episodes import Episodes
from recordings.adapters.growth import Growth
from recordings.adapters.recorder import Recorder
from recordings.adapters.shelf import Shelf
from recordings.adapters.tables import metadata
from recordings.episodes import Outcome
from recordings.facts import ConsentBegun, ConsentEnded
from recordings.marks import Kind
from recordings.naming import raw_path
from server.agreeing import Agreeing, Around
from tests.databases import opened
from tests.dialplans.institutions import inss
from web.ports import ConsentStep, Message, NotNow

CALL = "ventanilla-1795345200.1"
LEG = "PJSIP/trunk-00000001"


@dataclass
class House:
    """Ana talks with a caller who is proven to level 2 and hears her; everything may be changed."""

    engine: AsyncEngine
    vault: Path = field(default_factory=Path)
    facts: list[object] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    stage: str = "talk"
    has_caller: str | None = None
    writing: bool = False
    level: int = 2
    procedure: str = "bank_account"
    proofs: tuple[Proof, ...] | None = None
    states: dict[str, AgentState] = field(default_factory=dict)
    language: str = "ca"
    disk_full: bool = False
    pace_s: float = 10.0
    """How long the agent takes from one click to the next."""

    def __post_init__(self) -> None:
        self.states["ana"] = AgentState("ana", State.TALKING, call=CALL)
        self.now = time.time()
        self.states["jordi"] = AgentState("jordi", State.READY)

    def agreeing(self) -> Agreeing:
        around = Around(
            institution=inss,
            state=self.states.__getitem__,
            legs=self._legs,
            in_writing=lambda _: self.writing,
            kept=self._kept,
            proofs=self._proven,
            leg=self._leg,
        )
        made = Agreeing(self.consents(), around, self.told.append, self._clock)
        self.hearer = made
        return made

    def consents(self) -> Consents:
        return Consents(self.engine, Growth(self.engine, self.vault, within_s=2.0), self._publish)

    async def asterisk_writes(self) -> None:
        """Let the recording have all that was said until now, and a little more all the time."""
        file, begun, more = self.vault / raw_path(CALL), time.time(), 0
        while not self.disk_full:
            more += 640
            with file.open("ab") as sound:
                sound.truncate(more + max(0, round(32_000 * (self.now - begun))))
            await asyncio.sleep(0.02)

    def _clock(self) -> float:
        self.now += self.pace_s
        return self.now

    def _publish(self, fact: object) -> None:
        self.facts.append(fact)
        self.hearer.hear(fact)

    def _legs(self, _: str) -> Message:
        return {"type": "legs", "call": CALL, "stage": self.stage, "agent": self.has_caller, "second": None}

    def _kept(self, call: str) -> Kept | None:
        walk = Walk("901166565", "general/main", self.language, level=self.level, person="demo-maria")
        now = time.time()
        return Kept(call, "dialled", walk, None, None, None, recording=True, began_at=now, at=now)

    async def _proven(self, call: str) -> tuple[Proof, ...]:
        if self.proofs is not None:
            return self.proofs
        coded = Proof(call, "demo-maria", self.level, "code", (), self.now, procedure=self.procedure)
        return (coded,)

    async def _leg(self, _: str) -> str | None:
        return LEG


@pytest.fixture(params=["sqlite"])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    async with opened(request.param, tmp_path, metadata) as engine:
        facts: list[object] = []
        await Recorder(engine, tmp_path / "vault", facts.append).begin(CALL, "ca", "notice", 0, time.time())
        made = House(engine, tmp_path / "vault")
        asterisk = asyncio.create_task(made.asterisk_writes(), name="asterisk writes")
        yield made
        asterisk.cancel()


async def refused(asked: object, reason: str) -> None:
    with pytest.raises(NotNow) as no:
        await asked  # type: ignore[misc] # a coroutine of these tests
    assert no.value.reason == reason


async def open_id(agreeing: Agreeing) -> str:
    return str(agreeing.message(CALL)["episode"])


async def test_the_statement_is_shown_in_the_callers_language_with_what_it_is_about(house: House) -> None:
    agreeing = house.agreeing()
    await agreeing.begin("ana", "bank_account", "1332")
    shown = agreeing.message(CALL)
    assert shown["language"] == "ca"
    assert (
        shown["text"]
        == "Vostè demana cobrar des d'ara en un altre compte bancari. El compte nou acaba en: 1332"
    )
    (begun,) = [fact for fact in house.facts if isinstance(fact, ConsentBegun)]
    assert (begun.asked_by, begun.level, begun.act) == ("ana", 2, "bank_account")
    (row,) = await Episodes(house.engine).episodes_of(CALL)
    assert (row.leg, row.citizen, row.asked_by) == (LEG, "demo-maria", "ana")
    assert house.told == [CALL]


@pytest.mark.parametrize(("step", "outcome"), [("accepted", Outcome.ACCEPTED), ("refused", Outcome.REFUSED)])
async def test_the_answer_is_taken_once_after_the_statement(
    house: House, step: ConsentStep, outcome: Outcome
) -> None:
    agreeing = house.agreeing()
    await agreeing.begin("ana", "withdrawal", "2026-500123")
    episode = await open_id(agreeing)
    await refused(agreeing.step("ana", episode, step), "consent_not_read")
    await agreeing.step("ana", episode, "read")
    await agreeing.step("ana", episode, step)
    await refused(agreeing.step("ana", episode, step), "no_consent")
    (row,) = await Episodes(house.engine).episodes_of(CALL)
    assert (row.outcome, row.answer, row.heard_by) == (outcome, "voice", "ana")
    assert row.statement_ms is not None
    assert row.answer_ms is not None
    assert row.statement_ms[1] <= row.answer_ms[0]
    assert agreeing.message(CALL) == {"type": "consent", "call": CALL, "episode": None, "outcome": step}


async def test_what_does_not_fit_is_refused_and_writes_nothing(house: House) -> None:
    agreeing = house.agreeing()
    house.level = 1
    await refused(agreeing.begin("ana", "bank_account", "1332"), "level_too_low")
    house.level = 2
    await refused(agreeing.begin("ana", "bank_account", ""), "consent_needs_detail")
    await refused(agreeing.begin("ana", "marriage", "1332"), "no_act")
    await refused(agreeing.begin("jordi", "bank_account", "1332"), "wrong_state")
    house.writing = True
    await refused(agreeing.begin("ana", "bank_account", "1332"), "in_writing")
    house.writing = False
    for stage in ("held", "consulting", "proving", "asking"):
        house.stage = stage
        await refused(agreeing.begin("ana", "bank_account", "1332"), "caller_does_not_hear")
    assert await Episodes(house.engine).episodes_of(CALL) == ()


async def test_a_code_keyed_in_this_talk_counts_though_the_menus_knew_less(house: House) -> None:
    house.level = 0
    house.proofs = (Proof(CALL, "demo-maria", 2, "code", (), time.time(), procedure="bank_account"),)
    agreeing = house.agreeing()
    await agreeing.begin("ana", "bank_account", "1332")
    assert agreeing.message(CALL)["episode"] is not None


async def test_a_code_for_another_procedure_agrees_to_no_change_of_account_whoever_has_the_caller(
    house: House,
) -> None:
    agreeing = house.agreeing()
    house.procedure = "certificate"
    await refused(agreeing.begin("ana", "bank_account", "1332"), "code_of_its_own")
    house.states["ana"] = AgentState("ana", State.WRAP_UP)
    house.states["jordi"] = replace(house.states["jordi"], state=State.TALKING, call=CALL)
    await refused(agreeing.begin("jordi", "bank_account", "1332"), "code_of_its_own")
    await agreeing.begin("jordi", "telephone", "600 123 456")


async def test_a_code_that_another_person_keyed_in_the_call_agrees_to_nothing(house: House) -> None:
    house.proofs = (Proof(CALL, "demo-jose", 2, "code", (), time.time(), procedure="bank_account"),)
    await refused(house.agreeing().begin("ana", "bank_account", "1332"), "code_of_its_own")


async def test_there_is_one_open_episode_in_a_call(house: House) -> None:
    agreeing = house.agreeing()
    await agreeing.begin("ana", "bank_account", "1332")
    await refused(agreeing.begin("ana", "withdrawal", "1"), "consent_open")


async def test_a_call_that_is_not_recorded_has_no_episodes(house: House, tmp_path: Path) -> None:
    await Recorder(house.engine, tmp_path / "vault", house.facts.append).ended(CALL, time.time())
    await refused(house.agreeing().begin("ana", "bank_account", "1332"), "not_recorded")


async def test_an_answer_given_into_music_is_none_but_it_can_be_stopped(house: House) -> None:
    agreeing = house.agreeing()
    await agreeing.begin("ana", "bank_account", "1332")
    episode = await open_id(agreeing)
    await agreeing.step("ana", episode, "read")
    house.stage = "held"
    await refused(agreeing.step("ana", episode, "accepted"), "caller_does_not_hear")
    await agreeing.step("ana", episode, "interrupted")
    (ended,) = [fact for fact in house.facts if isinstance(fact, ConsentEnded)]
    assert (ended.outcome, ended.why) == ("interrupted", "agent")


async def test_who_gets_the_caller_goes_on_and_who_had_them_does_not(house: House) -> None:
    agreeing = house.agreeing()
    await agreeing.begin("ana", "bank_account", "1332")
    episode = await open_id(agreeing)
    await agreeing.step("ana", episode, "read")
    house.states["ana"] = AgentState("ana", State.WRAP_UP)
    house.states["jordi"] = replace(house.states["jordi"], state=State.TALKING, call=CALL)
    for step in ("accepted", "interrupted"):
        await refused(agreeing.step("ana", episode, step), "no_consent")
    await agreeing.step("jordi", episode, "accepted")
    (row,) = await Episodes(house.engine).episodes_of(CALL)
    assert (row.asked_by, row.heard_by, row.outcome) == ("ana", "jordi", Outcome.ACCEPTED)


async def test_a_restarted_server_shows_the_open_episode_and_lets_the_agent_go_on(house: House) -> None:
    lost = house.agreeing()
    await lost.begin("ana", "bank_account", "1332")
    episode = await open_id(lost)
    restarted = house.agreeing()
    restarted.take_up(await house.consents().take_up())
    assert await open_id(restarted) == episode
    await restarted.step("ana", episode, "read")
    await restarted.step("ana", episode, "accepted")
    assert [fact.outcome for fact in house.facts if isinstance(fact, ConsentEnded)] == ["accepted"]


async def test_a_call_that_is_over_leaves_nothing_on_the_desk(house: House) -> None:
    agreeing = house.agreeing()
    await agreeing.begin("ana", "bank_account", "1332")
    agreeing.hear(CallEnded(CALL, "hung_up", time.time()))
    assert agreeing.message(CALL)["episode"] is None


def test_acts_say_whether_something_is_read_after_the_statement(tmp_path: Path) -> None:
    del tmp_path
    agreeing = House.agreeing(House(None))  # type: ignore[arg-type] # nothing is read
    acts = {str(one["name"]): one for one in agreeing.acts()}
    assert set(acts) == set(inss().acts)
    for name, act in inss().acts.items():
        assert acts[name]["detail"] == inss().texts["es"][act.statement].endswith(":")


async def test_nobody_has_read_a_statement_faster_than_anybody_can(house: House) -> None:
    agreeing = house.agreeing()
    await agreeing.begin("ana", "bank_account", "1332")
    episode = await open_id(agreeing)
    house.pace_s = 0.5
    await refused(agreeing.step("ana", episode, "read"), "consent_not_read")
    house.pace_s = 4.0
    await agreeing.step("ana", episode, "read")


async def test_an_acceptance_at_once_is_none_and_a_later_one_is(house: House) -> None:
    agreeing = house.agreeing()
    await agreeing.begin("ana", "bank_account", "1332")
    episode = await open_id(agreeing)
    await agreeing.step("ana", episode, "read")
    house.pace_s = 0.004
    await refused(agreeing.step("ana", episode, "accepted"), "consent_not_heard")
    house.now += 1
    await agreeing.step("ana", episode, "accepted")


async def test_what_was_answered_into_a_mute_recording_is_asked_again(house: House) -> None:
    agreeing = house.agreeing()
    await agreeing.begin("ana", "bank_account", "1332")
    episode = await open_id(agreeing)
    await agreeing.step("ana", episode, "read")
    shelf = Shelf(house.engine)
    await shelf.mark(CALL, Kind.MUTED, house.now + 2)
    house.now += 4
    await refused(agreeing.step("ana", episode, "accepted"), "consent_mute")
    await shelf.mark(CALL, Kind.UNMUTED, house.now)
    house.now += 4
    await refused(agreeing.step("ana", episode, "accepted"), "consent_mute")
    await agreeing.step("ana", episode, "interrupted")
    await agreeing.begin("ana", "bank_account", "1332")
    episode = await open_id(agreeing)
    await agreeing.step("ana", episode, "read")
    await agreeing.step("ana", episode, "accepted")


async def test_an_acceptance_that_the_file_has_not_is_none(house: House) -> None:
    agreeing = house.agreeing()
    await agreeing.begin("ana", "bank_account", "1332")
    episode = await open_id(agreeing)
    await agreeing.step("ana", episode, "read")
    house.disk_full = True
    await refused(agreeing.step("ana", episode, "accepted"), "consent_not_heard")
    assert await open_id(agreeing) == episode


async def test_a_refusal_is_taken_at_once(house: House) -> None:
    agreeing = house.agreeing()
    await agreeing.begin("ana", "bank_account", "1332")
    episode = await open_id(agreeing)
    await agreeing.step("ana", episode, "read")
    house.pace_s = 0.0
    await agreeing.step("ana", episode, "refused")
