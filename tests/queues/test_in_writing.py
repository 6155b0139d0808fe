"""A rule for contacts in writing serves them, also those taken up after a restart."""

from pathlib import Path

from ivr.text import call_id
from queues.adapters.store import SqlStore
from queues.adapters.tables import metadata
from queues.conditions import AtLevel
from queues.demonstration import demonstration_agents
from queues.hall import Hall
from queues.limits import Limits
from queues.ports import KeptPlace, PlaceTaken
from queues.rules import steps_of
from queues.wishes import TEXT, VOICE, Rule, Rules, StepRule, Wish, channel_of, kind_of
from tests.databases import opened
from tests.queues.fakes import Form, call

WRITTEN = "ventanilla-text-1800000000.1"
RULES = Rules(
    rules=(Rule("in writing", (StepRule(AtLevel(2)),), channels=frozenset({TEXT})),),
)


def hall() -> Hall:
    return Hall(demonstration_agents(), RULES, Limits())


def test_a_call_in_writing_is_known_by_its_id() -> None:
    assert (channel_of(WRITTEN), channel_of(call(1))) == (TEXT, VOICE)
    assert channel_of(call_id(1_800_000_000.5, 1)) == TEXT


def test_a_rule_for_contacts_in_writing_serves_only_those() -> None:
    here = hall()
    here.want(Form(WRITTEN), 1_800_000_000.0)
    here.want(Form(call(1)), 1_800_000_000.0)
    asked = {one: [step.condition for step in here.router.steps(one)] for one in (WRITTEN, call(1))}
    assert asked[WRITTEN] == [AtLevel(2)]
    assert asked[call(1)] == [
        step.condition for step in steps_of(kind_of(here.places[call(1)].wish), Rules())
    ]


async def test_the_channel_of_a_place_is_known_after_a_restart(tmp_path: Path) -> None:
    wish = Wish(WRITTEN, "general", "es", 1, 0, 1_800_000_000.0, TEXT)
    async with opened("sqlite", tmp_path, metadata) as engine:
        store = SqlStore(engine)
        await store.open()
        await store.save([PlaceTaken(KeptPlace(wish))])
        await store.close()
        assert [place.wish for place in (await SqlStore(engine).load(0.0)).places] == [wish]
