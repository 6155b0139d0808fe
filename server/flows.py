"""The institution that is served now, and how it is read again without a restart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from corporate.benefits import KINDS
from dialplans.check import check_institution, load_institution
from dialplans.faults import Fault, FlowError
from dialplans.institution import Institution
from dialplans.voice import catalogue, manifest
from dialplans.voice.manifest import Recording, fingerprint, recording_file
from ivr import services
from ivr.conversation import PROMPTS
from ivr.text_keys import choices
from server.keeping import FILE as TERMS
from server.keeping import read_terms
from server.languages import unwritten
from server.runtime.trouble import RuntimeTrouble


class Flows:
    """Holds one sound institution. The first must be sound, or nothing starts; a later unsound one is refused whole."""

    def __init__(self, folder: Path, begin_in: Path | None = None) -> None:
        """Begin with what `begin_in` holds (`folder` itself if not said); what is looked at later is `folder`."""
        self._folder = folder
        self._begun = self._institution = self._seen = load(begin_in or folder)

    def current(self) -> Institution:
        """Give the institution for calls that begin now; calls in progress keep theirs."""
        return self._institution

    def look(self) -> None:
        """Read the folder again, to be taken later. Raises FlowError, and then nothing has changed."""
        self._seen = load_whole(self._folder)

    def take(self) -> None:
        """Serve what was seen last."""
        self._institution = self._seen

    def left_out(self) -> tuple[str, ...]:
        """Name what has changed since this server began and stays as it was until it is restarted."""
        was, now = self._begun, self._institution
        changed = {
            "[routing]": was.routing != now.routing,
            "[figures]": was.figures != now.figures,
            "time_zone": was.time_zone != now.time_zone,
            "the first of languages": was.languages[0] != now.languages[0],
        }
        return tuple(name for name, differs in changed.items() if differs)


def load(folder: Path) -> Institution:
    """Read and check an institution with everything the conversation and the services may say. Raises FlowError."""
    known = (services.outcomes(), spoken(), services.least_levels(), named_keys, services.acts())
    institution = load_institution(folder, *known)
    if unknown := _unknown_benefits(institution):
        raise FlowError(unknown)
    return institution


def faults(folder: Path) -> list[Fault]:
    """Give every fault for which `load` refuses a folder."""
    known = (services.outcomes(), spoken(), services.least_levels(), named_keys, services.acts())
    found = check_institution(folder, *known)
    return found or _unknown_benefits(load_institution(folder, *known))


def _unknown_benefits(institution: Institution) -> list[Fault]:
    """Find benefits that no system of ours has a name for: nobody would ever go first by them."""
    strange = sorted(institution.waiting.first.benefits.keys() - KINDS)
    remedy = f"Name one of: {', '.join(sorted(KINDS))}"
    return [
        Fault("institution.toml", "", "waiting.first.benefits", f"there is no benefit {one}", remedy)
        for one in strange
    ]


def named_keys(said: Sequence[tuple[str, str]]) -> frozenset[str]:
    """Read which keys are named in what is said, as somebody who writes finds them."""
    return frozenset(choice.key for choice in choices(said))


def spoken() -> dict[str, str]:
    """Give every prompt that our own code says, and the file that says it where that is a self-service's."""
    return {**dict.fromkeys(PROMPTS, "the server's own words"), **services.spoken()}


def load_whole(folder: Path) -> Institution:
    """Read an institution that a server can begin with: every prompt spoken, every message written. Raises FlowError.

    Whoever stops a server, or starts one, asks this first: none is stopped for one that could not begin.
    """
    institution = load(folder)
    if missing := wanting(folder, institution):
        raise FlowError(missing)
    return institution


def wanting(folder: Path, institution: Institution) -> list[Fault]:
    """Give what sound flows still want: prompts that would fall silent or are out of date, messages to citizens."""
    return [*unspoken(folder), *unwritten(folder, institution), *_untimed(folder)]


def _untimed(folder: Path) -> Iterator[Fault]:
    """Find terms of recordings that the night's run could not read."""
    try:
        read_terms(folder)
    except RuntimeTrouble as wrong:
        yield Fault(TERMS, "", "", str(wrong), "Write it as docs/vault.md says")


def unspoken(folder: Path) -> list[Fault]:
    """Give every prompt of the languages served that nobody has spoken, or not as it is written now."""
    return [fault for language in catalogue.served(folder) for fault in _unspoken(folder, language)]


def _unspoken(folder: Path, language: str) -> list[Fault]:
    audio = catalogue.audio_folder(folder, language)
    recorded, speaker = manifest.read(audio), catalogue.voice(folder, language)
    remedy = f"Run: make prompts; or take a recording: ventanilla prompts adopt {language} <prompt> <file>"
    found = (
        (key, _unlike(recording_file(audio, key), recorded.get(key), catalogue.made_from(prompt, speaker)))
        for key, prompt in sorted(catalogue.prompts(folder, language).items())
    )
    return [
        Fault(f"languages/{language}", "", key, f"the prompt {key} {what} in {language}", remedy)
        for key, what in found
        if what
    ]


def _unlike(file: Path, recording: Recording | None, made_from: str) -> str:
    """Say in what a prompt's file is not the one that was made from this text by this voice; nothing if it is."""
    try:
        sound = fingerprint(file) if file.stat().st_size else ""
    except OSError:
        sound = ""
    if not sound:
        return "has no audio"
    if recording is None or recording.made_from != made_from:
        return "is spoken with other words"
    return "" if recording.sound == sound else "has a file that is not the one built or adopted for it"
