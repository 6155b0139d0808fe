"""What the page of recordings may send."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from web.forms import CALL, Form

LISTENING = r"^[0-9a-f]{32}$"
LEAST_REASON, MOST_REASON = 5, 200
LONGEST_SPAN_S = 366 * 86_400.0
State = Literal["", "sealed", "partial", "empty", "missing", "held", "blocked", "destroyed"]


def _said(reason: str) -> str:
    tidy = " ".join(reason.split())
    if not LEAST_REASON <= len(tidy) <= MOST_REASON or not tidy.isprintable():
        raise ValueError(f"say why in {LEAST_REASON} to {MOST_REASON} characters")
    return tidy


Reason = Annotated[str, StringConstraints(max_length=400), AfterValidator(_said)]
Moment = Annotated[float, Field(ge=0, lt=1e11)]


class Search(Form):
    """POST /recordings/search: a document or reference, an agent, an act, a state; and always some days."""

    since: Moment
    before: Moment
    person: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{0,40}$")] = ""
    agent: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{0,31}$")] = ""
    act: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{0,40}$")] = ""
    state: State = ""

    @model_validator(mode="after")
    def _some_days(self) -> "Search":
        if not 0 < self.before - self.since <= LONGEST_SPAN_S:
            raise ValueError("ask for at most a year")
        return self


class Ask(Form):
    """POST /recordings/ask."""

    call: Annotated[str, StringConstraints(pattern=CALL)]
    reason: Reason


class Agree(Form):
    """POST /recordings/agree."""

    listening: Annotated[str, StringConstraints(pattern=LISTENING)]


class Log(Form):
    """POST /recordings/log; a call's, or all."""

    call: Annotated[str, StringConstraints(pattern=rf"^$|{CALL}")] = ""
