"""The standard messages: what they are called, which fields each one has, and the longest each may become.

A message's text is in `messages/<language>.toml` of the institution's folder; fields stand in braces. The code of a
one-time message comes first, and the procedure it is for is named: who reads only the preview on a locked screen has
the code, and who is asked to read it out to a stranger sees what it would permit.
"""

from collections.abc import Mapping
from types import MappingProxyType

LONGEST = 320
"""Characters of a filled message: five SMS parts at the worst (UCS-2), two for plain Latin text."""

MESSAGES: Mapping[str, tuple[str, ...]] = {
    # Every accepted request. procedure: its short name in the recipient's language.
    "receipt": ("procedure", "reference"),
    "appointment.booked": ("office", "street", "town", "date", "time", "reference"),
    "appointment.moved": ("office", "street", "town", "date", "time", "reference"),
    "appointment.cancelled": ("date", "time", "reference"),
    "form.link": ("title", "link"),
    "body.telephone": ("body", "telephone"),
    "certificate.sent": ("reference",),
    # To the OLD contact, so that the true owner hears of a theft. last4: of the new account.
    # It is left before the change is asked for, so it has no reference.
    "changed.address": ("date",),
    "changed.account": ("last4", "date"),
    # What was agreed to by telephone: the evidence, and where the log stood (recordings/evidence).
    "consent.receipt": ("date", "evidence", "root"),
    "code": ("code", "procedure", "minutes"),
}

MOST: Mapping[str, int] = MappingProxyType(
    {"office": 48, "street": 48, "town": 30, "title": 90, "body": 60, "procedure": 40, "telephone": 20}
    | {"reference": 20, "date": 16, "time": 8, "link": 90, "last4": 4, "code": 10, "minutes": 3}
    | {"evidence": 36, "root": 16}
)
"""Characters of each field. What people read is shortened to it; what must be exact may not be longer."""

SHORTENED = frozenset({"office", "street", "town", "title"})

PROCEDURES = (
    "address", "bank_account", "certificate", "health_card", "appointment", "complaint", "callback", "identity",
)  # fmt: skip
"""The procedures a receipt or a code may name; a field `procedure` takes one of these and is said in words."""
