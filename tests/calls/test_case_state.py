"""The state of a case, by telephone, from the number dialled to the goodbye: heard, and read in Asterisk's own log."""

import pytest

from crm_bridge.demonstration import MARIA, MONTSERRAT
from server.probe.call import Outcome, place
from server.probe.catalogue import Catalogue
from server.probe.script import Script, parse_steps
from tests.calls.centre import Centre
from tests.calls.keys import identified_by
from tests.telephones import citizens

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(400)]  # the telephone itself gives up after 280

PATIENCE_S = 200.0  # two callers prove themselves while the machine speaks and listens to both
TO_THE_CASE = "1@language.offer~0,2@menu.main~0"


async def call(
    centre: Centre, catalogue: Catalogue, press: str, *expect: str, caller: str = "+34911000001"
) -> Outcome:
    script = Script("901166565", centre.sip, caller, parse_steps(press), expect, seconds=280)
    return await place(script, catalogue)


async def test_the_state_of_marias_case_is_told_to_maria_alone(centre: Centre, catalogue: Catalogue) -> None:
    told = (
        *("id.proven", "case.several"),
        *("case.subject.pension", "case.state.in_progress", "case.since", "n.14", "month.10", "year.2026"),
        *(
            "case.next.wait",
            "case.subject.subsidy",
            "case.state.granted",
            "case.next.payment",
            "menu.after_service",
        ),
    )
    press = f"{TO_THE_CASE},{identified_by(MARIA.citizen.document, MARIA.answers)}"
    outcome = await call(centre, catalogue, press, *told)
    assert (outcome.trouble, outcome.unmet) == ("", ())
    for prompt in ("case.state.in_progress", "month.10", "case.state.granted"):
        assert prompt in centre.played(), "Asterisk's own log must say so too"
    (request,) = await centre.until(
        "SELECT citizen, subject FROM crm_requests WHERE citizen = 'demo-maria' AND subject = 'case'"
    )
    assert request["citizen"] == "demo-maria"


async def test_wrong_answers_are_refused_neutrally_and_then_blocked(
    centre: Centre, catalogue: Catalogue
) -> None:
    # Whoever is refused here is refused in every call of this centre: nobody else proves to be Montserrat.
    wrong = {question: "9" * len(digits) for question, digits in MONTSERRAT.answers.items()}
    tries = identified_by(MONTSERRAT.citizen.document, wrong)
    guesses = parse_steps(f"{TO_THE_CASE},{tries}")
    callers = ("+34911000001", "+34911000014")
    async with citizens(callers, "901166565", centre.sip, steps=guesses, catalogue=catalogue) as guessing:
        for one in guessing:
            await one.hears("id.refused", within=PATIENCE_S)
        told = {prompt.key for one in guessing for prompt in one.heard}
    assert not [key for key in told if key.startswith("case.state.") or key == "id.blocked"]
    before_the_questions = f"{TO_THE_CASE},{tries}".rsplit(",", 3)[0]
    third = await call(
        centre, catalogue, before_the_questions, "id.blocked", "!case.state.*", caller="+34911000013"
    )
    assert (third.trouble, third.unmet) == ("", ())
    assert "999" not in centre.server_log()


async def test_a_number_that_is_not_ours_is_refused(centre: Centre, catalogue: Catalogue) -> None:
    outcome = await place(Script("901166566", centre.sip, seconds=5), catalogue)
    assert outcome.why is not None
    assert "404" in outcome.trouble
