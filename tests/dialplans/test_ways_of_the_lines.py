"""Where the institution's own lines lead who the machine cannot help."""

import pytest

from dialplans.flows import Person, Serve, Speak
from dialplans.ways import answers, place
from tests.dialplans.institutions import inss

LINES = ("general", "imv")


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("outcome", ["refused", "blocked"])
def test_who_cannot_prove_who_they_are_for_an_appointment_gets_a_person(line: str, outcome: str) -> None:
    """Told to go to an office with an appointment, they would come round to the same words for ever."""
    institution = inss()
    step = institution.steps[f"{line}/appointment"]
    assert isinstance(step, Serve)
    target = answers(institution.flows[line], step)[outcome]
    assert isinstance(institution.steps[place(line, target)], Person)


@pytest.mark.parametrize("flow", [*LINES, "after"])
def test_whom_nobody_answers_is_offered_a_call(flow: str) -> None:
    institution = inss()
    closed = {
        place(flow, step.closed)
        for step in institution.flows[flow].steps.values()
        if isinstance(step, Person)
    }
    for name in closed:
        told = institution.steps[name]
        assert isinstance(told, Speak)
        offered = institution.steps[place(flow, told.next)]
        assert isinstance(offered, Serve)
        assert offered.service == "callback"
