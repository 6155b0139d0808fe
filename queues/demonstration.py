"""The agents of the demonstration: two generalists, two specialists; between them Spanish and Catalan."""

from queues.agents import Agent
from queues.wishes import FIRST_LEVEL, SECOND_LEVEL


def demonstration_agents() -> tuple[Agent, ...]:
    """List the agents the demonstration signs in with; every subject with a skill has a specialist."""
    return (
        Agent("ana", "Ana Ruiz", FIRST_LEVEL, {"es": 5}),
        Agent("jordi", "Jordi Ferrer", FIRST_LEVEL, {"es": 4, "ca": 5}),
        Agent(
            "marta",
            "Marta Gil",
            SECOND_LEVEL,
            {"es": 5},
            {"pension": 5, "subsidy": 4, "health_card": 3, "protected": 5},
        ),
        Agent(
            "nuria",
            "Núria Puig",
            SECOND_LEVEL,
            {"es": 5, "ca": 5},
            {"imv": 5, "case": 4, "health_card": 4, "video": 4},
        ),
    )
