"""What an institution's files must say together before a caller may hear them.

Every target exists; every step is reached by some call; every menu offers a person; nothing goes round
without an end; every sub-flow returns; every outcome of a service is answered, protected persons come to their
team, and key 0 to a person; every condition can hold, every question be answered; every line can be closed at
once and says that it records; every prompt has its text in every language, and the words of a menu name its
keys. All faults are told at once.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from dialplans import (
    check_acts,
    check_catalogue,
    check_conditions,
    check_lines,
    check_menus,
    check_outcomes,
    check_rings,
    check_routing,
    check_services,
    check_ways,
    check_words,
)
from dialplans.check_acts import Asking
from dialplans.check_menus import NamedKeys
from dialplans.check_services import Services
from dialplans.check_words import MACHINE_PROMPTS
from dialplans.faults import Fault, FlowError
from dialplans.institution import Institution, ServiceRule, read_institution

NOTHING: Mapping[str, str] = MappingProxyType({})
NO_LEVELS: Mapping[str, int] = MappingProxyType({})

__all__ = ["MACHINE_PROMPTS", "Services", "check_institution", "load_institution"]


def load_institution(
    folder: Path,
    services: Services | None = None,
    spoken: Mapping[str, str] = NOTHING,
    least: Mapping[str, int] = NO_LEVELS,
    named: NamedKeys | None = None,
    asking: Asking | None = None,
) -> Institution:
    """Give the folder's institution, whole and checked.

    `services` are those that exist (None: not known here, so not checked); `spoken` are the prompt keys
    that the server's own code says, with the file that says each; `least` are the services' own levels of
    identity, which hold where institution.toml names none; `named` reads the keys out of what a menu says
    (None: not compared); `asking` are the acts that services ask callers to agree to. Raises FlowError with
    all faults.
    """
    institution, faults = _checked(folder, services, spoken, least, named, asking)
    if institution is None or faults:
        raise FlowError(faults)
    return institution


def check_institution(
    folder: Path,
    services: Services | None = None,
    spoken: Mapping[str, str] = NOTHING,
    least: Mapping[str, int] = NO_LEVELS,
    named: NamedKeys | None = None,
    asking: Asking | None = None,
) -> list[Fault]:
    """Give every fault of the folder, in the order of files and steps; none when it can be served."""
    return sorted(_checked(folder, services, spoken, least, named, asking)[1])


def _checked(
    folder: Path,
    services: Services | None,
    spoken: Mapping[str, str],
    least: Mapping[str, int],
    named: NamedKeys | None,
    asking: Asking | None,
) -> tuple[Institution | None, list[Fault]]:
    institution, faults = read_institution(folder)
    if institution is None:
        return None, faults
    lowered = [*check_services.proven(institution, least)]
    institution = replace(institution, services=_levels(institution, least))
    faults = [*check_ways.numbers(institution), *check_ways.existing(institution)]
    if not faults:  # the ways can only be walked when every target exists
        faults += check_ways.leading(institution)
        faults += [*check_rings.rings(institution), *check_outcomes.leading(institution)]
        faults += [*check_lines.lines(institution), *check_conditions.conditions(institution)]
    faults += [*check_words.named(institution), *check_words.texts(institution, spoken)]
    faults += check_routing.rules(institution)
    faults += check_catalogue.catalogue(institution, services)
    faults += check_acts.agreed(institution, asking)
    if named is not None:
        faults += check_menus.menus(institution, named)
    if services is not None:
        faults += check_services.served(institution, services)
    return institution, faults + lowered


def _levels(institution: Institution, least: Mapping[str, int]) -> Mapping[str, ServiceRule]:
    """Give what each service asks: as the institution says, else what the service itself takes."""
    own = {name: ServiceRule(level=level) for name, level in least.items()}
    return MappingProxyType({**own, **institution.services})
