"""Nothing that a service declares is undriven, and nothing is driven that no service declares."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from dialplans.outcomes import PROOF
from ivr import one_time, services
from ivr.services import catalogue
from messages.standard import PROCEDURES
from tests.dialplans.institutions import inss
from tests.ivr.services.scenarios import SCENARIOS
from tests.ivr.services.table import declared, driveable, driven, page
from tests.ivr.services.test_through_the_flows import PROVING

PAGE = Path(__file__).resolve().parents[3] / "docs" / "services.md"


@pytest.mark.parametrize(
    ("service", "outcome"),
    [(service, outcome) for service, outcomes in declared().items() for outcome in sorted(outcomes)],
)
def test_every_outcome_of_every_service_is_driven(service: str, outcome: str) -> None:
    assert driven().get((service, outcome)), f"{service} may end in {outcome}, and no scenario has it end so"


def test_no_scenario_ends_in_what_its_service_does_not_declare() -> None:
    assert {(one.service, one.outcome) for one in SCENARIOS} <= {
        (service, outcome) for service, outcomes in declared().items() for outcome in outcomes
    }


def test_who_must_be_proven_is_turned_away_in_every_way_there_is() -> None:
    assert {service for service, outcomes in declared().items() if outcomes >= PROOF} == set(PROVING)


def test_of_a_service_that_asks_no_system_nobody_must_drive_that_it_is_down() -> None:
    hours = replace(catalogue()["forms"], outcomes=frozenset(), asks_systems=False)
    assert driveable(hours, 0) == {"done", "back", "person", "gave_up"}
    assert "down" in driveable(hours, 1), "the register is behind the proof"


def test_a_receipt_and_a_code_name_procedures_that_the_messages_have_words_for() -> None:
    named = {
        call.args[2].value
        for file in Path(services.__file__).parent.glob("*.py")
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "receipts.give"
        if isinstance(call.args[2], ast.Constant)
    }
    assert named >= {"callback", "complaint"}
    assert named <= set(PROCEDURES), "add it to messages/standard.py and to [procedures] of six languages"
    assert one_time.PROCEDURES | {"identity"} == set(PROCEDURES)


def test_no_two_scenarios_have_one_name() -> None:
    assert len({one.label for one in SCENARIOS}) == len(SCENARIOS)


@pytest.mark.parametrize("service", sorted(catalogue()))
def test_every_prompt_of_a_service_has_its_text_in_spanish(service: str) -> None:
    assert catalogue()[service].prompts <= inss().texts["es"].keys()


def test_the_page_is_what_the_tests_drive() -> None:
    assert PAGE.read_text() == page(), ".venv/bin/python -m tests.ivr.services.table > docs/services.md"
