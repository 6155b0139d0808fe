"""The shape of a day file and of a plan file: who calls, and who answers. Pure; reading is elsewhere."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from queues.agents import Agent
from queues.simulation.people import Shift
from queues.wishes import GENERAL, SECOND_LEVEL

QUARTER_S: Final = 900
Span = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$")]
Moment = Annotated[str, StringConstraints(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Proficiency = Annotated[int, Field(ge=1, le=5)]
Share = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]

MOST_CALLERS: Final = 1_000_000
"""A day of more is a slip of the keyboard."""
MOST_AGENTS: Final = 20_000


class DayFault(ValueError):  # noqa: N818 - as the house says it: a fault of the file, in a sentence
    """A day or a plan that cannot be simulated: which file, which field, what would mend it."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Group(_Part):
    """Agents who are alike: `count` of them, at their desks during `shift`.

    A break of `break_minutes` is given to one after the other in `break_between`. `speed` below 1 is slower
    than the handling times say: newcomers.
    """

    name: Name
    count: Annotated[int, Field(ge=0, le=MOST_AGENTS)]
    shift: Span
    level: Annotated[int, Field(ge=1, le=2)] = 1
    languages: Annotated[dict[Name, Proficiency], Field(min_length=1)]
    skills: dict[Name, Proficiency] = {}
    team: str = ""
    site: str = ""
    speed: Annotated[float, Field(gt=0, le=5)] = 1.0
    break_minutes: Annotated[float, Field(ge=0, le=240)] = 0.0
    break_between: Span | None = None

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        begins, ends = span_s(self.shift)
        if begins >= ends:
            raise ValueError(f"shift {self.shift} ends before it begins; write it as earlier-later")
        if self.break_minutes and self.break_between is None:
            raise ValueError('break_minutes needs break_between, such as "10:30-12:30"')
        if self.break_between is not None:
            first, last = span_s(self.break_between)
            if not begins <= first <= last - self.break_minutes * 60 <= last <= ends:
                raise ValueError(
                    f"break_between {self.break_between} must lie in the shift and hold the break"
                )
        return self

    def shifts(self) -> Iterator[Shift]:
        """Give each agent's time at the desk; one with a break has two."""
        begins, ends = span_s(self.shift)
        pause = self.break_minutes * 60
        first, last = span_s(self.break_between) if self.break_between else (0, 0)
        for n in range(self.count):
            name = f"{self.name}-{n + 1}"
            agent = Agent(name, "", self.level, self.languages, self.skills, self.team, self.site)
            if not pause:
                yield Shift(agent, begins, ends, self.speed)
                continue
            leaves = first + (last - pause - first) * (n + 0.5) / self.count
            yield Shift(agent, begins, leaves, self.speed)
            yield Shift(agent, leaves + pause, ends, self.speed)


class Plan(_Part):
    """A staffing plan: its name and its groups of agents."""

    name: str
    agents: Annotated[tuple[Group, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [group.name for group in self.agents]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two groups are called {name}; give each a name of its own")
        if not sum(group.count for group in self.agents):
            raise ValueError("nobody works in this plan; set a count above 0")
        return self

    def shifts(self) -> tuple[Shift, ...]:
        """Give everybody's time at the desk."""
        return tuple(shift for group in self.agents for shift in group.shifts())

    @property
    def heads(self) -> int:
        """How many people it takes."""
        return sum(group.count for group in self.agents)


class Subject(_Part):
    """Calls about one thing. Times are means in seconds.

    `share` is a weight among the subjects, in any unit. `second_level` is the share who ask for a specialist.
    Talk is lognormal: `handling_s` its mean, `spread` its standard deviation in means. `quarters` and
    `languages` stand in for the day's where this subject differs.
    """

    share: Weight
    second_level: Share = 0.0
    handling_s: Seconds
    spread: Annotated[float, Field(gt=0, le=5)] = 0.7
    wrap_s: Annotated[float, Field(ge=0, le=3600)] = 0.0
    patience_s: Seconds
    priority: Annotated[int, Field(ge=0, le=8)] = 0
    quarters: tuple[Weight, ...] | None = None
    languages: dict[Name, Weight] | None = None


class Urgent(_Part):
    """Callers who go first whatever they call about, such as the elderly and disabled."""

    share: Share = 0.0
    priority: Annotated[int, Field(ge=1, le=9)] = 1


class Day(_Part):
    """A day: who calls when, about what, in which language, and who is there to answer.

    `quarters` is a weight for each quarter of an hour from `opens` to `closes`. `answer_s` passes between the
    ring and the agent's answer; `lines` is how many callers the centre can hold, more are busied out.
    """

    name: str
    opens: Moment
    closes: Moment
    callers: Annotated[float, Field(gt=0, le=MOST_CALLERS)]
    quarters: tuple[Weight, ...]
    languages: Annotated[dict[Name, Weight], Field(min_length=1)]
    subjects: Annotated[dict[Name, Subject], Field(min_length=1)]
    urgent: Urgent = Urgent()
    answer_s: Annotated[float, Field(ge=0, le=60)] = 0.0
    lines: Annotated[int, Field(ge=1, le=100_000)] = 1000
    rush: Span | None = None
    plan: str = "as it is"
    agents: tuple[Group, ...] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        count = self.count
        if count < 1:
            raise ValueError(
                f"closes {self.closes} must be at least a quarter of an hour after opens {self.opens}"
            )
        owners = {"quarters": self.quarters, "languages": tuple(self.languages.values())}
        owners["subjects (share)"] = tuple(subject.share for subject in self.subjects.values())
        for name, subject in self.subjects.items():
            owners[f"subjects.{name}.quarters"] = subject.quarters or self.quarters
            owners[f"subjects.{name}.languages"] = tuple((subject.languages or self.languages).values())
        for where, weights in owners.items():
            if where.endswith("quarters") and len(weights) != count:
                raise ValueError(
                    f"{where} has {len(weights)} numbers; {self.opens} to {self.closes} needs {count}"
                )
            if not sum(weights):
                raise ValueError(f"{where}: at least one must be above 0")
        return self

    @property
    def count(self) -> int:
        """How many quarters of an hour the day has."""
        return (moment_s(self.closes) - moment_s(self.opens)) // QUARTER_S

    def own_plan(self) -> Plan | None:
        """Give the plan that stands in the day's own file, if there is one."""
        return Plan(name=self.plan, agents=self.agents) if self.agents else None


def moment_s(text: str) -> int:
    """Turn "09:15" into seconds of the day."""
    hours, minutes = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60


def span_s(text: str) -> tuple[int, int]:
    """Turn "09:00-15:00" into seconds of the day."""
    begins, ends = text.split("-")
    return moment_s(begins), moment_s(ends)


def day_of(content: Mapping[str, object], where: str) -> Day:
    """Make a day of a file's content. Raises DayFault with every fault, by file and field."""
    try:
        return Day.model_validate(content)
    except ValidationError as wrong:
        raise DayFault(_told(wrong, where)) from wrong


def plan_of(content: Mapping[str, object], where: str) -> Plan:
    """Make a plan of a file's content. Raises DayFault with every fault, by file and field."""
    try:
        return Plan.model_validate(content)
    except ValidationError as wrong:
        raise DayFault(_told(wrong, where)) from wrong


def unanswerable(day: Day, plan: Plan, least_skill: int) -> Iterator[str]:
    """Name what nobody in a plan could ever answer, before a day is spent on it."""
    tongues = {tongue for group in plan.agents if group.count for tongue in group.languages}
    for tongue in sorted(set(day.languages) - tongues):
        yield f"{plan.name}: nobody speaks {tongue}; those callers wait until they may be served in another language"
    for name, subject in day.subjects.items():
        trained = any(
            group.count and group.level == SECOND_LEVEL and group.skills.get(name, 0) >= least_skill
            for group in plan.agents
        )
        if subject.second_level and name != GENERAL and not trained:
            yield (
                f"{plan.name}: no specialist has the skill {name} at {least_skill} or more, but "
                f"{subject.second_level:.0%} of its callers ask for one: they will all give up"
            )


def _told(wrong: ValidationError, where: str) -> str:
    return "\n".join(
        f"{where}: {_field(fault['loc'])}{_remedy(fault['type'], fault['msg'])}" for fault in wrong.errors()
    )


def _field(place: Sequence[int | str]) -> str:
    name = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")
    return f"{name}: " if name else ""


def _remedy(kind: str, message: str) -> str:
    match kind:
        case "extra_forbidden":
            return "there is no such field; docs/simulation.md lists them"
        case "missing":
            return "is missing; docs/simulation.md says what it is"
        case "string_pattern_mismatch":
            return (
                f"{message}. Times are written 09:00, spans 09:00-15:00, names in small letters, digits and _"
            )
        case _:
            return message.removeprefix("Value error, ")
