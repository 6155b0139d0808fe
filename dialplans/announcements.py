"""What is announced on certain days: `announcements.toml`, read again with the flows.

    [[announcement]]
    say = "announcement.strike"        # a prompt, with its text and audio in every language
    from = 2026-11-23T08:00:00         # the institution's local time
    until = 2026-11-27T20:00:00
    flows = ["general"]                # whose callers hear it; none: everybody's

A flow says them at its step of kind `announcement`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from dialplans.flows import Prompt

MOST_SAID = 3  # one after another; nobody listens to more before a menu


class Announcement(BaseModel):
    """One announcement as the file has it; times are local and bear no zone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    say: Prompt
    begins: datetime = Field(alias="from")
    until: datetime
    flows: tuple[str, ...] = ()

    @field_validator("begins", "until")
    @classmethod
    def _is_local(cls, moment: datetime) -> datetime:
        if moment.tzinfo is not None:
            raise ValueError("write it in local time, without a zone")
        return moment

    @model_validator(mode="after")
    def _begins_first(self) -> "Announcement":
        if self.begins >= self.until:
            raise ValueError("it is over before it begins")
        return self


class AnnouncementsFile(BaseModel):
    """The file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    announcement: tuple[Announcement, ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """An announcement with its time in unix seconds, until just before `until`."""

    say: str
    begins: float
    until: float
    flows: frozenset[str]


def notices(file: AnnouncementsFile, zone: ZoneInfo) -> tuple[Notice, ...]:
    """Give the announcements in the order of the file."""
    return tuple(
        Notice(
            one.say,
            one.begins.replace(tzinfo=zone).timestamp(),
            one.until.replace(tzinfo=zone).timestamp(),
            frozenset(one.flows),
        )
        for one in file.announcement
    )


def today(known: Iterable[Notice], flow: str, at: float) -> tuple[str, ...]:
    """Give the prompts to be said to callers of this flow at this moment, `MOST_SAID` at most."""
    due = (one.say for one in known if one.begins <= at < one.until and (flow in one.flows or not one.flows))
    return tuple(due)[:MOST_SAID]
