"""What is wrong with an institution's files, said so that the person who wrote them can mend them."""

from collections.abc import Sequence
from dataclasses import dataclass
from tomllib import TOMLDecodeError

from pydantic import ValidationError
from pydantic_core import ErrorDetails


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """The file, the step and field in it ('' where there is none), what is wrong, and what mends it."""

    file: str
    step: str
    field: str
    what: str
    remedy: str

    def __str__(self) -> str:
        where = ", ".join(
            part
            for part in (self.file, self.step and f"step {self.step}", self.field and f"field {self.field}")
            if part
        )
        return f"{where}: {self.what}. {self.remedy}."


class FlowError(Exception):
    """An institution that cannot be served. `faults` holds everything that is wrong, not only the first."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(sorted(faults))
        super().__init__("\n".join(str(fault) for fault in self.faults))


_Place = tuple[int | str, ...]

_REMEDIES = {
    "missing": "Add it",
    "extra_forbidden": "Remove it, or correct its spelling",
    "union_tag_invalid": (
        "Use one of: say, announcement, menu, ask, language, record, hours, branch, service, call, return, "
        "person, hangup"
    ),
    "union_tag_not_found": 'Say what kind of step it is: kind = "menu", "say" and so on',
    "string_pattern_mismatch": "Write it in the form the message shows",
}


def from_validation(file: str, error: ValidationError) -> list[Fault]:
    """Turn pydantic's list of errors into ours; what is wrong only because of something inside it is not told."""
    details = error.errors(include_url=False)
    places = [detail["loc"] for detail in details]
    return [_fault(file, one) for one in details if not any(_within(place, one["loc"]) for place in places)]


def _within(place: _Place, whole: _Place) -> bool:
    """Say whether a place lies inside another; what may be a word or a table is meant as the table it is."""
    if whole[-1:] == ("str",):
        return len(place) > len(whole) and place[: len(whole) - 1] == whole[:-1]
    return len(place) > len(whole) and place[: len(whole)] == whole


def _fault(file: str, detail: ErrorDetails) -> Fault:
    where = [str(part) for part in detail["loc"] if part != "[key]"]
    step = ""
    if len(where) > 1 and where[0] == "steps":
        step, where = where[1], where[3:]  # where[2] is the kind, which the person did not write as a field
    what = detail["msg"].removeprefix("Value error, ")
    remedy = _REMEDIES.get(detail["type"], "Correct the value")
    if detail["type"] == "literal_error":
        what = f"{detail['input']!r} is nothing that can stand here"
        remedy = f"Write {detail.get('ctx', {}).get('expected', 'another')}"
    return Fault(file, step, ".".join(where), what, remedy)


def from_toml(file: str, error: TOMLDecodeError | UnicodeDecodeError) -> Fault:
    """Turn a file that is not TOML into a fault that names the line."""
    return Fault(file, "", "", f"not readable as TOML: {error}", "Correct the line it names")
