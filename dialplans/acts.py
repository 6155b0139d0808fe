"""What a citizen agrees to in words, on record: an institution's catalogue of acts, `acts.toml`.

An act that stands here takes a consent episode before it is done: the machine that changes something asks for
it by the act's name, and agents find it on their desk. An act that does not stand here takes none.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

FILE = "acts.toml"
ASKED_FOR = ":"
"""A statement that ends so is followed by what it is about: the service says it, or the agent writes it."""
ActName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class Act(BaseModel):
    """An act. `about`: what agents read, by language; `statement`: the prompt's key of what is read to the citizen.

    level: of identity, proven before the statement is read, 0 to 3; service: the self-service that asks for it,
    empty when only people do.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    about: dict[str, str]
    statement: Annotated[str, Field(min_length=1)]
    level: Annotated[int, Field(ge=0, le=3)] = 1
    service: str = ""


class ActsFile(BaseModel):
    """`acts.toml`, whole. `notice`: what is said before a call is recorded for an act alone, a prompt's key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    notice: str = ""
    acts: dict[ActName, Act] = {}
