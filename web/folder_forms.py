"""What the pages may send about requests; the rules of every body are those of web/forms.py."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from web.folder_port import Act
from web.forms import AGENT, REASON, SUBJECT, Finish, Form

REFERENCE = r"^[A-Za-z0-9+_.@:~-]{1,20}$"
"""Of a request: ours (`2026-0000077-2`), or what the CRM calls one of its own (docs/connect-your-crm.md)."""
UNSEALING = r"^[0-9a-f]{32}$"
WORD = r"^[a-z][a-z0-9_]{0,19}$|^$"
WHY = StringConstraints(max_length=400, pattern=r"^[^\x00-\x09\x0b-\x1f\x7f]*$")


class HandleRequest(Form):
    """POST /desk/folder/{reference}: one action, with what it needs."""

    action: Act
    area: Annotated[str, StringConstraints(pattern=WORD)] = ""
    agent: Annotated[str, StringConstraints(pattern=rf"{AGENT}|^$")] = ""
    subject: Annotated[str, StringConstraints(pattern=rf"{SUBJECT}|^$")] = ""
    kind: Annotated[str, StringConstraints(pattern=WORD)] = ""
    level: Literal[1, 2, 3] = 2
    priority: Annotated[int, Field(ge=0, le=9)] = 3
    reason: Annotated[str, WHY] = ""

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if self.action == "escalate" and not self.reason.strip():
            raise ValueError("an escalation says why, for whoever takes the request up")
        if self.action == "classify" and not (self.subject and self.kind):
            raise ValueError("say the subject and the kind")
        return self


class FinishWork(Finish):
    """POST /desk/due/finish: as a contact is finished."""


class Unseal(Form):
    """POST /desk/unseal."""

    reason: Annotated[str, REASON]


class Decide(Form):
    """POST /unsealings/{id}."""

    granted: bool
