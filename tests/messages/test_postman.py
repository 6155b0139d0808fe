"""The postman's own rules, with a channel that only remembers: quiet hours, age, doubts, channels, no carrier."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from messages.adapters.tables import metadata, sendings
from messages.adapters.tables import outbox as table
from messages.channels import Piece, Report
from messages.facts import MessageFailed, MessageSent
from messages.hours import Quiet
from messages.limits import GOOD_S
from messages.pace import Pace
from messages.states import (
    LONGEST_REST_S,
    MOST_DOUBTS,
    OVER,
    Refused,
    State,
    after,
    of_channel,
    of_message,
    shown,
)
from tests.databases import DIALECTS, opened
from tests.messages.post import CODE, RECEIPT, Post, To, posted, running

MADRID = ZoneInfo("Europe/Madrid")
NIGHT = Quiet(time(22), time(8), MADRID)
BOTH = To(email="maria@ejemplo.example")


@dataclass
class Remembers:
    """A channel that takes what `answers` does not refuse."""

    name: str = "sms"
    up: bool = True
    answers: list[Refused] = field(default_factory=list)
    taken: list[Piece] = field(default_factory=list)

    def parts(self, text: str, language: str) -> int:
        del text, language
        return 1

    async def run(self, report: Report) -> None:
        del report
        await asyncio.Event().wait()

    async def send(self, piece: Piece) -> str | None:
        if self.answers:
            raise self.answers.pop(0)
        self.taken.append(piece)
        return f"{self.name}-{piece.sending}"


@pytest.fixture(params=DIALECTS)
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    async with opened(request.param, tmp_path, metadata) as engine:
        yield engine


async def rounds(post: Post, count: int = 1) -> None:
    for _ in range(count):
        await post.postman.round("urgent")
        await post.postman.round("ordinary")


async def state(post: Post) -> list[str]:
    return [row.state for row in await post.rows(table)]


async def test_at_night_receipts_wait_and_codes_and_warnings_go(engine: AsyncEngine) -> None:
    channel = Remembers()
    post = posted(engine, channel)
    post.now = datetime(2026, 11, 22, 23, 30, tzinfo=MADRID).timestamp()
    post.quiet = NIGHT.until
    assert await post.outbox.leave("receipt", To(), RECEIPT, "call-1:address:1")
    assert await post.outbox.leave("code", To(), CODE, "call-1:bank:1", urgent=True)
    warning = {"last4": "1332", "date": "22/11/2026"}
    assert await post.outbox.leave("changed.account", To(), warning, "call-1:bank:2")
    await rounds(post, 3)
    assert [piece.message for piece in channel.taken] == ["code", "changed.account"]
    post.now = datetime(2026, 11, 23, 7, 59, tzinfo=MADRID).timestamp()
    await rounds(post)
    assert len(channel.taken) == 2
    post.now += 61
    await rounds(post)
    assert [piece.message for piece in channel.taken][2:] == ["receipt"]


async def test_the_receipt_of_a_consent_waits_for_the_morning(engine: AsyncEngine) -> None:
    channel = Remembers()
    post = posted(engine, channel)
    post.now = datetime(2026, 11, 22, 3, 30, tzinfo=MADRID).timestamp()
    post.quiet = NIGHT.until
    receipt = {"date": "22/11/2026", "evidence": "E-1", "root": "abc"}
    assert await post.outbox.leave("consent.receipt", To(), receipt, "call-1:consent.receipt")
    await rounds(post, 2)
    assert channel.taken == []


async def test_a_server_that_dies_again_and_again_sends_a_warning_twice_at_most(engine: AsyncEngine) -> None:
    channel = Remembers()
    post = posted(engine, channel)
    warning = {"last4": "1332", "date": "22/11/2026"}
    assert await post.outbox.leave("changed.account", To(), warning, "call-1:bank:2")
    for _ in range(4):
        await rounds(post)
        async with engine.begin() as connection:
            handed = update(sendings).where(sendings.c.state == "sent").values(state="sending")
            await connection.execute(handed)
        await post.postman._take_up()
    assert len(channel.taken) == MOST_DOUBTS
    assert [fact.why for fact in post.told(MessageFailed)] == ["no_answer"]


async def test_a_code_has_the_next_turn_at_the_line_however_many_wait() -> None:
    pace, turns = Pace(100.0), list[str]()

    async def takes_a_turn(name: str, *, urgent: bool) -> None:
        await pace.turn(urgent=urgent)
        turns.append(name)

    crowd = [asyncio.create_task(takes_a_turn("receipt", urgent=False)) for _ in range(30)]
    await asyncio.sleep(0)
    await takes_a_turn("code", urgent=True)
    assert turns.index("code") <= 2
    await asyncio.gather(*crowd)
    assert len(turns) == 31


async def test_mail_wakes_nobody_and_goes_at_any_hour(engine: AsyncEngine) -> None:
    mail = Remembers("email")
    post = posted(engine, mail)
    post.quiet = lambda at: at + 3600
    assert await post.outbox.leave("receipt", BOTH, RECEIPT, "call-1:address:1")
    await rounds(post)
    assert [piece.to for piece in mail.taken] == [BOTH.email]


async def test_a_receipt_goes_by_every_channel_a_person_has_and_is_there_when_one_has_it(
    engine: AsyncEngine,
) -> None:
    sms, mail = Remembers(), Remembers("email", answers=[Refused("smtp_550", again=False)])
    post = posted(engine, sms, mail)
    assert await post.outbox.leave("receipt", BOTH, RECEIPT, "call-1:address:1")
    await rounds(post)
    assert await state(post) == ["sent"]
    assert [fact.channel for fact in post.told(MessageSent)] == ["sms"]
    assert [(fact.channel, fact.why) for fact in post.told(MessageFailed)] == [("email", "smtp_550")]


async def test_a_code_that_is_too_old_is_never_sent_and_is_gone(engine: AsyncEngine) -> None:
    channel = Remembers(up=False)
    post = posted(engine, channel)
    assert await post.outbox.leave("code", To(), CODE, "call-1:bank:1", urgent=True)
    await rounds(post)
    post.now += 299
    await post.postman.sweep()
    assert await post.text() != ""
    post.now += 1
    channel.up = True
    await rounds(post)
    await post.postman.sweep()
    assert (channel.taken, await post.states(), await state(post), await post.text()) == (
        [],
        ["expired"],
        ["expired"],
        "",
    )
    assert [(fact.message, fact.why) for fact in post.told(MessageFailed)] == [("code", "too_old")]


async def test_without_a_carrier_messages_wait_and_are_shown_and_a_code_still_goes_with_its_time(
    engine: AsyncEngine,
) -> None:
    post = posted(engine)
    async with running(post):
        assert await post.outbox.leave("receipt", To(), RECEIPT, "call-1:address:1")
        assert await post.outbox.leave("code", To(), CODE, "call-1:bank:1", urgent=True)
        letter = await post.outbox.letter(2)
        assert letter is not None
        assert letter.text.startswith("12345678")
    post.now += 301
    await post.postman.sweep()
    assert await state(post) == ["waiting", "expired"]
    assert await post.outbox.letter(2) is None
    assert await post.outbox.letter(1) is not None


async def test_who_has_only_a_number_does_not_hold_up_the_mail(engine: AsyncEngine) -> None:
    mail = Remembers("email")
    post = posted(engine, mail)
    for number in range(60):
        assert await post.outbox.leave("receipt", To(), RECEIPT, f"call-{number}:address:1")
    assert await post.outbox.leave("receipt", BOTH, RECEIPT, "call-x:address:1")
    await rounds(post)
    assert len(mail.taken) == 1


async def test_of_two_servers_that_take_the_same_sending_one_sends_it(engine: AsyncEngine) -> None:
    first, second = Remembers(), Remembers()
    post, other = posted(engine, first), posted(engine, second)
    assert await post.outbox.leave("receipt", To(), RECEIPT, "call-1:address:1")
    await post.postman._sendings.part(frozenset({"sms"}), lambda *_: 1, urgent=False)
    await asyncio.gather(rounds(post), rounds(other))
    assert len(first.taken) + len(second.taken) == 1


async def test_a_refusal_that_may_pass_is_tried_again_ever_later_until_the_message_is_too_old(
    engine: AsyncEngine,
) -> None:
    channel = Remembers(answers=[Refused("esme_rsyserr") for _ in range(99)])
    post = posted(engine, channel)
    assert await post.outbox.leave("receipt", To(), RECEIPT, "call-1:address:1")
    for _ in range(20):
        await rounds(post)
        post.now += LONGEST_REST_S
    assert (len(channel.answers), await state(post)) == (99 - 20, ["waiting"])
    post.now += GOOD_S
    await post.postman.sweep()
    assert await state(post) == ["expired"]
    assert [fact.why for fact in post.told(MessageFailed)] == ["too_old"]


async def test_a_carrier_that_was_away_for_a_morning_costs_no_warning(engine: AsyncEngine) -> None:
    mail = Remembers("email", answers=[Refused("smtpconnecterror") for _ in range(20)])
    post = posted(engine, mail)
    assert await post.outbox.leave("changed.account", BOTH, {"last4": "1332", "date": "x"}, "call-1:b:1")
    for _ in range(21):
        await rounds(post)
        post.now += LONGEST_REST_S
    assert len(mail.taken) == 1


async def test_a_channel_that_fails_in_a_way_nobody_foresaw_stops_neither_the_post_nor_the_others(
    engine: AsyncEngine,
) -> None:
    @dataclass
    class Breaks(Remembers):
        runs: int = 0

        async def run(self, report: Report) -> None:
            del report
            self.runs += 1
            raise KeyError(self.name)

        async def send(self, piece: Piece) -> str | None:
            raise LookupError(piece.to)

    sms, mail = Breaks(), Remembers("email")
    async with running(posted(engine, sms, mail)) as post:
        assert await post.outbox.leave("receipt", BOTH, RECEIPT, "call-1:address:1")
        async with asyncio.timeout(20):
            while not (mail.taken and sms.runs and [row for row in await post.rows() if row.why]):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    assert sorted(str(row.why) for row in await post.rows()) == ["None", "our_fault"]


async def test_a_number_that_a_centre_gives_anew_is_the_newest_sendings(engine: AsyncEngine) -> None:
    post = posted(engine, Remembers())
    for number in range(2):
        assert await post.outbox.leave("receipt", To(), RECEIPT, f"call-{number}:address:1")
    await rounds(post)
    old, new = await post.rows()
    async with engine.begin() as connection:
        await connection.execute(update(sendings).values(remote="m1"))
    said = post.postman._sendings.reported
    assert (news := await said("m1", State.DELIVERED, ""))
    assert news.letter == new.letter
    assert await post.states() == ["sent", "delivered"]
    assert (news := await said("m1", State.FAILED, "undeliv"))
    assert news.letter == old.letter
    assert await said("m1", State.FAILED, "undeliv") is None


# --- pure ---


@given(
    st.integers(1, 5_000),
    st.integers(0, 5),
    st.tuples(st.booleans(), st.booleans(), st.booleans()),
    st.floats(0, 1e6),
)
def test_whatever_a_centre_says_a_sending_ends_or_waits_for_a_time_that_comes(
    attempts: int, doubts: int, flags: tuple[bool, bool, bool], left: float
) -> None:
    again, doubtful, throttled = flags
    refused = Refused("x", again=again, doubtful=doubtful, throttled=throttled)
    coming = after(refused, attempts, doubts, 1000.0, 1000.0 + left)
    assert coming.state in OVER or 1000.0 < coming.at < 1000.0 + left
    assert coming.state is State.FAILED or (again and doubts < MOST_DOUBTS)


@given(st.lists(st.sampled_from(State), min_size=1))
def test_a_message_is_delivered_only_when_every_part_is_and_failed_when_one_is(parts: list[State]) -> None:
    channel = of_channel(parts)
    assert (channel is State.DELIVERED) == (set(parts) == {State.DELIVERED})
    assert (channel is State.FAILED) == (State.FAILED in parts)
    assert of_message([channel, State.DELIVERED]) is State.DELIVERED
    assert shown(channel) in {"waiting", "sent", "delivered", "failed"}


@pytest.mark.parametrize(
    ("begins", "ends", "at", "until"),
    [
        (22, 8, "2026-11-22T21:59", None),
        (22, 8, "2026-11-22T22:00", "2026-11-23T08:00"),
        (22, 8, "2026-11-23T07:59", "2026-11-23T08:00"),
        (22, 8, "2026-11-23T08:00", None),
        (14, 16, "2026-11-23T15:00", "2026-11-23T16:00"),
        (14, 16, "2026-11-23T16:00", None),
        (8, 8, "2026-11-23T08:00", None),
        (22, 8, "2026-10-25T01:30", "2026-10-25T08:00"),  # the night with an hour more
        (22, 8, "2026-03-29T01:30", "2026-03-29T08:00"),  # and the one with an hour less
    ],
)
def test_quiet_hours_by_the_institutions_clock(begins: int, ends: int, at: str, until: str | None) -> None:
    quiet = Quiet(time(begins), time(ends), MADRID)
    told = quiet.until(datetime.fromisoformat(at).replace(tzinfo=MADRID).timestamp())
    wanted = datetime.fromisoformat(until).replace(tzinfo=MADRID).timestamp() if until else None
    assert told == wanted


@given(
    st.times(),
    st.times(),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),  # noqa: DTZ001 - made aware below
    st.sampled_from([0, 1]),
    st.sampled_from([MADRID, ZoneInfo("Atlantic/Canary"), ZoneInfo("America/New_York")]),
)
@example(time(22), time(2, 30), datetime(2026, 10, 25, 2, 15), 1, MADRID)  # noqa: DTZ001 - the hour that comes twice
@example(time(22), time(2, 30), datetime(2026, 3, 29, 1, 59), 0, MADRID)  # noqa: DTZ001 - the hour that never comes
def test_quiet_always_ends_later_and_is_over_then(
    begins: time, ends: time, here: datetime, fold: int, zone: ZoneInfo
) -> None:
    quiet = Quiet(begins, ends, zone)
    at = here.replace(tzinfo=zone, fold=fold).timestamp()
    until = quiet.until(at)
    if until is not None:
        assert at < until <= at + 26 * 3600
        assert quiet.until(until) is None or begins == ends.replace(microsecond=0)
