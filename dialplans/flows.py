"""What a flow file may say: the shapes of its steps.

A flow is one TOML file under `<institution>/flows/`. It names its steps; every step is one of the kinds
below. A target is the name of a step in the same file, or `flow/step` in another one. Keys 0, * and # are
the machine's own in every menu (a person, again, back) and cannot be given away; neither can 9 in a flow
that names a language step.
"""

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from dialplans.keyed import LONGEST, Rule

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


class Announce(_Step):
    """Say what `announcements.toml` has for the callers of this flow today, and go on; on most days nothing."""

    kind: Literal["announcement"]
    next: Target


class Menu(_Step):
    """Say the choices, take one key. `timeout_s` is the silence after which the choices are said again."""

    kind: Literal["menu"]
    say: Speech
    keys: Annotated[dict[ChoiceKey, Target], Field(min_length=1)]
    timeout_s: Annotated[float, Field(ge=2, le=20)] = 6.0


class KeyIn(_Step):
    """Ask for digits, keep them as `answer`. `wrong` is said when `rule` does not hold, and it is asked again.

    With `read_back` the digits are read out and the caller says whether they are right. The third failure
    leads to `gave_up`, or to the flow's person.
    """

    kind: Literal["ask"]
    say: Speech
    answer: StepName
    least: Annotated[int, Field(ge=1, le=LONGEST)]
    most: Annotated[int, Field(ge=1, le=LONGEST)]
    rule: Rule = "any"
    wrong: Prompt = "service.wrong_digits"
    read_back: bool = False
    next: Target
    gave_up: Target | None = None
    timeout_s: Annotated[float, Field(ge=2, le=20)] = 10.0

    @model_validator(mode="after")
    def _least_before_most(self) -> "KeyIn":
        if self.least > self.most:
            raise ValueError("least is more than most")
        return self


class ChooseLanguage(_Step):
    """Offer every language in its own words, the proposed one first. Silence takes the proposal.

    Who came here from a menu, to change the language, goes back to that menu in place of `next`.
    """

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
    """Go one way while a calendar is open (the institution's first, if none is named), and another while not.

    holiday: where to on a day off, whose weekday has hours; `closed` if none is named.
    """

    kind: Literal["hours"]
    calendar: str = ""
    open: Target
    closed: Target
    holiday: Target | None = None


class Branch(_Step):
    """Go where a property of the call leads; `otherwise` where no way is named for it.

    on            the ways' names
    language      a language code, as spoken now
    level         1, 2 or 3: at least this is proven; the highest that holds is taken
    campaign      a campaign, as the dialled number is counted
    caller        known: the caller's number is on file
    switch        on: the switch `name` is on
    """

    kind: Literal["branch"]
    on: Literal["language", "level", "campaign", "caller", "switch"]
    name: str = ""
    ways: Annotated[dict[str, Target], Field(min_length=1)]
    otherwise: Target


class Serve(_Step):
    """Run a self-service and go where its outcome says: here, or else in the flow's own table of outcomes."""

    kind: Literal["service"]
    service: str
    outcomes: dict[str, Target] = {}


class Call(_Step):
    """Go through a sub-flow, from the step `call` to its step of kind `return`, and on to `next`."""

    kind: Literal["call"]
    call: Target
    next: Target


class Return(_Step):
    """The end of a sub-flow: on with the step after the one that called it."""

    kind: Literal["return"]


class Person(_Step):
    """Wait for a person. `closed` is where a caller goes when nobody works now, `next` after the talk.

    `say` promises the person, so it is only said when somebody works. `calendar` says when that is; without
    it, the subject's calendar does. `callback` is where callers go who still wait at closing time, if the
    calendar says they are to be called back.
    """

    kind: Literal["person"]
    say: Annotated[tuple[Prompt, ...], Field(max_length=12)] = ()
    closed: Target
    next: Target
    callback: Target | None = None
    calendar: str = ""
    level: Annotated[int, Field(ge=1, le=2)] = 1


class HangUp(_Step):
    """The end, said kindly."""

    kind: Literal["hangup"]
    say: Speech


Step: TypeAlias = (
    Speak
    | Announce
    | Menu
    | KeyIn
    | ChooseLanguage
    | Record
    | Hours
    | Branch
    | Serve
    | Call
    | Return
    | Person
    | HangUp
)


class Flow(_Shape):
    """One flow file: where it starts, where a person is found, and its steps by name.

    `farewell` ends a call that can neither choose nor be put through: keys failed, and nobody works.
    `goodbye` ends the call of who will be called at their turn or left a message; without it, `farewell` does.
    `language` is the step to which key 9 leads in every menu, and which leads back to it. `emergency` is
    where callers go while the switch of that name is on. `outcomes` answers what a service of this flow may
    end with and its own step does not name.
    """

    title: str
    start: Target
    person: Target
    farewell: Target
    goodbye: Target | None = None
    language: Target | None = None
    emergency: Target | None = None
    outcomes: dict[str, Target] = {}
    steps: Annotated[dict[StepName, Annotated[Step, Field(discriminator="kind")]], Field(min_length=1)]
