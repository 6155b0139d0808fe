"""The institution that is served now, and how it is read again without a restart."""

from __future__ import annotations

import logging
from pathlib import Path

from dialplans.check import load_institution
from dialplans.faults import Fault, FlowError
from dialplans.institution import Institution
from ivr import services
from ivr.conversation import PROMPTS

log = logging.getLogger("ventanilla.flows")


class Flows:
    """Holds one sound institution. The first must be sound, or nothing starts; a later unsound one is refused whole."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._institution = load(folder)

    def current(self) -> Institution:
        """Give the institution for calls that begin now; calls in progress keep theirs."""
        return self._institution

    def reload(self) -> tuple[Fault, ...]:
        """Read the folder again; its faults, if there are any, and then the old flows go on being served."""
        try:
            self._institution = load(self._folder)
        except FlowError as unsound:
            log.error("the new flows are refused, the old ones go on:\n%s", unsound)
            return unsound.faults
        log.info("the flows were read again; calls in progress finish on those they began with")
        return ()


def load(folder: Path) -> Institution:
    """Read and check an institution with everything the conversation and the services may say. Raises FlowError."""
    return load_institution(folder, services.outcomes(), services.prompts() | PROMPTS)
