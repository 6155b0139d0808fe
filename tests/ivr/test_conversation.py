"""Whole conversations, with a caller in a box who presses keys and listens."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import NoReturn

import pytest

from ivr import facts, sweep
from ivr.adapters.line import HungUp
from ivr.conversation import converse
from ivr.ports.floor import Passing, WishForm
from ivr.talk import Talk
from tests.ivr.box import LEAVES, SILENCE, Box
from tests.ivr.office import until
from tests.ivr.rooms import MONDAY_NOON, SUNDAY_NOON, Place, Range, Rooms


async def hold(around: Rooms, box: Box) -> Box:
    """Hold the conversation to its end, whichever it is."""
    try:
        async with asyncio.timeout(10):
            await converse(around.house, box)
    except HungUp:
        box.sent.append("(hung up)")
    return box


def reason(around: Rooms) -> str:
    (ended,) = around.told(facts.CallEnded)
    assert isinstance(ended, facts.CallEnded)
    return ended.reason


async def test_a_caller_asks_for_an_agent_is_put_through_and_taken_leave_of(around: Rooms) -> None:
    around.desks.free.append("ana")
    box = await hold(around, Box(presses=["1", "0", "9", "9", "9", "2"], dials=["ANSWER"]))
    heard = [key for key in box.keys_heard if key != "language.offer"]
    assert heard[:4] == ["greeting.general", "recording.notice", "menu.main", "agent.connecting"]
    assert "survey.intro" in heard
    assert heard[-1] == "goodbye"
    assert "EXEC Dial PJSIP/agent-ana,15,g" in box.sent
    assert box.sent[-1] == "SET VARIABLE VT_DONE yes"
    assert around.desks.told == ["ended"]
    assert reason(around) == "served"
    assert around.calls.in_progress() == ()


async def test_the_area_code_proposes_catalan_and_it_is_spoken_first(around: Rooms) -> None:
    box = Box(presses=[SILENCE], variables={"PJSIP_HEADER(read,From)": "<sip:931234567@carrier>;tag=1"})
    await hold(around, box)
    offers = ("ca/ca/vt/language.offer", "ca/es/vt/language.offer")
    assert box.heard[0][:3] == ("ca/vt/greeting.general", *offers)
    assert box.heard[1] == ("ca/vt/recording.notice",)
    (arrived,) = around.told(facts.CallArrived)
    assert isinstance(arrived, facts.CallArrived)
    assert (arrived.caller, arrived.language) == ("+34931234567", "ca")


async def test_a_caller_from_barcelona_who_chooses_spanish_hears_spanish(around: Rooms) -> None:
    box = Box(presses=["1"], variables={"PJSIP_HEADER(read,From)": "<tel:+34931234567>"})
    await hold(around, box)
    assert box.heard[1:] == [("es/vt/recording.notice",), ("es/vt/menu.main",)]
    assert around.told(facts.LanguageChosen) == [
        facts.LanguageChosen(box.call, "es", proposed=False, at=MONDAY_NOON)
    ]


async def test_the_recording_begins_after_the_notice_and_ends_with_the_call(around: Rooms) -> None:
    box = await hold(around, Box(presses=["2", LEAVES]))
    notice = box.sent.index('STREAM FILE vt/recording.notice ""')
    assert box.sent[notice + 1] == f"EXEC MixMonitor /vault/{box.call}.raw,D"
    assert around.tape.begun == [(box.call, "ca", "recording.notice", 0)]
    assert around.tape.over == [box.call]
    assert around.tape.unheard == []
    assert reason(around) == "hung_up"


async def test_who_wants_a_person_before_the_notice_is_recorded_like_everybody_else(around: Rooms) -> None:
    around.desks.free.append("ana")
    box = await hold(around, Box(presses=["0", "9", "9", "9", "2"], dials=["ANSWER"]))
    assert around.tape.begun == [(box.call, "es", "recording.notice", 0)]
    assert box.sent.index(f"EXEC MixMonitor /vault/{box.call}.raw,D") < box.sent.index(
        "EXEC Dial PJSIP/agent-ana,15,g"
    )


async def test_the_end_of_a_recording_is_unheard_when_the_line_was_lost(around: Rooms) -> None:
    box = Box(presses=["2", LEAVES])
    box.lost = True  # Asterisk died: whatever it had not yet written is missing
    await hold(around, box)
    assert around.tape.unheard == [box.call]


async def test_closed_hours_are_told_before_anybody_waits_and_a_call_is_offered_instead(
    around: Rooms,
) -> None:
    around.now = SUNDAY_NOON
    box = await hold(around, Box(presses=["1", "0", "#", LEAVES]))
    words = ["hours.closed", "menu.main", "agent.closed", "callback.intro", "number.ask", "menu.main"]
    assert box.keys_heard[-6:] == words
    taken = await hold(
        around, Box(presses=["1", "0", "911234567", "1", "2", "2", LEAVES], call="ventanilla-1763791200.13")
    )
    assert "callback.accepted" in taken.keys_heard
    assert taken.keys_heard[-1] == "menu.main"
    assert around.desks.waits == []


async def test_a_day_off_is_told_as_one(around: Rooms) -> None:
    around.now = datetime(2026, 12, 25, 9, tzinfo=UTC).timestamp()  # Christmas, a Friday, ten o'clock
    box = await hold(around, Box(presses=["1", LEAVES]))
    assert box.keys_heard[-2:] == ["hours.holiday", "menu.main"]


async def test_silence_when_nobody_works_ends_kindly(around: Rooms) -> None:
    around.now = SUNDAY_NOON
    box = await hold(around, Box(presses=["1", SILENCE, SILENCE, SILENCE]))
    assert box.keys_heard[-2:] == ["agent.closed", "goodbye"]
    assert "too_many_tries" not in box.keys_heard
    assert reason(around) == "served"


async def test_who_waits_hears_place_and_honest_time_and_music(around: Rooms) -> None:
    around.desks.place_told = Place(3, Range(120, 300))
    box = Box(presses=["1", "0"], dials=["ANSWER"])
    conversation = asyncio.create_task(hold(around, box))
    await until(lambda: "SET MUSIC ON default" in box.sent)
    around.desks.come("ana")
    await conversation
    said = box.keys_heard
    assert said[said.index("agent.wait") + 1] == "wait.position"
    assert "wait.range" in said
    assert box.sent.index("SET MUSIC OFF") < box.sent.index("EXEC Dial PJSIP/agent-ana,15,g")


async def test_who_waited_as_long_as_anybody_may_is_told_so_and_gives_up_the_place(
    around: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = Box(presses=["1", "0", SILENCE, SILENCE, SILENCE])
    over = asyncio.Event()

    async def wait(_wish: WishForm) -> NoReturn:
        await over.wait()
        raise TimeoutError

    monkeypatch.setattr(around.desks, "wait", wait)
    conversation = asyncio.create_task(hold(around, box))
    await until(lambda: "SET MUSIC ON default" in box.sent)
    over.set()
    await conversation
    assert "agent.closed" in box.keys_heard
    assert "left" in around.desks.told


async def test_who_waits_and_leaves_gives_up_the_place(around: Rooms) -> None:
    box = Box(presses=["1", "0"])
    conversation = asyncio.create_task(hold(around, box))
    await around.desks.waiting.wait()
    box.leave()
    await conversation
    assert around.desks.told == ["left"]
    assert reason(around) == "hung_up"


async def test_an_agent_who_does_not_answer_costs_nobody_the_place(around: Rooms) -> None:
    around.desks.free += ["ana", "luis"]
    box = await hold(around, Box(presses=["1", "0"], dials=["NOANSWER", "ANSWER"]))
    assert around.desks.told == ["rang out", "ended"]
    assert [wish.since for wish in around.desks.waits] == [MONDAY_NOON, MONDAY_NOON]
    assert "agent.no_answer_back_in_place" in box.keys_heard
    assert box.variables["VT_WAITING"] == "no"


async def test_a_caller_who_is_passed_on_waits_for_the_second_level_as_of_old(around: Rooms) -> None:
    around.desks.free += ["ana", "berta"]
    box = Box(presses=["1", "1", "1", "0"], dials=["ANSWER", "ANSWER"])
    passings = iter([Passing(2, "pension")])

    def talk() -> None:
        around.now += 60
        for passing in passings:
            around.marks.marks[box.call] = passing

    box.during = talk
    await hold(around, box)
    first, second = around.desks.waits
    assert (first.level, first.subject) == (1, "pension")
    assert (second.level, second.subject, second.since) == (2, "pension", first.since)
    assert "level2.passing" in box.keys_heard


async def test_who_is_passed_to_another_queue_of_the_first_level_hears_nothing_of_a_specialist(
    around: Rooms,
) -> None:
    around.desks.free += ["ana", "berta"]
    box = Box(presses=["1", "1", "1", "0"], dials=["ANSWER", "ANSWER"])
    passings = iter([Passing(1, "general")])

    def talk() -> None:
        for passing in passings:
            around.marks.marks[box.call] = passing

    box.during = talk
    await hold(around, box)
    assert [(wish.level, wish.subject) for wish in around.desks.waits] == [(1, "pension"), (1, "general")]
    assert "level2.passing" not in box.keys_heard
    assert box.keys_heard.count("agent.connecting") == 2


async def test_a_subject_gives_its_callers_their_priority_in_the_line(around: Rooms) -> None:
    institution = around.house.institution()
    urgent = institution.subjects["general"].model_copy(update={"priority": 7})
    hasty = replace(institution, subjects={**institution.subjects, "general": urgent})
    around.house = replace(around.house, institution=lambda: hasty)
    around.desks.free.append("ana")
    await hold(around, Box(presses=["1", "0"], dials=["ANSWER"]))
    assert [(wish.subject, wish.priority) for wish in around.desks.waits] == [("general", 7)]


async def test_a_missing_fragment_is_counted_and_never_named() -> None:
    told: list[object] = []
    box = Box(missing=frozenset({"vt/n.7"}))
    await Talk(box, "es", told.append, lambda: 0.0).say("n.7")
    (missing,) = [fact for fact in told if isinstance(fact, facts.PromptMissing)]
    assert missing.keys == ()


async def test_a_missing_sound_is_told_and_the_caller_can_still_choose(around: Rooms) -> None:
    box = Box(presses=["1", "2", "#"], missing=frozenset({"vt/menu.main"}))
    await hold(around, box)
    assert around.told(facts.PromptMissing)
    assert "id.intro" in box.keys_heard


async def test_a_browser_has_no_number_but_in_the_demonstration_it_may_pretend_one(around: Rooms) -> None:
    page = "0123456789abcdef" * 2
    headers = {
        "PJSIP_HEADER(read,X-Ventanilla-Page)": page,
        "PJSIP_HEADER(read,X-Ventanilla-Caller)": "972123456",
        "PJSIP_HEADER(read,P-Asserted-Identity)": "<sip:+34911111111@x>",
    }
    for demonstration, number in ((False, None), (True, "+34972123456")):
        around.house = replace(around.house, demonstration=demonstration)
        call = f"ventanilla-1763791200.{int(demonstration)}"
        await hold(around, Box(call=call, channel="PJSIP/browser-00000002", variables=dict(headers)))
        arrived = around.told(facts.CallArrived)[-1]
        assert isinstance(arrived, facts.CallArrived)
        assert (arrived.caller, arrived.page) == (number, page)


async def test_no_fact_ever_holds_a_digit_that_was_pressed(around: Rooms) -> None:
    await hold(around, Box(presses=["1", "2", "12345678", "9", "1", "987654", "4711"]))
    assert "12345678" not in repr(around.facts)
    assert "987654" not in repr(around.facts)
    assert [fact.pressed for fact in around.facts if isinstance(fact, facts.KeysPressed)] == [
        1,
        1,
        8,
        1,
        1,
        6,
        4,
    ]


async def test_a_call_lost_in_a_menu_goes_on_at_that_menu(around: Rooms) -> None:
    box = Box(presses=["2", "1", LEAVES])
    await hold(around, box)
    again = await hold(around, Box(presses=["1"]))
    assert again.heard[0] == ("ca/vt/lost.we_are_back", "ca/vt/menu.info")
    assert again.heard[1] == ("ca/vt/info.pension", "ca/vt/menu.after_info")
    assert [fact.stage for fact in around.facts if isinstance(fact, facts.CallResumed)] == ["menus"]


async def lose(around: Rooms, box: Box) -> None:
    """Let the server die under a conversation that waits for a person."""
    conversation = asyncio.create_task(converse(around.house, box))
    await around.desks.waiting.wait()
    conversation.cancel()
    with pytest.raises(asyncio.CancelledError):
        await conversation


async def test_a_call_lost_while_waiting_has_its_place_again(around: Rooms) -> None:
    await lose(around, Box(presses=["1", "0"]))
    assert around.desks.told == []
    around.now += 30
    around.desks.free.append("ana")
    box = await hold(around, Box(dials=["ANSWER"]))
    assert [wish.since for wish in around.desks.waits] == [MONDAY_NOON, MONDAY_NOON]
    assert box.keys_heard[:3] == ["lost.we_are_back", "agent.connecting", "survey.intro"]


async def test_a_call_lost_in_its_talk_is_only_asked_about_it_and_taken_leave_of(around: Rooms) -> None:
    around.desks.free.append("ana")
    box = Box(presses=["1", "0"], dials=["ANSWER"])

    def die() -> None:
        raise asyncio.CancelledError

    box.during = die
    with pytest.raises(asyncio.CancelledError):
        await converse(around.house, box)
    again = await hold(around, Box(variables={"DIALSTATUS": "ANSWER"}))
    assert again.keys_heard[0] == "survey.intro"
    assert around.desks.told == ["ended"]


async def test_a_call_lost_while_the_agent_rang_in_vain_waits_on(around: Rooms) -> None:
    around.desks.free += ["ana", "luis"]
    box = Box(presses=["1", "0"], dials=["ANSWER"])

    def die() -> None:
        raise asyncio.CancelledError

    box.during = die
    with pytest.raises(asyncio.CancelledError):
        await converse(around.house, box)
    again = await hold(around, Box(variables={"DIALSTATUS": "NOANSWER"}, dials=["ANSWER"]))
    assert "EXEC Dial PJSIP/agent-luis,15,g" in again.sent
    assert [wish.since for wish in around.desks.waits] == [MONDAY_NOON, MONDAY_NOON]


async def test_a_call_whose_place_is_gone_from_the_flows_begins_again(around: Rooms) -> None:
    await hold(around, Box(presses=["1", "1", LEAVES]))
    kept = around.calls.unfinished("ventanilla-1763791200.12")
    assert kept is not None
    around.calls.keep(kept._replace(walk=kept.walk._replace(step="general/torn_down")))
    box = await hold(around, Box(presses=[LEAVES]))
    assert box.heard[0][0] == "es/vt/greeting.general"


async def test_a_caller_who_leaves_while_being_taken_up_gives_up_the_place(around: Rooms) -> None:
    await lose(around, Box(presses=["1", "0"]))
    gone = Box()
    gone.leave()
    await hold(around, gone)
    assert around.desks.told == ["left"]
    assert reason(around) == "hung_up"


async def test_the_recording_of_a_caller_who_was_taken_up_ends_with_the_call(around: Rooms) -> None:
    await lose(around, Box(presses=["1", "0"]))
    assert len(around.tape.begun) == 1
    gone = Box()
    gone.leave()
    await hold(around, gone)
    assert around.tape.over == ["ventanilla-1763791200.12"]
    assert around.tape.unheard == []
    assert len(around.tape.begun) == 1


async def test_a_call_that_asterisk_no_longer_has_is_ended_for_everybody(around: Rooms) -> None:
    await lose(around, Box(presses=["1", "0"]))

    async def channels() -> frozenset[str]:
        return frozenset({"ventanilla-1763791200.99"})

    async def unreachable() -> None:
        return None

    assert await sweep.sweep(around.house, around.calls, channels) == ()  # it may be on its way back
    around.now += sweep.YOUNG_S + 1
    assert await sweep.sweep(around.house, around.calls, unreachable) == ()
    assert await sweep.sweep(around.house, around.calls, channels) == ("ventanilla-1763791200.12",)
    assert reason(around) == "unheard"
    assert around.desks.told == ["left"]
    assert around.tape.over == around.tape.unheard == ["ventanilla-1763791200.12"]
    assert around.calls.in_progress() == ()


async def test_a_reservation_that_ran_out_is_not_dialled(around: Rooms) -> None:
    around.desks.leases = [0.0]
    around.desks.free += ["ana", "luis"]
    box = await hold(around, Box(presses=["1", "0"], dials=["ANSWER"]))
    assert [command for command in box.sent if "Dial" in command] == ["EXEC Dial PJSIP/agent-luis,15,g"]


async def test_an_agent_who_is_found_does_not_wait_for_all_that_was_to_be_announced(around: Rooms) -> None:
    around.desks.place_told = Place(1, Range(120, 300))
    box = Box(presses=["1", "0"], dials=["ANSWER"])
    box.at_file["vt/agent.wait"] = lambda: around.desks.come("ana")
    await hold(around, box)
    assert "wait.range" not in box.keys_heard
    assert "survey.intro" in box.keys_heard
