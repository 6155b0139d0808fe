"""Whether a CRM's answer is about whom it was asked: another citizen's file on a card is worse than none. Pure."""

from dataclasses import replace

from crm_bridge.card import Folder
from crm_bridge.citizens import Citizen
from crm_bridge.ports import OddAnswer

# A number that so many people have is an office's switchboard; a card says how many, and names nobody.
MOST_PEOPLE = 20


def about(asked: str, citizen: Citizen | None) -> Citizen | None:
    """Give the citizen who was asked for. Raises CrmDown for anybody else."""
    if citizen is not None and citizen.id != asked:
        raise OddAnswer("the CRM answered about somebody else")
    return citizen


def who_have(telephone: str, people: tuple[Citizen, ...]) -> tuple[Citizen, ...]:
    """Leave out who is known with other numbers only; a CRM that tells no numbers is believed."""
    theirs = (one for one in people if not one.telephones or telephone in one.telephones)
    return tuple(theirs)[:MOST_PEOPLE]


def folder_of(asked: str, folder: Folder) -> Folder:
    """Give the folder that was asked for. Raises CrmDown when it holds a request of somebody else.

    A contact does not say whose it is: it is theirs by its request, and left out where that is not in the folder.
    """
    if any(request.citizen not in {None, asked} for request in folder.requests):
        raise OddAnswer("the CRM answered with somebody else's requests")
    theirs = frozenset(request.reference for request in folder.requests)
    return replace(folder, contacts=tuple(one for one in folder.contacts if one.request in theirs))
