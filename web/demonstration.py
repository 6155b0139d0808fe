"""The demonstration's accounts. Their passwords are public: `ventanilla check` refuses them elsewhere."""

from web.accounts import Account, Role

DEMONSTRATION_PASSWORD_SUFFIX = "-ventanilla"  # noqa: S105 - printed on the demonstration's screen, secret to nobody

_PEOPLE = (
    ("ana", "Ana Ruiz", Role.AGENT),
    ("jordi", "Jordi Ferrer", Role.AGENT),
    ("marta", "Marta Gil", Role.AGENT),
    ("nuria", "Núria Puig", Role.AGENT),
    ("pilar", "Pilar Gómez", Role.SUPERVISOR),
    ("rosa", "Rosa Cano", Role.AUDITOR),
    ("tomas", "Tomás Vega", Role.AUTHORITY),
)


def demonstration_accounts() -> tuple[tuple[Account, str], ...]:
    """Return the accounts with their passwords (`ana` has `ana-ventanilla`)."""
    return tuple(
        (Account(name, display, role, demonstration=True), name + DEMONSTRATION_PASSWORD_SUFFIX)
        for name, display, role in _PEOPLE
    )
