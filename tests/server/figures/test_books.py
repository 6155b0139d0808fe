"""Our books against Asterisk's: no call is forgotten, and each difference has a name."""

from datetime import UTC, date, datetime
from pathlib import Path

from server.figures.asterisk_records import calls_of, lines, started
from server.figures.books import Difference, OurCall, differences, ours
from server.figures.records import Row
from server.figures.spans import Span

AT = 1_800_000_000.0
DAY = Span(AT, AT + 86_400)
FEED = DAY.ends + 600


def call(number: int) -> str:
    return f"ventanilla-1800000000.{number}"


def channel(kind: str, after: float, name: str, number: int, linked: int) -> list[str]:
    return [kind, f"{AT + after:.6f}", call(number), call(linked), name]


def cel(number: int, *talks: tuple[str, float, float], ended: bool = True) -> list[list[str]]:
    """One call's events, with so many talks with agents, each from and to."""
    told = [channel("CHAN_START", 0, "PJSIP/trunk-00000001", number, number)]
    for place, (agent, begins, ends) in enumerate(talks, 1):
        name = f"PJSIP/agent-{agent}-sip-0000000{place}"
        told.append(channel("BRIDGE_ENTER", begins, name, number + place, number))
        told.append(channel("BRIDGE_EXIT", ends, name, number + place, number))
    if ended:
        told.append(channel("CHAN_END", 500, "PJSIP/trunk-00000001", number, number))
    return told


def fact(kind: str, which: int, after: float, **more: object) -> Row:
    return {"type": kind, "call": call(which), "at": AT + after, **more}


WISH = {"subject": "pension", "language": "es", "level": 1, "position": 1}


def our_call(number: int, *talks: tuple[str, float, float], ended: bool = True) -> list[Row]:
    told = [fact("CallArrived", number, 0, number="901166565", campaign="general", language="es")]
    for agent, begins, ends in talks:
        told += [
            fact("CallerWaiting", number, begins - 5, **WISH),
            fact("TalkStarted", number, begins, agent=agent, waited=5.0),
            fact("TalkEnded", number, ends, agent=agent, talked=ends - begins),
        ]
    return [*told, fact("CallEnded", number, 500, reason="served")] if ended else told


def named(mine: list[Row], theirs: list[list[str]]) -> list[Difference]:
    return [*differences(ours(mine, DAY, FEED), calls_of((), theirs, DAY))]


def test_the_same_calls_on_both_sides_differ_in_nothing() -> None:
    talks = (("ana", 30.0, 95.0), ("jordi", 120.0, 180.0))
    assert named(our_call(1, *talks) + our_call(9), cel(1, *talks) + cel(9)) == []


def test_a_call_that_only_one_side_has_is_named() -> None:
    assert named(our_call(1), cel(9)) == [
        Difference(call(1), "missing_in_asterisk"),
        Difference(call(9), "missing_with_us"),
    ]


def test_a_talk_that_only_one_side_has_is_named() -> None:
    talk = ("ana", 30.0, 95.0)
    assert named(our_call(1, talk), cel(1)) == [Difference(call(1), "answered_with_us_only")]
    assert named(our_call(1), cel(1, talk)) == [Difference(call(1), "answered_in_asterisk_only")]


def test_talk_times_may_be_a_second_apart_and_no_more() -> None:
    assert named(our_call(1, ("ana", 30.0, 95.0)), cel(1, ("ana", 30.9, 95.0))) == []
    (one,) = named(our_call(1, ("ana", 30.0, 95.0)), cel(1, ("ana", 31.5, 95.0)))
    assert one == Difference(call(1), "talk", "65.0 s", "63.5 s")


def test_another_agent_than_ours_is_named() -> None:
    (one,) = named(our_call(1, ("ana", 30.0, 95.0)), cel(1, ("jordi", 30.0, 95.0)))
    assert (one.what, one.ours, one.theirs) == ("agent", "ana", "jordi")


def test_a_talk_whose_end_nobody_told_has_no_length_to_compare() -> None:
    theirs = [event for event in cel(1, ("ana", 30.0, 95.0)) if event[0] != "BRIDGE_EXIT"]
    (one,) = named(our_call(1, ("ana", 30.0, 95.0)), theirs)
    assert (one.what, one.ours, one.theirs) == ("talk_unknown", "65.0 s", "unknown")


def test_whoever_talked_outside_is_the_agent_whose_number_it_is() -> None:
    theirs = [
        [*event[:4], event[4].replace("agent-ana-sip", "outside-ana")]
        for event in cel(1, ("ana", 30.0, 95.0))
    ]
    assert named(our_call(1, ("ana", 30.0, 95.0)), theirs) == []


def test_two_agents_in_one_conversation_are_one_conversation() -> None:
    theirs = calls_of((), cel(1, ("ana", 30.0, 95.0), ("jordi", 60.0, 100.0)), DAY)
    assert theirs[call(1)].talked_s == 70.0


def test_a_hold_is_no_end_of_a_talk_and_a_colleague_who_was_asked_has_talked() -> None:
    theirs = [event for event in cel(1, ("ana", 30.0, 95.0)) if event[0] != "CHAN_END"]
    held = [channel("BRIDGE_EXIT", 50, theirs[1][4], 2, 1), channel("BRIDGE_ENTER", 70, theirs[1][4], 2, 1)]
    asked = [
        channel("BRIDGE_ENTER", 55, "PJSIP/agent-jordi-00000007", 3, 1),
        channel("BRIDGE_EXIT", 65, "PJSIP/agent-jordi-00000007", 3, 1),
    ]
    end = channel("CHAN_END", 500, "PJSIP/trunk-00000001", 1, 1)
    mine = our_call(1, ("ana", 30.0, 95.0))
    state = fact("AgentStateChanged", 1, 55, agent="jordi", state="talking", reason="")
    assert named([*mine[:3], state, *mine[3:]], [*theirs[:2], *held, *asked, theirs[2], end]) == []


def test_what_goes_on_differs_in_nothing_yet() -> None:
    assert named(our_call(1, ended=False), cel(1)) == []
    assert named(our_call(1), cel(1, ended=False)) == []
    assert named([], cel(1, ended=False)) == []


def test_calls_in_writing_and_calls_of_our_own_are_not_missing() -> None:
    written: Row = {**our_call(1)[-1], "call": "ventanilla-text-1800000000.7"}
    listening = [["CHAN_START", str(AT), call(5), call(5), "PJSIP/supervisor-rosa-00000009"]]
    listening.append(["CHAN_END", str(AT + 9), call(5), call(5), "PJSIP/supervisor-rosa-00000009"])
    assert named([written], listening) == []


def test_a_line_that_a_full_disk_cut_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text('"CHAN_START","180\n\0\n"CHAN', "utf-8")
    assert calls_of((), lines(tmp_path, "events", date(2026, 1, 1)), DAY) == {}


def test_what_was_put_away_long_ago_is_not_read_again(tmp_path: Path) -> None:
    day = datetime.fromtimestamp(AT, UTC).date()
    for name in ("events-2020-01-01.csv", f"events-{day.isoformat()}.csv", "events.csv"):
        (tmp_path / name).write_text(f"{name}\n", "utf-8")
    assert [line[0] for line in lines(tmp_path, "events", day)] == [f"events-{day}.csv", "events.csv"]


def test_an_id_of_another_shape_began_at_no_known_time() -> None:
    assert [started(name) for name in (call(1), "ventanilla-back-1800000001.12", "x", "")] == [
        AT, AT + 1, 0.0, 0.0
    ]  # fmt: skip
    assert OurCall("x").talked_s == 0.0
