"""An institution as its folder tells it: `institution.toml`, `flows/*.toml` and `languages/`.

Here the files are read and their shapes checked; `check.load_institution` also checks what they say
together. An institution is frozen: calls in progress keep the one they began with, a reload makes another.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError

from dialplans import acts, texts
from dialplans.acts import Act, ActsFile
from dialplans.announcements import AnnouncementsFile, Notice, notices
from dialplans.catalogue import Catalogue
from dialplans.faults import Fault, from_toml, from_validation
from dialplans.flows import Flow, Step
from dialplans.hours import OpeningHours
from dialplans.institution_file import (
    Entry,
    Figures,
    IdentityLimits,
    InstitutionFile,
    MessageLimits,
    ServiceRule,
    Subject,
    Waiting,
)
from dialplans.routing_file import Routing
from dialplans.ways import place

__all__ = [
    "Act",
    "Entry",
    "Figures",
    "IdentityLimits",
    "Institution",
    "MessageLimits",
    "Routing",
    "ServiceRule",
    "Subject",
    "Waiting",
    "read_institution",
]

_Model = TypeVar("_Model", bound=BaseModel)
_LONGEST_FILE = 262_144  # bytes; a flow is a few kilobytes


@dataclass(frozen=True, slots=True, eq=False)  # itself and no other: a reload makes another one
class Institution:
    """An institution, whole. `steps` holds every step of every flow by its whole name, `flow/step`."""

    name: str
    country: str
    time_zone: ZoneInfo
    languages: tuple[str, ...]
    numbers: Mapping[str, Entry]
    area_languages: Mapping[str, str]
    calendars: Mapping[str, OpeningHours]
    hours: OpeningHours  # the first calendar, which holds where none is named
    switches: Mapping[str, bool]  # as they stand unless somebody has turned them
    announcements: tuple[Notice, ...]
    catalogue: Catalogue  # what can be asked of it: requests.toml
    acts: Mapping[str, Act]  # what takes a consent episode before it is done
    consent_notice: str  # the prompt said before a call is recorded for an act alone
    identity: IdentityLimits
    messages: MessageLimits
    waiting: Waiting
    figures: Figures
    routing: Routing
    subjects: Mapping[str, Subject]
    services: Mapping[str, ServiceRule]  # by service; `check` fills in what each takes itself
    flows: Mapping[str, Flow]
    texts: Mapping[str, Mapping[str, str]]  # language → prompt key → what it says
    steps: Mapping[str, Step]

    def calendar(self, name: str) -> OpeningHours:
        """Give a calendar by name; the first for none, and for one that a reload has taken away."""
        return self.calendars.get(name, self.hours)

    def level_of(self, service: str) -> int:
        """Give the level of identity a service asks for."""
        rule = self.services.get(service)
        return rule.level if rule else 0

    def start_of(self, number: str) -> str:
        """Give the whole name of a dialled number's first step. KeyError for a number that is not ours."""
        flow = self.numbers[number].flow
        return place(flow, self.flows[flow].start)


def read_institution(folder: Path) -> tuple[Institution | None, list[Fault]]:
    """Read a folder's files: the institution, unless one of them is misshapen, and all faults of shape."""
    faults: list[Fault] = []
    shape = _shape(folder / "institution.toml", InstitutionFile, faults)
    said_today = _shape_if_there(folder / "announcements.toml", AnnouncementsFile, faults)
    agreed = _shape_if_there(folder / acts.FILE, ActsFile, faults)
    asked = _shape_if_there(folder / "requests.toml", Catalogue, faults)
    flows = {path.stem: _shape(path, Flow, faults) for path in sorted((folder / "flows").glob("*.toml"))}
    if not flows:
        faults.append(Fault("flows", "", "", "no flow file", "put at least one .toml file into flows/"))
    said = {language: _texts(folder, language, faults) for language in (shape.languages if shape else ())}
    if shape is None or faults:
        return None, faults
    whole = {name: flow for name, flow in flows.items() if flow is not None}
    return _assemble(shape, whole, said, (said_today, agreed, asked)), []


def _shape_if_there(path: Path, model: type[_Model], faults: list[Fault]) -> _Model:
    """Read what an institution may leave out: without announcements, or acts, it needs no file."""
    found = _shape(path, model, faults) if path.exists() else None
    return found or model()


def _assemble(
    shape: InstitutionFile,
    flows: dict[str, Flow],
    said: dict[str, Mapping[str, str]],
    beside: tuple[AnnouncementsFile, ActsFile, Catalogue],
) -> Institution:
    said_today, agreed, asked = beside
    zone, calendars = ZoneInfo(shape.time_zone), shape.calendars()
    steps = {place(name, step): shaped for name, flow in flows.items() for step, shaped in flow.steps.items()}
    return Institution(
        name=shape.name,
        country=shape.country,
        time_zone=zone,
        languages=shape.languages,
        numbers=MappingProxyType(shape.numbers),
        area_languages=MappingProxyType(shape.area_languages),
        calendars=MappingProxyType(calendars),
        hours=next(iter(calendars.values())),
        switches=MappingProxyType(shape.switches),
        announcements=notices(said_today, zone),
        catalogue=asked,
        acts=MappingProxyType(agreed.acts),
        consent_notice=agreed.notice,
        identity=shape.identity,
        messages=shape.messages,
        waiting=shape.waiting,
        figures=shape.figures,
        routing=shape.routing,
        subjects=MappingProxyType(shape.subjects),
        services=MappingProxyType(shape.services),
        flows=MappingProxyType(flows),
        texts=MappingProxyType(said),
        steps=MappingProxyType(steps),
    )


def _shape(path: Path, model: type[_Model], faults: list[Fault]) -> _Model | None:
    try:
        return model.model_validate(_toml(path))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as unreadable:
        faults.append(from_toml(_name(path), unreadable))
    except OSError:
        faults.append(
            Fault(_name(path), "", "", "the file cannot be read", "Write the file, or give read permission")
        )
    except ValidationError as misshapen:
        faults.extend(from_validation(_name(path), misshapen))
    return None


def _toml(path: Path) -> dict[str, object]:
    with path.open("rb") as file:
        return tomllib.loads(file.read(_LONGEST_FILE).decode())


def _name(path: Path) -> str:
    """Name a file as its folder's owner does: `flows/main.toml`, `institution.toml`."""
    return f"{path.parent.name}/{path.name}" if path.parent.name == "flows" else path.name


def _texts(folder: Path, language: str, faults: list[Fault]) -> Mapping[str, str]:
    """Read the texts of a language from its folder, `languages/<language>/`."""
    found, wrong = texts.read(folder, language)
    faults.extend(wrong)
    return MappingProxyType(found)
