"""Where steps lead and what they say: a flow read as a graph."""

from dialplans.flows import (
    Announce,
    Branch,
    Call,
    ChooseLanguage,
    Flow,
    HangUp,
    Hours,
    KeyIn,
    Menu,
    Person,
    Record,
    Return,
    Serve,
    Speak,
    Step,
)

READ_BACK = ("service.read_back", "service.confirm")
"""What is said around digits that are read back."""


_FIELDS = ("next", "open", "closed", "holiday", "otherwise", "call", "callback", "gave_up")
"""The fields of steps that hold one target."""


def place(flow: str, target: str) -> str:
    """Give the whole name, `flow/step`, of a target written in `flow`."""
    return target if "/" in target else f"{flow}/{target}"


def answers(flow: Flow, step: Serve) -> dict[str, str]:
    """Give where each outcome leads: the step's own answers before the flow's."""
    return {**flow.outcomes, **step.outcomes}


def targets(step: Step) -> dict[str, str]:
    """Give every target a step names, by the field that names it (`keys.1`, `outcomes.done`, `next`)."""
    single = {field: getattr(step, field, None) for field in _FIELDS}
    return _table(step) | {field: target for field, target in single.items() if target is not None}


def _table(step: Step) -> dict[str, str]:
    match step:
        case Menu():
            return {f"keys.{key}": target for key, target in step.keys.items()}
        case Serve():
            return {f"outcomes.{outcome}": target for outcome, target in step.outcomes.items()}
        case Branch():
            return {f"ways.{way}": target for way, target in step.ways.items()}
        case _:
            return {}


def heads(flow: Flow) -> dict[str, str]:
    """Give every target the flow itself names, by its field."""
    own = {"start": flow.start, "person": flow.person, "farewell": flow.farewell}
    if flow.goodbye is not None:
        own["goodbye"] = flow.goodbye
    if flow.language is not None:
        own["language"] = flow.language
    if flow.emergency is not None:
        own["emergency"] = flow.emergency
    return own | {f"outcomes.{outcome}": target for outcome, target in flow.outcomes.items()}


def prompts(step: Step) -> tuple[str, ...]:
    """Give every prompt key that the step itself says."""
    match step:
        case KeyIn():
            return (*step.say, step.wrong, *(READ_BACK if step.read_back else ()))
        case Speak() | Menu() | ChooseLanguage() | Person() | HangUp():
            return step.say
        case Record():
            return (step.notice,)
        case Announce() | Hours() | Branch() | Serve() | Call() | Return():
            return ()
