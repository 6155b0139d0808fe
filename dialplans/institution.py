"""An institution as its folder tells it: `institution.toml`, `flows/*.toml` and `languages/`.

Here the files are read and their shapes checked; `check.load_institution` also checks what they say
together. An institution is frozen: calls in progress keep the one they began with, a reload makes another.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from dialplans import texts
from dialplans.faults import Fault, from_toml, from_validation
from dialplans.flows import Flow, Step, place
from dialplans.hours import Opening, OpeningHours

_Model = TypeVar("_Model", bound=BaseModel)
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LONGEST_FILE = 262_144  # bytes; a flow is a few kilobytes
Span = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")]
Dialled = Annotated[str, StringConstraints(pattern=r"^\d{3,15}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Entry(_Part):
    """Where a dialled number leads: the flow it starts and the campaign its calls are counted under.

    `shown` is the number as people write it, `about` its purpose by language; the call page shows both.
    """

    flow: str
    campaign: str
    shown: str = ""
    about: dict[str, str] = {}


class IdentityLimits(_Part):
    """The protocol of level 1: how many questions, and how many refusals a person or a number may collect."""

    questions: Annotated[int, Field(ge=2, le=4)] = 2
    refusals_per_person: Annotated[int, Field(ge=1, le=10)] = 2
    refusals_per_number: Annotated[int, Field(ge=1, le=50)] = 5
    window_hours: Annotated[float, Field(gt=0, le=720)] = 24.0


class Waiting(_Part):
    """How a caller waits for a person: between announcements, and the ring at a desk, in seconds."""

    announce_every_s: Annotated[float, Field(ge=5, le=300)] = 45.0
    ring_s: Annotated[int, Field(ge=5, le=60)] = 15


class Subject(_Part):
    """What calls are about, and how urgent it is (larger is sooner). A specialist's skill has the subject's name."""

    priority: Annotated[int, Field(ge=0, le=9)] = 0


class ServiceRule(_Part):
    """What a self-service asks: the level of identity proven before it begins (0 none, 1 questions, 2 a code)."""

    level: Annotated[int, Field(ge=0, le=2)] = 0


def _opening(span: str) -> Opening:
    opens, closes = span.split("-")
    return Opening(time.fromisoformat(opens), time.fromisoformat(closes))


class _WeekHours(_Part):
    monday: tuple[Span, ...] = ()
    tuesday: tuple[Span, ...] = ()
    wednesday: tuple[Span, ...] = ()
    thursday: tuple[Span, ...] = ()
    friday: tuple[Span, ...] = ()
    saturday: tuple[Span, ...] = ()
    sunday: tuple[Span, ...] = ()
    closed_days: tuple[date, ...] = ()

    @field_validator(*WEEK)
    @classmethod
    def _opens_before_it_closes(cls, spans: tuple[str, ...]) -> tuple[str, ...]:
        for opening in map(_opening, spans):
            if opening.opens >= opening.closes:
                raise ValueError(
                    "the opening ends before it begins; write it as earlier-later within one day"
                )
        return spans


class _InstitutionFile(_Part):
    name: str
    time_zone: str
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    languages: Annotated[tuple[str, ...], Field(min_length=1)]
    numbers: Annotated[dict[Dialled, Entry], Field(min_length=1)]
    area_languages: dict[Annotated[str, StringConstraints(pattern=r"^\d{1,6}$")], str] = {}
    hours: _WeekHours
    identity: IdentityLimits = IdentityLimits()
    waiting: Waiting = Waiting()
    subjects: Annotated[dict[str, Subject], Field(min_length=1)]
    services: dict[str, ServiceRule] = {}

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as unknown:
            raise ValueError(f"no such time zone: {name}") from unknown
        return name

    @model_validator(mode="after")
    def _proposals_are_spoken(self) -> "_InstitutionFile":
        strange = set(self.area_languages.values()) - set(self.languages)
        if strange:
            raise ValueError(f"area_languages proposes {', '.join(sorted(strange))}, not one of languages")
        return self


@dataclass(frozen=True, slots=True, eq=False)  # itself and no other: a reload makes another one
class Institution:
    """An institution, whole. `steps` holds every step of every flow by its whole name, `flow/step`."""

    name: str
    country: str
    time_zone: ZoneInfo
    languages: tuple[str, ...]
    numbers: Mapping[str, Entry]
    area_languages: Mapping[str, str]
    hours: OpeningHours
    identity: IdentityLimits
    waiting: Waiting
    subjects: Mapping[str, Subject]
    services: Mapping[str, ServiceRule]  # by service; one that is not named asks for no proof
    flows: Mapping[str, Flow]
    texts: Mapping[str, Mapping[str, str]]  # language → prompt key → what it says
    steps: Mapping[str, Step]

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
    shape = _shape(folder / "institution.toml", _InstitutionFile, faults)
    flows = {path.stem: _shape(path, Flow, faults) for path in sorted((folder / "flows").glob("*.toml"))}
    if not flows:
        faults.append(Fault("flows", "", "", "no flow file", "put at least one .toml file into flows/"))
    said = {language: _texts(folder, language, faults) for language in (shape.languages if shape else ())}
    if shape is None or faults:
        return None, faults
    whole = {name: flow for name, flow in flows.items() if flow is not None}
    return _assemble(shape, whole, said), []


def _assemble(
    shape: _InstitutionFile, flows: dict[str, Flow], said: dict[str, Mapping[str, str]]
) -> Institution:
    zone = ZoneInfo(shape.time_zone)
    week = tuple(tuple(_opening(span) for span in getattr(shape.hours, day)) for day in WEEK)
    steps = {place(name, step): shaped for name, flow in flows.items() for step, shaped in flow.steps.items()}
    return Institution(
        name=shape.name,
        country=shape.country,
        time_zone=zone,
        languages=shape.languages,
        numbers=MappingProxyType(shape.numbers),
        area_languages=MappingProxyType(shape.area_languages),
        hours=OpeningHours(zone, shape.country, week, frozenset(shape.hours.closed_days)),
        identity=shape.identity,
        waiting=shape.waiting,
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
