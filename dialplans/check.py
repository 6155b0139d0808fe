"""What an institution's files must say together before a caller may hear them.

Every target exists; every step is reached by some call; every menu offers a person; nothing goes round
without an end; every sub-flow returns; every outcome of a service is answered; every prompt has its text in
every language. All faults are told at once.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from dialplans import check_routing, check_services, check_ways, check_words
from dialplans.check_services import Services
from dialplans.check_words import MACHINE_PROMPTS
from dialplans.faults import Fault, FlowError
from dialplans.institution import Institution, read_institution

NOTHING: Mapping[str, str] = MappingProxyType({})

__all__ = ["MACHINE_PROMPTS", "Services", "check_institution", "load_institution"]


def load_institution(
    folder: Path, services: Services | None = None, spoken: Mapping[str, str] = NOTHING
) -> Institution:
    """Give the folder's institution, whole and checked.

    `services` are those that exist (None: not known here, so not checked); `spoken` are the prompt keys
    that the server's own code says, with the file that says each. Raises FlowError with all faults.
    """
    institution, faults = _checked(folder, services, spoken)
    if institution is None or faults:
        raise FlowError(faults)
    return institution


def check_institution(
    folder: Path, services: Services | None = None, spoken: Mapping[str, str] = NOTHING
) -> list[Fault]:
    """Give every fault of the folder, in the order of files and steps; none when it can be served."""
    return sorted(_checked(folder, services, spoken)[1])


def _checked(
    folder: Path, services: Services | None, spoken: Mapping[str, str]
) -> tuple[Institution | None, list[Fault]]:
    institution, faults = read_institution(folder)
    if institution is None:
        return None, faults
    faults = [*check_ways.numbers(institution), *check_ways.existing(institution)]
    if not faults:  # the ways can only be walked when every target exists
        faults += check_ways.leading(institution)
    faults += [*check_words.named(institution), *check_words.texts(institution, spoken)]
    faults += check_routing.rules(institution)
    if services is not None:
        faults += check_services.served(institution, services)
    return institution, faults
