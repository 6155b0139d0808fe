"""The post by a real SMS centre that is not ours: parts, reports, throttling, broken lines, strange words."""

import asyncio
import logging
import sys
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from messages.adapters.smpp import Centre, SmppChannel
from messages.adapters.tables import metadata, outbox
from messages.alphabet import sms
from messages.channels import Piece
from messages.facts import CarrierLost, MessageDelivered, MessageFailed, MessageSent
from messages.states import Refused, State
from tests.databases import DIALECTS, SQLITE, opened
from tests.messages.post import CODE, RECEIPT, To, by_sms, line, posted, running
from tests.messages.smsc import Smsc, smsc

THROTTLED, QUEUE_FULL, NO_SUCH_NUMBER, SYSTEM_ERROR, VENDORS_OWN = 0x58, 0x14, 0x0B, 0x08, 0x0450
GSM, UCS2, UDHI = 0, 8, 0x40


@pytest.fixture
async def centre(runtime_root: Path) -> AsyncIterator[Smsc]:
    async with smsc(runtime_root) as running_centre:
        yield running_centre


@pytest.fixture(params=DIALECTS)
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    async with opened(request.param, tmp_path, metadata) as engine:
        yield engine


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    async with opened("sqlite", tmp_path, metadata) as engine:
        yield engine


async def test_a_code_goes_out_in_parts_is_reported_and_is_gone_from_the_outbox(
    engine: AsyncEngine, centre: Smsc
) -> None:
    async with by_sms(engine, centre) as post:
        assert await post.outbox.leave("code", To(), CODE, "call-1:bank:1", urgent=True)
        text = await post.text()
        await post.until("delivered", "delivered")
        assert await post.text() == "", "nobody reads a code where it has been"
    first, second = sorted(centre.taken, key=lambda one: one["udh"])
    assert first["text"] + second["text"] == sms(text, "es").text
    assert first["text"].startswith("12345678 es su codigo para: cambio de cuenta bancaria")
    (one,), (other,) = first["udh"], second["udh"]
    assert (one[:4], one[6:], other[6:]) == ("0003", "0201", "0202")
    assert one[4:6] == other[4:6], "one number joins the parts"
    assert (first["coding"], first["esm"] & UDHI, first["priority"], first["registered"]) == (GSM, UDHI, 3, 1)
    assert (first["from"], first["from_ton"], first["to"], first["to_ton"]) == (
        "SegSocial",
        5,
        "34600123456",
        1,
    )
    assert 240 < first["validity_s"] <= 300, "a centre does not deliver what is no longer good"
    assert [fact.channel for fact in post.told(MessageSent)] == ["sms"]
    assert [fact.call for fact in post.told(MessageDelivered)] == ["call-1"]


async def test_what_the_gsm_alphabet_lacks_goes_as_ucs2_whole(sqlite: AsyncEngine, centre: Smsc) -> None:
    async with by_sms(sqlite, centre) as post:
        fields = {"title": "Ĉu vi ĝojas? 😀", "link": "https://example.invalid/f"}
        assert await post.outbox.leave("form.link", To(), fields, "call-1:forms:1")
        text = await post.text()
        await post.until("delivered")
    (one,) = centre.taken
    assert (one["text"], one["coding"], one["esm"]) == (text, UCS2, 0)


async def test_a_message_left_twice_or_by_a_server_that_came_back_is_sent_once(
    sqlite: AsyncEngine, centre: Smsc
) -> None:
    async with by_sms(sqlite, centre) as post:
        for _ in range(3):
            assert await post.outbox.leave("receipt", To(), RECEIPT, "call-1:address:1")
        await post.until("delivered")
    async with by_sms(sqlite, centre) as post:
        assert await post.outbox.leave("receipt", To(), RECEIPT, "call-1:address:1")
        assert await post.outbox.leave("receipt", To(), RECEIPT, "call-2:address:1")
        await post.until("delivered", "delivered")
    assert len(centre.taken) == 2


async def test_a_centre_that_says_we_are_too_fast_gets_it_a_little_later_and_once(
    sqlite: AsyncEngine, centre: Smsc
) -> None:
    await centre.behave(status=[THROTTLED, QUEUE_FULL, THROTTLED])
    async with by_sms(sqlite, centre) as post:
        for number in range(4):
            assert await post.outbox.leave("receipt", To(), RECEIPT, f"call-{number}:address:1")
        while await post.states() != ["delivered"] * 4:
            post.now += 0.5  # the rests are counted by the post's own clock
            await asyncio.sleep(0.1)
    assert len(centre.taken) == 4
    assert all(row.attempts == 1 for row in await post.rows()), "being throttled is no attempt"


async def test_a_number_that_does_not_exist_is_refused_once_and_told(
    sqlite: AsyncEngine, centre: Smsc
) -> None:
    await centre.behave(status=[NO_SUCH_NUMBER] * 2)  # one for each part: both are handed over at once
    async with by_sms(sqlite, centre) as post:
        assert await post.outbox.leave("code", To(), CODE, "call-1:bank:1", urgent=True)
        await post.until("failed", "failed")
        assert await post.text() == ""
    (told,) = post.told(MessageFailed)
    assert told.why == "esme_rinvdstadr"
    assert max(row.attempts for row in await post.rows()) == 1


@pytest.mark.parametrize("status", [SYSTEM_ERROR, VENDORS_OWN])
async def test_an_error_of_the_centre_is_tried_again_after_a_while(
    sqlite: AsyncEngine, centre: Smsc, status: int
) -> None:
    await centre.behave(status=[status])
    async with by_sms(sqlite, centre) as post:
        assert await post.outbox.leave("receipt", To(), RECEIPT, "call-1:address:1")
        while not [row for row in await post.rows() if row.why]:  # noqa: ASYNC110 - a row tells no event
            await asyncio.sleep(0.02)
        post.now += 3
        await post.until("delivered")
    assert len(centre.of("submit")) == 2
    assert len(centre.of("bound")) == 1, "a strange word is no reason to hang up"


async def test_a_line_that_breaks_is_bound_again_and_nothing_is_lost(
    sqlite: AsyncEngine, centre: Smsc
) -> None:
    async with by_sms(sqlite, centre) as post:
        await centre.behave(cut=True)
        for number in range(3):
            assert await post.outbox.leave("receipt", To(), RECEIPT, f"call-{number}:address:1")
        while await post.states() != ["delivered"] * 3:
            post.now += 0.5
            await asyncio.sleep(0.1)
    assert len(centre.of("bound")) == 2
    assert len(centre.taken) == 3


async def test_a_submit_that_the_line_broke_under_is_in_doubt_and_goes_out_once_more(
    sqlite: AsyncEngine, centre: Smsc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("messages.adapters.smpp.ANSWER_S", 1.0)
    await centre.behave(drop=1)
    async with by_sms(sqlite, centre) as post:
        assert await post.outbox.leave("receipt", To(), RECEIPT, "call-1:address:1")
        while await post.states() != ["delivered"]:
            post.now += 0.5
            await asyncio.sleep(0.1)
        (row,) = await post.rows()
    assert row.doubts == 1
    assert len(centre.taken) == 1


async def test_who_was_killed_while_handing_over_does_not_know_and_sends_once_more(
    sqlite: AsyncEngine, centre: Smsc
) -> None:
    await centre.behave(silent=1)
    async with by_sms(sqlite, centre) as post:
        assert await post.outbox.leave("receipt", To(), RECEIPT, "call-1:address:1")
        await centre.until(lambda: centre.taken)
    assert await post.states() == ["sending"]
    async with by_sms(sqlite, centre) as post:
        await post.until("delivered")
    first, second = centre.taken
    assert first["reference"] == second["reference"], "a centre that compares them can drop the second"


async def test_a_report_that_comes_before_the_answer_is_not_lost(sqlite: AsyncEngine, centre: Smsc) -> None:
    await centre.behave(early=True)
    async with by_sms(sqlite, centre) as post:
        assert await post.outbox.leave("receipt", To(), RECEIPT, "call-1:address:1")
        await post.until("delivered")


async def test_a_report_that_comes_after_a_restart_finds_its_message(
    sqlite: AsyncEngine, centre: Smsc
) -> None:
    await centre.behave(report="none")
    async with by_sms(sqlite, centre) as post:
        assert await post.outbox.leave("receipt", To(), RECEIPT, "call-1:address:1")
        await post.until("sent")
    async with by_sms(sqlite, centre) as post:
        (row,) = await post.rows()
        post.postman._reporter("sms")(row.remote, State.FAILED, "undeliv")
        await post.until("failed")
    assert [fact.why for fact in post.told(MessageFailed)] == ["undeliv"]


async def test_a_report_in_words_of_the_vendors_own_is_understood_and_does_not_end_the_line(
    sqlite: AsyncEngine, centre: Smsc
) -> None:
    await centre.behave(report="UNDELIV", err="0A1", done="261122120159")
    async with by_sms(sqlite, centre) as post:
        assert await post.outbox.leave("receipt", To(), RECEIPT, "call-1:address:1")
        await post.until("failed")
        await centre.behave(report="DELIVRD")
        assert await post.outbox.leave("receipt", To(), RECEIPT, "call-2:address:1")
        await post.until("failed", "delivered")
    assert len(centre.of("bound")) == 1


async def test_a_message_that_gets_a_number_which_is_none_was_taken_and_goes_out_once(
    sqlite: AsyncEngine, centre: Smsc
) -> None:
    await centre.behave(id="x" * 70)
    async with by_sms(sqlite, centre) as post:
        assert await post.outbox.leave("receipt", To(), RECEIPT, "call-1:address:1")
        await post.until("sent")
    assert len(centre.taken) == 1


async def test_a_report_counts_once_whatever_the_centre_says_afterwards(
    sqlite: AsyncEngine, centre: Smsc
) -> None:
    await centre.behave(report="none")
    async with by_sms(sqlite, centre) as post:
        assert await post.outbox.leave("receipt", To(), RECEIPT, "call-1:address:1")
        await post.until("sent")
        (row,) = await post.rows()
        say = post.postman._reporter("sms")
        say(row.remote, State.DELIVERED, "")
        await post.until("delivered")
        say(row.remote, State.FAILED, "undeliv")
        say("m4711", State.DELIVERED, "")  # of nothing of ours
        assert await post.outbox.leave("receipt", To(), RECEIPT, "call-2:address:1")
        await post.until("delivered", "sent")
    assert post.told(MessageFailed) == []


async def test_a_centre_that_says_too_fast_to_one_of_twenty_stops_the_line_for_no_longer_than_it_must(
    sqlite: AsyncEngine, centre: Smsc
) -> None:
    await centre.behave(status=([0] * 19 + [THROTTLED]) * 3, report="none")
    async with by_sms(sqlite, centre) as post:
        for number in range(70):
            assert await post.outbox.leave("receipt", To(), RECEIPT, f"call-{number}:address:1")
        async with asyncio.timeout(60):
            while await post.states() != ["sent"] * 70:  # the rows are not all there at once
                post.now += 0.5
                await asyncio.sleep(0.1)
    assert len(centre.taken) == 70


async def test_what_nobody_waits_for_any_more_is_not_sent_late(sqlite: AsyncEngine, centre: Smsc) -> None:
    async with by_sms(sqlite, centre) as post:
        channel = post.postman._channels["sms"][0]
        assert isinstance(channel, SmppChannel)
        late = channel._submit(
            Piece(1, 1, 0, "+34600123456", "tarde", "receipt", "es", "k", urgent=False, good_for_s=60.0),
            sms("tarde", "es"),
        )
        await channel._broker.enqueue(late)
        assert await post.outbox.leave("receipt", To(), RECEIPT, "call-1:address:1")
        await post.until("delivered")
    assert len(centre.taken) == 1


async def test_a_worker_that_is_killed_again_and_again_before_the_answer_sends_twice_at_most(
    sqlite: AsyncEngine, centre: Smsc, tmp_path: Path
) -> None:
    await centre.behave(silent=99)
    post = posted(sqlite)
    assert await post.outbox.leave("receipt", To(), RECEIPT, "call-1:address:1")
    async with sqlite.begin() as connection:  # the worker goes by the real clock
        await connection.execute(update(outbox).values(good_until=time.time() + 3600))
    for copies in (1, 2):
        process = await worker(tmp_path / SQLITE, centre.port)
        await centre.until(partial(_has_taken, centre, copies))
        process.kill()
        await process.wait()
        assert await post.states() == ["sending"]
    process = await worker(tmp_path / SQLITE, centre.port)
    await post.until("failed")
    process.kill()
    await process.wait()
    first, second = centre.taken
    assert first["reference"] == second["reference"]


def _has_taken(centre: Smsc, copies: int) -> bool:
    return len(centre.taken) == copies


async def worker(database: Path, port: int) -> asyncio.subprocess.Process:
    words = ("-m", "tests.messages.worker", f"sqlite+aiosqlite:///{database}", str(port))
    return await asyncio.create_subprocess_exec(sys.executable, *words)


async def test_a_centre_that_sends_nonsense_is_left_and_bound_again(
    sqlite: AsyncEngine, centre: Smsc
) -> None:
    async with by_sms(sqlite, centre) as post:
        await centre.behave(raw="ffffffff" * 4)
        await centre.until(lambda: len(centre.of("bound")) == 2)
        assert await post.outbox.leave("receipt", To(), RECEIPT, "call-1:address:1")
        await post.until("delivered")


async def test_a_wrong_password_keeps_messages_waiting_and_says_that_the_carrier_is_away(
    sqlite: AsyncEngine, centre: Smsc
) -> None:
    async with running(posted(sqlite, line(centre, "wrong"))) as post:
        assert await post.outbox.leave("receipt", To(), RECEIPT, "call-1:address:1")
        await centre.until(lambda: centre.of("bound"))
        await post.until("waiting")
        assert post.told(CarrierLost)
    assert not centre.taken


async def test_codes_overtake_a_crowd_of_receipts(sqlite: AsyncEngine, centre: Smsc) -> None:
    post_rate = 20.0
    async with by_sms(sqlite, centre, post_rate) as post:
        for number in range(30):
            assert await post.outbox.leave("receipt", To(), RECEIPT, f"call-{number}:address:1")
        await centre.until(lambda: len(centre.taken) > 2)
        assert await post.outbox.leave(
            "code", To(), {**CODE, "procedure": "address"}, "call-x:a:1", urgent=True
        )
        await centre.until(lambda: any(one["priority"] for one in centre.taken))
        ahead = [bool(one["priority"]) for one in centre.taken].index(True)
    assert ahead < 20, f"{ahead} receipts went before the code"


async def test_neither_number_nor_words_are_ever_logged(
    sqlite: AsyncEngine, centre: Smsc, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    await centre.behave(status=[NO_SUCH_NUMBER], drop=1)
    with caplog.at_level(logging.DEBUG):
        async with by_sms(sqlite, centre) as post:
            assert await post.outbox.leave("code", To(), CODE, "call-1:bank:1", urgent=True)
            await centre.until(lambda: centre.of("dropped"))
            await centre.until(lambda: len(centre.of("bound")) == 2)
    said = "\n".join(one.getMessage() for one in caplog.records if one.name.startswith("ventanilla"))
    out, err = capfd.readouterr()
    for secret in ("12345678", "600123456", "su codigo"):
        assert secret not in said + out + err + repr(post.facts)


@pytest.mark.parametrize(
    "to", ["", "+", "34600123456", "+34600123456,+34600123457", "+0600123456", "+34٦00123456"]
)
async def test_what_is_not_one_number_goes_to_nobody(to: str) -> None:
    channel = SmppChannel(Centre("127.0.0.1", 9, "ventanilla", "secret"))
    piece = Piece(1, 1, 0, to, "Hola", "receipt", "es", "k", urgent=False, good_for_s=60.0)
    with pytest.raises(Refused, match="unsendable") as refused:
        await channel.send(piece)
    assert not refused.value.again
