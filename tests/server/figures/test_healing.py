"""What a killed server had no time to write is said at the next start, and the day's figures are as if it had lived."""

from collections.abc import Iterable
from datetime import date
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st

from ivr.facts import CallArrived, CallEnded
from queues.agents import AgentState, State
from queues.ports import Kept, KeptPlace
from queues.wishes import Wish
from server.figures import spans
from server.figures.counts import Counts
from server.figures.live import Live
from server.figures.records import Row
from tests.server.figures.stories import Day
from tests.server.figures.test_live import THRESHOLDS, of_contacts_and_calls, row_of

MADRID, DAY = ZoneInfo("Europe/Madrid"), date(2026, 11, 22)
OF_THE_CONVERSATION = ("ivr.facts", "crm_bridge.facts")
AT = spans.begins(DAY, MADRID) + 36_000


def rows(facts: Iterable[object]) -> list[Row]:
    return [row for fact in facts if (row := row_of(fact)) is not None]


def live_of(facts: Iterable[object]) -> Live:
    live = Live(MADRID, THRESHOLDS)
    live.read(rows(facts))
    return live


def remembered(counts: Counts) -> dict[str, object]:
    """Leave out what the floor forgets at once: that a telephone rang in vain, and that a talk was passed on."""
    return {**of_contacts_and_calls(counts), "rang_out": 0, "transferred": 0}


@settings(deadline=None)
@given(st.integers(0, 10**9), st.integers(1, 300))
@example(
    451, 141
)  # the centre closes on a caller, and the server is killed before the floor has said they left
def test_what_the_floor_said_last_and_nobody_wrote_is_said_again(seed: int, steps: int) -> None:
    said: list[object] = []
    story = Day(seed, AT, said.append)
    story.goes_on(steps)
    written = len(said)
    story.goes_on(1)
    late = [fact for fact in said[written:] if type(fact).__module__ in OF_THE_CONVERSATION]
    healed = live_of([*said[:written], *late])
    for fact in healed.lacking(story.kept_now()):
        healed.hear(fact)
    lived = live_of(said).day(story.at)
    assert remembered(healed.day(story.at)) == remembered(lived)
    assert [*healed.lacking(story.kept_now())] == []


def test_a_record_that_is_whole_lacks_nothing_even_if_the_floor_had_no_time_to_forget() -> None:
    call = "ventanilla-1800000000.1"
    place = KeptPlace(Wish(call, "pension", "es", 1, 0, AT))
    ended = [
        CallArrived(call, "901166565", "general", None, "es", None, AT),
        CallEnded(call, "hung_up", AT + 9),
    ]
    assert live_of(ended).lacking(Kept((), (place,), ())) == []


def test_an_agents_state_that_the_record_knows_better_is_not_said_again() -> None:
    story: list[object] = []
    day = Day(3, AT, story.append)
    day.goes_on(200)
    old = AgentState("ana", State.PAUSED, AT - 5, "rest")
    lacking = live_of(story).lacking(Kept((old,), (), ()))
    assert [fact for fact in lacking if "ana" in str(fact)] == []
