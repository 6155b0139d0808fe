"""What a flow file may say: the shapes of its steps.

A flow is one TOML file under `<institution>/flows/`. It names its steps; every step is one of the kinds
below. A target is the name of a step in the same file, or `flow/step` in another one. Keys 0, * and # are
the machine's own in every menu (a person, again, back) and cannot be given away.
"""

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Prompt: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)*$", max_length=80)]
StepName: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$", max_length=40)]
Target: TypeAlias = Annotated[str, StringConstraints(pattern=r"^([a-z0-9_]+/)?[a-z0-9_]+$", max_length=80)]
ChoiceKey: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[1-9]$")]
Speech: TypeAlias = Annotated[tuple[Prompt, ...], Field(min_length=1, max_length=12)]


class _Shape(BaseModel):
    """What all parts of a flow file have in common: frozen, and nothing that nobody reads."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class _Step(_Shape):
    """`subject`, where given, is what the caller wants from here on; a wish for a person carries it."""

    subject: str | None = None


class Speak(_Step):
    """Say something and go on. The words are joined to the next step's, so that any key cuts them short."""

    kind: Literal["say"]
    say: Speech
    next: Target


class Menu(_Step):
    """Say the choices, take one key. `timeout_s` is the silence after which the choices are said again."""

    kind: Literal["menu"]
    say: Speech
    keys: Annotated[dict[ChoiceKey, Target], Field(min_length=1)]
    timeout_s: Annotated[float, Field(ge=2, le=20)] = 6.0


class ChooseLanguage(_Step):
    """Offer every language in its own words, the proposed one first. Silence takes the proposal."""

    kind: Literal["language"]
    say: Speech
    keys: Annotated[dict[ChoiceKey, str], Field(min_length=1)]
    next: Target
    timeout_s: Annotated[float, Field(ge=2, le=20)] = 4.0


class Record(_Step):
    """Say the notice to its end, whatever is pressed, and record from there."""

    kind: Literal["record"]
    notice: Prompt
    next: Target


class Hours(_Step):
    """Go one way while people answer and another while they do not."""

    kind: Literal["hours"]
    open: Target
    closed: Target


class Serve(_Step):
    """Run a self-service and go where its outcome says: here, or else in the flow's own table of outcomes."""

    kind: Literal["service"]
    service: str
    outcomes: dict[str, Target] = {}


class Person(_Step):
    """Wait for a person. `closed` is where a caller goes when nobody works now, `next` after the talk.

    `say` promises the person, so it is only said when somebody works.
    """

    kind: Literal["person"]
    say: Annotated[tuple[Prompt, ...], Field(max_length=12)] = ()
    closed: Target
    next: Target
    level: Annotated[int, Field(ge=1, le=2)] = 1


class HangUp(_Step):
    """The end, said kindly."""

    kind: Literal["hangup"]
    say: Speech


Step: TypeAlias = Speak | Menu | ChooseLanguage | Record | Hours | Serve | Person | HangUp


class Flow(_Shape):
    """One flow file: where it starts, where a person is found, and its steps by name.

    `farewell` ends a call that can neither choose nor be put through: keys failed, and nobody works.
    `outcomes` answers what a service of this flow may end with and its own step does not name.
    """

    title: str
    start: Target
    person: Target
    farewell: Target
    outcomes: dict[str, Target] = {}
    steps: Annotated[dict[StepName, Annotated[Step, Field(discriminator="kind")]], Field(min_length=1)]


def place(flow: str, target: str) -> str:
    """Give the whole name, `flow/step`, of a target written in `flow`."""
    return target if "/" in target else f"{flow}/{target}"


def answers(flow: Flow, step: Serve) -> dict[str, Target]:
    """Give where each outcome leads: the step's own answers before the flow's."""
    return {**flow.outcomes, **step.outcomes}


def targets(step: Step) -> dict[str, str]:
    """Give every target a step names, by the field that names it (`keys.1`, `outcomes.done`, `next`)."""
    match step:
        case Menu():
            return {f"keys.{key}": target for key, target in step.keys.items()}
        case Serve():
            return {f"outcomes.{outcome}": target for outcome, target in step.outcomes.items()}
        case Hours():
            return {"open": step.open, "closed": step.closed}
        case Person():
            return {"closed": step.closed, "next": step.next}
        case Speak() | ChooseLanguage() | Record():
            return {"next": step.next}
        case HangUp():
            return {}


def prompts(step: Step) -> tuple[str, ...]:
    """Give every prompt key that the step itself says."""
    match step:
        case Speak() | Menu() | ChooseLanguage() | Person() | HangUp():
            return step.say
        case Record():
            return (step.notice,)
        case Hours() | Serve():
            return ()
