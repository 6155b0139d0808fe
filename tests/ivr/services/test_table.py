"""Nothing that a service declares is undriven, and nothing is driven that no service declares."""

from pathlib import Path

import pytest

from dialplans.outcomes import PROOF
from ivr.services import catalogue
from tests.dialplans.institutions import inss
from tests.ivr.services.scenarios import SCENARIOS
from tests.ivr.services.table import declared, driven, page
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


def test_no_two_scenarios_have_one_name() -> None:
    assert len({one.label for one in SCENARIOS}) == len(SCENARIOS)


@pytest.mark.parametrize("service", sorted(catalogue()))
def test_every_prompt_of_a_service_has_its_text_in_spanish(service: str) -> None:
    assert catalogue()[service].prompts <= inss().texts["es"].keys()


def test_the_page_is_what_the_tests_drive() -> None:
    assert PAGE.read_text() == page(), ".venv/bin/python -m tests.ivr.services.table > docs/services.md"
