"""What is wrong with a body, in words: which field, what, and the remedy. Never what was sent."""

from collections.abc import Mapping, Sequence
from typing import Any

_REMEDIES = {
    "extra_forbidden": "Take this field out; the form does not have it.",
    "missing": "Add this field.",
    "json_invalid": "Send one JSON object, UTF-8, with content-type application/json.",
    "model_attributes_type": "Send one JSON object with content-type application/json.",
    "string_type": "Send text in quotation marks.",
    "string_too_long": "Shorten the text.",
    "string_too_short": "Write something here.",
    "string_pattern_mismatch": "Send exactly the form that docs/events.md gives.",
    "literal_error": "Choose one of the words that the message lists.",
}
_OTHER_REMEDY = "Send what the form asks for; docs/events.md lists the forms."


def faults_of(errors: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return `field`, `message` and `remedy` for each error; the value sent may be a password."""
    return [
        {
            "field": ".".join(str(part) for part in error["loc"] if part != "body") or "body",
            "message": str(error["msg"]),
            "remedy": _REMEDIES.get(str(error["type"]), _OTHER_REMEDY),
        }
        for error in errors
    ]
