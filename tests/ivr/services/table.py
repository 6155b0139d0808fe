"""The table of services, outcomes and what drives them: printed by the tests, kept in docs/services.md.

`.venv/bin/python -m tests.ivr.services.table > docs/services.md` writes it anew.
"""

import importlib
import sys
from collections import defaultdict

from dialplans.outcomes import PROOF, expected
from ivr.services import Service, catalogue
from tests.dialplans.institutions import inss
from tests.ivr.services.scenarios import SCENARIOS

TURNED_AWAY = {
    "refused": "wrong answers",
    "blocked": "a locked identity",
    "protected": "a protected person",
}
"""The outcomes of the proof, and how `test_through_the_flows` brings each of them about for every service."""

OPENING = """# The self-services

What a caller can settle without a person, around the clock. Level: the identity that `institution.toml` asks
for before the service begins (0 nobody, 1 questions that only the person can answer, 2 a one-time code as
well). Every service ends in one of its outcomes, and the flows answer each: *done*, *back* (#), *person* (0,
or the service needs one), *gave_up* (three wrong keys or silences), *down* (a system behind it does not
answer); with a proof also *refused*, *blocked* and *protected*.

Every outcome is driven by the scenarios named below: at the service itself, with a hang-up at every single
step (all or nothing is left behind), and again as a whole call through the menus as shipped
(`tests/ivr/services/`). A test compares this page with them;
`.venv/bin/python -m tests.ivr.services.table > docs/services.md` writes it anew.
"""


def declared() -> dict[str, frozenset[str]]:
    """Give every outcome that must be driven, by service."""
    return {name: driveable(one, inss().level_of(name)) for name, one in catalogue().items()}


def driveable(service: Service, level: int) -> frozenset[str]:
    """Give the outcomes that a service can come to: one that asks no system, and proves nobody, is never down."""
    never = frozenset[str]() if service.asks_systems or level else frozenset({"down"})
    return expected(service.outcomes, level) - never


def driven() -> dict[tuple[str, str], list[str]]:
    """Give what drives each outcome of each service: the names of scenarios."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in SCENARIOS:
        found[one.service, one.outcome].append(one.name)
    for service, outcomes in declared().items():
        for outcome in sorted(outcomes & PROOF):
            found[service, outcome].append(TURNED_AWAY[outcome])
    return found


def page() -> str:
    """Write the whole page."""
    by = driven()
    rows = [
        f"| `{service}` | {inss().level_of(service)} | {purpose(service)} | {', '.join(sorted(outcomes))} |"
        for service, outcomes in declared().items()
    ]
    scenarios = [
        f"\n## {service}\n\n"
        + "\n".join(f"* **{outcome}**: {'; '.join(by[service, outcome])}" for outcome in sorted(outcomes))
        for service, outcomes in declared().items()
    ]
    head = ["| service | level | what it does | outcomes |", "|---|---|---|---|"]
    return "\n".join([OPENING, *head, *rows, *scenarios]) + "\n"


def purpose(service: str) -> str:
    """Give the first line of what a service says of itself."""
    text = importlib.import_module(f"ivr.services.{service}").__doc__ or ""
    return text.strip().partition("\n")[0]


if __name__ == "__main__":
    sys.stdout.write(page())
