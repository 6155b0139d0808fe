"""Every scenario again as a whole call: the number dialled, the menus as shipped, the proof, the service, its outcome.

And for every service, the ways to be turned away: refused, blocked, protected.
"""

from dataclasses import replace
from fnmatch import fnmatch

import pytest

from dialplans.outcomes import expected
from ivr import facts
from ivr.services import catalogue
from tests.corporate.conftest import NOON
from tests.dialplans.institutions import inss
from tests.ivr.rooms import DOCUMENT, FACTS, Person, Rooms
from tests.ivr.services.citizen import RIGHT, WRONG, Citizen, way_to
from tests.ivr.services.counter import KEYS_APART_S, MARIA, MOBILE, Counter
from tests.ivr.services.scenarios import SCENARIOS, Scenario
from tests.ivr.services.test_outcomes import in_order, kinds
from tests.ivr.test_conversation import hold

# Who is proven at these is proven by another service before: `test_outcomes` has them.
UNPROVEN = frozenset(service for service in catalogue() if not inss().level_of(service))
BETWEEN_KEYS_S = 2.0  # a # sooner than that after a number would be taken for its end
TO_THE_PROOF = {"appointment": ("2",)}  # asks for it in the middle
# A second proof needs a mobile on file that has not just been changed, so these stop there, with a person.
WITHOUT_A_CODE = frozenset({
    "address-person-the_system_declines",
    "bank_account-person-the_mobile_has_just_changed",
    "bank_account-person-nothing_to_reach_the_person_by",
    "bank_account-down-affiliation_is_down",
})  # fmt: skip
CALLABLE = [
    one
    for one in SCENARIOS
    if not (one.person and one.service in UNPROVEN - TO_THE_PROOF.keys()) and one.label not in WITHOUT_A_CODE
]


async def call(
    around: Rooms, counter: Counter, service: str, box: Citizen, person: Person | None = None
) -> str:
    """Hold the call; give the outcome of the service, once it has one."""
    around.now = NOON

    def time_passes() -> None:
        around.now += BETWEEN_KEYS_S

    box.passes = time_passes
    around.desks.free.extend(["ana", "eva"])
    around.register.down = counter.register.down
    around.register.people = {DOCUMENT: person or Person(MARIA, FACTS)}
    around.house = replace(
        around.house,
        corporate=counter.corporate(),
        post=counter.post(),
        promises=counter.promises(),
        always_open=True,
    )
    box.at_press = lambda: setattr(around, "now", around.now + KEYS_APART_S)
    await hold(around, box)
    ended = [one for one in around.facts if isinstance(one, facts.ServiceEnded) and one.service == service]
    return ended[0].outcome


def citizen(
    counter: Counter, service: str, *presses: str, caller: str | None = MOBILE, **more: object
) -> Citizen:
    number = {"PJSIP_HEADER(read,From)": f"<sip:{caller}@carrier>"} if caller else {}
    return Citizen(
        presses=presses,
        variables=number,
        dials=["ANSWER", "ANSWER"],
        way=way_to(service),
        outbox=counter.outbox,
        **more,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("scenario", CALLABLE, ids=lambda one: one.label)
async def test_the_call_ends_so_at_the_service(around: Rooms, counter: Counter, scenario: Scenario) -> None:
    await scenario.prepare(counter)
    box = citizen(counter, scenario.service, *scenario.presses, caller=scenario.caller)
    person = Person(scenario.person or MARIA, FACTS)
    outcome = await call(around, counter, scenario.service, box, person)
    heard = box.keys_heard
    assert outcome == scenario.outcome, heard
    assert in_order(scenario.hears, heard), " ".join(heard)
    assert not [key for key in heard for never in scenario.never if fnmatch(key, never)]
    assert await kinds(counter) == scenario.orders
    left = sorted(one.message for one in counter.outbox.kept.values() if one.message != "code")
    assert left == sorted(scenario.left)
    assert len(counter.ringing.kept) == scenario.rings


PROVING = sorted(
    service
    for service in catalogue()
    if "refused" in expected(catalogue()[service].outcomes, inss().level_of(service))
)


@pytest.mark.parametrize("service", PROVING)
async def test_wrong_answers_end_in_refused(around: Rooms, counter: Counter, service: str) -> None:
    box = citizen(counter, service, *TO_THE_PROOF.get(service, ()), papers=WRONG)
    assert await call(around, counter, service, box) == "refused"
    assert "id.refused" in box.keys_heard
    assert await kinds(counter) == ()


@pytest.mark.parametrize("service", PROVING)
async def test_a_locked_identity_ends_in_blocked_even_with_right_answers(
    around: Rooms, counter: Counter, service: str
) -> None:
    box = citizen(counter, service, *TO_THE_PROOF.get(service, ()), papers=RIGHT)
    assert await call(around, counter, service, box, Person(MARIA, FACTS, locked=True)) == "blocked"
    assert await kinds(counter) == ()


@pytest.mark.parametrize("service", PROVING)
async def test_a_protected_person_is_served_by_no_machine(
    around: Rooms, counter: Counter, service: str
) -> None:
    box = citizen(counter, service, *TO_THE_PROOF.get(service, ()), papers=RIGHT)
    assert (
        await call(around, counter, service, box, Person("demo-protected", FACTS, protected=True))
        == "protected"
    )
    assert not [key for key in box.keys_heard if key.startswith(f"{service}.") and service != "appointment"]
    assert await kinds(counter) == ()
