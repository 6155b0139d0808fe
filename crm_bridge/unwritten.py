"""What the outbox still has of a person because the CRM has not taken it, or never will: for their own copy. Pure.

A write is theirs when it names them, when its call was theirs, or when it is about a request of theirs. Not the last
where the CRM refused to open that request: its number is then another's there (`reference_taken`), and whatever belongs
to the refused one is that caller's and not the person's who has the number in the CRM.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import tzinfo

from crm_bridge.export import moment
from crm_bridge.writes import Continue, Open, Write

STAFF = frozenset({"agent", "assignee"})
OURS = frozenset({"request", "call", "citizen", "contact", "at"})
"""Said elsewhere, or names of ours that tell nobody anything."""


@dataclass(frozen=True, slots=True)
class Unwritten:
    """A write that is not in the CRM: about which request, of which call, and of whom that call was proven to be.

    `write` is None when it cannot be read any more. `refused`: the CRM's word for never, None while it waits. `at`:
    unix seconds.
    """

    request: str
    call: str | None
    caller: str | None
    write: Write | None
    refused: str | None
    at: float


def theirs(person: str, requests: Collection[str], outbox: Iterable[Unwritten]) -> tuple[Unwritten, ...]:
    """Give what is this person's, the oldest first. `requests`: the references of their requests in the CRM."""
    rows = sorted(outbox, key=lambda one: one.at)
    astray = _astray(rows)
    named = {one.request for one in rows if person in _people(one)} - astray.keys()

    def is_theirs(one: Unwritten) -> bool:
        if _people(one):
            return person in _people(one)
        stray = one.call is not None and one.call in astray.get(one.request, ())
        return one.request in {*requests, *named} and not stray

    return tuple(filter(is_theirs, rows))


def _people(one: Unwritten) -> set[str]:
    """Give whose it says that it is; nobody's, mostly: a note names its call and its request."""
    return {who for who in (one.caller, getattr(one.write, "citizen", None)) if who}


def _astray(rows: Collection[Unwritten]) -> dict[str, set[str | None]]:
    """Give the requests that the CRM refused to open, each with the calls that belong to the refused one.

    Those are the calls of which something about it was refused, and those that were joined to it.
    """
    never = {one.request for one in rows if one.refused is not None and isinstance(one.write, Open)}
    return {
        request: {
            one.call for one in rows if one.request == request and (one.refused is not None or _joins(one))
        }
        for request in never
    }


def _joins(one: Unwritten) -> bool:
    return isinstance(one.write, Continue) and one.write.joins


def copied(one: Unwritten, zone: tzinfo) -> Mapping[str, object]:
    """Give it for the person's copy: its words, and of the staff only that it was an agent."""
    said = asdict(one.write) if one.write else {}
    if said.get("due_at") is not None:
        said["due_at"] = moment(float(said["due_at"]), zone)
    return {
        "at": moment(one.at, zone),
        "request": one.request,
        "what": type(one.write).__name__.lower() if one.write else "unreadable",
        "state": "waiting" if one.refused is None else "refused",
        "why": one.refused,
        "by_an_agent": any(said.get(name) for name in STAFF),
        **{
            name: value
            for name, value in said.items()
            if name not in STAFF | OURS and value not in {None, ""}
        },
    }
