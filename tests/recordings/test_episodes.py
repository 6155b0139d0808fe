"""A consent episode: what may happen to it, and its row on either database."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.ports.consent import OffTheRecord
from recordings.adapters.consents import About, Consents
from recordings.adapters.episodes import Episodes
from recordings.adapters.growth import Growth
from recordings.adapters.recorder import Recorder
from recordings.episodes import (
    MACHINE,
    VOICE,
    Episode,
    IllegalStep,
    NotHeard,
    Outcome,
    Unheard,
    answered,
    interrupted,
    read,
    statement,
    voiced,
)
from recordings.facts import ConsentBegun, ConsentEnded
from recordings.marks import Kind
from server.consents import SpokenConsents
from tests.recordings.conftest import CALL, SECOND, Room

WORDS = "Usted pide cobrar desde ahora en otra cuenta bancaria. La cuenta nueva termina en: 1332"
SAID = statement("consent.bank_account", "es", WORDS)
ABOUT = About(CALL, "PJSIP/trunk-00000001", "demo-maria", 2, "bank_account")
BEGUN = Episode(
    "e", CALL, ABOUT.leg, "demo-maria", 2, "bank_account", SAID, MACHINE, began_ms=10_000, begun_at=5.0
)
READ = read(BEGUN, (10_000, 17_000))


def test_the_hash_is_of_the_words_that_were_read() -> None:
    assert hashlib.sha512(WORDS.encode()).hexdigest() == SAID.sha512


def test_an_answer_comes_after_the_whole_statement() -> None:
    with pytest.raises(IllegalStep):
        answered(BEGUN, VOICE, Outcome.ACCEPTED, (11_000, 12_000), "ana")
    with pytest.raises(IllegalStep):
        answered(READ, VOICE, Outcome.ACCEPTED, (16_999, 18_000), "ana")
    done = answered(READ, VOICE, Outcome.ACCEPTED, (17_000, 18_000), "ana")
    assert (done.outcome, done.answer, done.answer_ms) == (Outcome.ACCEPTED, "voice", (17_000, 18_000))


STEPS: dict[str, Callable[[Episode], Episode]] = {
    "read": lambda one: read(one, (10_500, 12_000)),
    "accepted": lambda one: answered(one, "key:1", Outcome.ACCEPTED, (12_000, 13_000), MACHINE),
    "refused": lambda one: answered(one, "key:2", Outcome.REFUSED, (12_000, 13_000), MACHINE),
    "interrupted": interrupted,
}


@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=8))
def test_whatever_is_tried_it_ends_once_and_is_only_accepted_when_read(tried: list[str]) -> None:
    one, happened = BEGUN, []
    for step in tried:
        try:
            one = STEPS[step](one)
        except IllegalStep:
            continue
        happened.append(step)
    assert happened in (
        [],
        ["read"],
        ["interrupted"],
        *(["read", end] for end in ("accepted", "refused", "interrupted")),
    )
    assert (one.outcome is Outcome.ACCEPTED) == (happened == ["read", "accepted"])


def test_a_voice_answers_in_half_a_second_at_least() -> None:
    voiced(READ, (17_000, 17_500), [])
    with pytest.raises(NotHeard):
        voiced(READ, (17_000, 17_499), [])


@pytest.mark.parametrize(
    "gaps",
    [
        [(12_000, True), (13_000, False)],  # in the statement
        [(9_000, True), (10_001, False)],  # into its first word
        [(9_000, True), (20_000, False)],  # over all of it
        [(17_200, True), (17_300, False)],  # in the answer
        [(17_900, True)],  # from its last word on
        [(9_000, True), (9_500, False), (12_000, True), (12_000, False)],
    ],
)
def test_what_was_read_or_answered_into_a_mute_recording_is_no_acceptance(
    gaps: list[tuple[int, bool]],
) -> None:
    with pytest.raises(Unheard):
        voiced(READ, (17_000, 18_000), gaps)


@pytest.mark.parametrize(
    "gaps", [[(1_000, True), (2_000, False)], [(9_000, True), (10_000, False)], [(18_001, True)]]
)
def test_a_gap_before_or_after_takes_nothing_away(gaps: list[tuple[int, bool]]) -> None:
    voiced(READ, (17_000, 18_000), gaps)


@pytest.fixture
def consents(room: Room) -> Consents:
    ids = count(1)
    growth = Growth(room.engine, room.vault, within_s=0.3)
    return Consents(room.engine, growth, room.facts.append, lambda: room.now, lambda: f"{next(ids):036d}")


async def test_the_row_is_there_before_the_first_word(room: Room, consents: Consents) -> None:
    await room.begin(SECOND)
    begun = await consents.begin(ABOUT, SAID, MACHINE, room.now + 12.5)
    assert begun is not None
    (row,) = await Episodes(room.engine).episodes_of(CALL)
    assert row == begun
    assert (row.began_ms, row.outcome, row.statement_ms, row.answer_ms) == (12_500, Outcome.OPEN, None, None)
    assert len(room.told(ConsentBegun)) == 1


async def test_what_was_said_and_pressed_is_found_by_its_place_in_the_recording(
    room: Room, consents: Consents
) -> None:
    await room.begin(SECOND)
    at = room.now
    begun = await consents.begin(ABOUT, SAID, MACHINE, at + 10)
    assert begun is not None
    await consents.read(begun.id, at + 10.1, at + 17)
    await consents.answered(begun.id, "key:1", Outcome.ACCEPTED, (at + 17.2, at + 21))
    (row,) = await Episodes(room.engine).episodes_of(CALL)
    assert (row.statement_ms, row.answer_ms, row.answer) == ((10_100, 17_000), (17_200, 21_000), "key:1")
    assert (row.outcome, row.asked_by, row.heard_by) == (Outcome.ACCEPTED, MACHINE, MACHINE)
    (ended,) = room.told(ConsentEnded)
    assert isinstance(ended, ConsentEnded)
    assert ended.outcome == "accepted"


async def test_nothing_can_be_agreed_to_in_a_call_that_is_not_recorded(
    room: Room, consents: Consents
) -> None:
    assert await consents.begin(ABOUT, SAID, MACHINE, room.now) is None
    assert await Episodes(room.engine).episodes_of(CALL) == ()


async def test_an_episode_that_ended_is_never_changed(room: Room, consents: Consents) -> None:
    await room.begin(SECOND)
    begun = await consents.begin(ABOUT, SAID, "ana", room.now)
    assert begun is not None
    await consents.interrupted(begun.id, "agent", "ana")
    with pytest.raises(IllegalStep):
        await consents.read(begun.id, room.now, room.now + 1)
    assert await consents.interrupted(begun.id, "again") is None
    with pytest.raises(LookupError):
        await consents.read("nobody's", room.now, room.now + 1)


async def test_a_server_that_begins_interrupts_what_a_machine_was_asking_and_takes_up_what_agents_do(
    room: Room, consents: Consents
) -> None:
    await room.begin(SECOND)
    await consents.begin(ABOUT, SAID, MACHINE, room.now)
    spoken = await consents.begin(ABOUT, SAID, "ana", room.now + 1)
    assert spoken is not None
    restarted = Recorder(room.engine, room.vault, room.facts.append, lambda: room.now).consents
    assert await restarted.take_up() == (spoken,)
    (ended,) = room.told(ConsentEnded)
    assert isinstance(ended, ConsentEnded)
    assert (ended.outcome, ended.why) == ("interrupted", "server_lost")


async def test_what_is_still_open_when_the_recording_is_sealed_is_interrupted(
    room: Room, consents: Consents
) -> None:
    await room.begin(SECOND * 3)
    await consents.begin(ABOUT, SAID, "ana", room.now)
    await room.recorder.ended(CALL, room.now + 3)
    room.now += 63
    assert await room.recorder.seal_waiting() == 1
    (row,) = await Episodes(room.engine).episodes_of(CALL)
    assert row.outcome is Outcome.INTERRUPTED


@asynccontextmanager
async def _asterisk_writes(file: Path) -> AsyncIterator[None]:
    """Add a little sound now and then, as long as the call goes on."""

    async def write() -> None:
        while True:
            with file.open("ab") as more:
                more.write(SECOND[:640])
            await asyncio.sleep(0.02)

    task = asyncio.create_task(write(), name="asterisk writes")
    try:
        yield
    finally:
        task.cancel()


async def _asked(room: Room, consents: Consents, seconds: float) -> tuple[str, tuple[float, float]]:
    """An agent has read the statement for ten seconds, and the caller said yes at its end; the answer's moments."""
    begun = await consents.begin(ABOUT, SAID, "ana", room.now + seconds)
    assert begun is not None
    await consents.read(begun.id, room.now + seconds, room.now + seconds + 10)
    return begun.id, (room.now + seconds + 10, room.now + seconds + 12)


async def test_a_voice_that_is_on_the_growing_recording_accepts(room: Room, consents: Consents) -> None:
    file = await room.begin(SECOND * 72)
    episode, moments = await _asked(room, consents, 60)
    async with _asterisk_writes(file):
        changed = await consents.answered(episode, VOICE, Outcome.ACCEPTED, moments, "ana")
    assert changed.outcome is Outcome.ACCEPTED


async def test_a_file_that_does_not_grow_any_more_has_no_answer(room: Room, consents: Consents) -> None:
    await room.begin(SECOND * 72)
    episode, moments = await _asked(room, consents, 60)
    with pytest.raises(NotHeard):
        await consents.answered(episode, VOICE, Outcome.ACCEPTED, moments, "ana")
    assert (await consents.rows.episodes_of(CALL))[0].is_open


async def test_a_file_that_stood_still_in_between_lacks_the_answer_though_it_grows_again(
    room: Room, consents: Consents
) -> None:
    file = await room.begin(SECOND * 60)
    room.now += 59
    await room.recorder.chain.go_round()
    room.now -= 59
    episode, moments = await _asked(room, consents, 60)
    async with _asterisk_writes(file):
        with pytest.raises(NotHeard):
            await consents.answered(episode, VOICE, Outcome.ACCEPTED, moments, "ana")
        with file.open("ab") as all_of_it:
            all_of_it.write(SECOND * 12)
        await consents.answered(episode, VOICE, Outcome.ACCEPTED, moments, "ana")


async def test_what_a_call_lacks_from_its_beginning_does_not_speak_against_its_end(
    room: Room, consents: Consents
) -> None:
    file = await room.begin(SECOND * 50)  # ten seconds were lost before
    room.now += 58
    await room.recorder.chain.go_round()
    room.now -= 58
    episode, moments = await _asked(room, consents, 60)
    with file.open("ab") as more:
        more.write(SECOND * 14)
    async with _asterisk_writes(file):
        await consents.answered(episode, VOICE, Outcome.ACCEPTED, moments, "ana")


async def test_a_refusal_and_a_key_do_not_wait_for_the_file(room: Room, consents: Consents) -> None:
    await room.begin(b"")
    episode, moments = await _asked(room, consents, 60)
    changed = await consents.answered(episode, VOICE, Outcome.REFUSED, moments, "ana")
    assert changed.outcome is Outcome.REFUSED


async def test_a_key_pressed_into_a_mute_recording_accepts_nothing(room: Room, consents: Consents) -> None:
    await room.begin(SECOND * 72)
    await room.recorder.mark(CALL, Kind.MUTED, room.now + 61)
    episode, moments = await _asked(room, consents, 60)
    with pytest.raises(Unheard):
        await consents.answered(episode, "key:1", Outcome.ACCEPTED, moments)
    with pytest.raises(OffTheRecord):
        await SpokenConsents(consents).answered(episode, "1", moments, accepted=True)
    assert (await consents.rows.episodes_of(CALL))[0].is_open
    await SpokenConsents(consents).answered(episode, "2", moments, accepted=False)
