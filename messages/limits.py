"""How many messages may be left: what keeps a telephone call from being a way to flood somebody's mobile. Pure.

Anybody may have a link or a receipt sent to any mobile; so what goes to a number that was only given in a call is
limited by number and day, and everything by call. One-time codes and warnings of a change are neither counted
nor held back: they go to the contact on file, each has a limit of its own (codes by person and hour, changes by
their proof), and a stranger who uses a number's messages up must not silence the warning of a theft.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

DAY_S = 86400.0
APART = frozenset({"code", "changed.address", "changed.account", "consent.receipt"})
AT_ANY_HOUR = APART - {"consent.receipt"}
"""What does not wait for the morning: somebody is on the line for it, or must hear of a theft."""
SECRET = frozenset({"code"})
"""Messages whose text is not kept longer than it is needed."""
GOOD_S = 3 * DAY_S
"""How long anything but a code is worth sending: after three days a receipt surprises more than it helps."""
MOST_CALLS = 20_000
"""Calls remembered: more than a large centre has in an hour, and a call is seldom longer."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many messages a number gets in 24 hours that somebody gave in a call, and how many a call may leave.

    By default a call may ask for every form there is, and two people who share a mobile have a day's receipts.
    """

    per_number_day: int = 8
    per_call: int = 5


Wanted: TypeAlias = Callable[[], Limits]
"""Gives the limits as they are now."""


@dataclass(slots=True)
class Calls:
    """How many messages each call has left. In memory: a call lives in one server; numbers are counted on disk."""

    left: OrderedDict[str, int] = field(default_factory=OrderedDict)

    def of(self, call: str) -> int:
        """Give how many this call has left."""
        return self.left.get(call, 0)

    def one_more(self, call: str) -> None:
        """Count one; the call heard of longest ago is forgotten where there are too many."""
        self.left[call] = self.of(call) + 1
        self.left.move_to_end(call)
        if len(self.left) > MOST_CALLS:
            self.left.popitem(last=False)


def good_for(message: str, fields: Mapping[str, str]) -> float:
    """Give for how many seconds a message is worth sending: a code as long as it is good."""
    return int(fields["minutes"]) * 60.0 if message in SECRET else GOOD_S


def call_of(key: str) -> str | None:
    """Give the call that is the reason for a message, by its key."""
    return key.partition(":")[0] if ":" in key else None
