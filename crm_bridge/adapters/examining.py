"""What `ventanilla crm check` says of a CRM behind a mapping: what it answers, and whether that can be read."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

from crm_bridge.abilities import Abilities, Finding
from crm_bridge.mapping import WRITTEN, CrmMap, Questions
from crm_bridge.ports import Connector, CrmDown

NEEDLESS = frozenset({"write", "at"})  # the first says all the others, the second stands in `changed_at`
# Of nobody: no number in Spain begins with 600 000, and nobody's document has this form.
NOBODYS_NUMBER, NOBODY, NO_REQUEST = "+34600000000", "ventanilla-check", "2000-0000000-0"


def abilities_of(mapping: CrmMap) -> Abilities:
    """Give what a mapping lets a CRM do."""
    asked, citizen = mapping.questions, mapping.records.citizen
    left_out = (name for name in _left_out(asked) if name != "taken" or mapping.keeps_records)
    limits = [f"the mapping does not ask for `{name}`: nothing is the answer" for name in left_out]
    if not mapping.writes:
        limits.append("the mapping has no `writes`: nothing is written into this CRM")
    limits += [
        f"no step of the mapping says {{{field}}}: this CRM does not keep it" for field in _unsaid(mapping)
    ]
    return Abilities(
        identity=asked.person is not None,
        protection=citizen.protected is not None,
        cases=asked.cases is not None,
        due=asked.due is not None,
        limits=tuple(limits),
    )


def _unsaid(mapping: CrmMap) -> Iterator[str]:
    """Name what a CRM that keeps records is never told."""
    said = frozenset[str]().union(*(step.fields() for step in mapping.writes))
    if mapping.keeps_records and "write" not in said:
        yield from sorted(WRITTEN - NEEDLESS - said)


def _left_out(asked: Questions) -> Iterator[str]:
    return (
        name for name in Questions.model_fields if getattr(asked, name) is None and name != "answers_hold"
    )


async def examined(crm: Connector, mapping: CrmMap) -> tuple[Finding, ...]:
    """Ask each question about nobody. Raises CrmDown when not even the first is answered."""
    await crm.citizen(NOBODY)
    found = [finding async for finding in _asked(crm)]
    if not mapping.keeps_records and not found:
        found.append(
            Finding("note", "it takes writes as they are: that it keeps their keys cannot be seen from here")
        )
    return tuple(found)


async def _asked(crm: Connector) -> AsyncIterator[Finding]:
    asks: dict[str, Callable[[], Awaitable[object]]] = {
        "citizens_by_telephone": lambda: crm.citizens_by_telephone(NOBODYS_NUMBER),
        "citizen_by_document": lambda: crm.citizen_by_document("00000000T"),
        "person": lambda: crm.person("00000000T"),
        "cases": lambda: crm.cases(NOBODY),
        "requests, contacts": lambda: crm.folder(NOBODY),
        "request": lambda: crm.request(NO_REQUEST),
        "due": lambda: crm.due(0.0, 1),
    }
    for name, ask in asks.items():
        try:
            await ask()
        except CrmDown as fault:
            remedy = f"compare questions.{name} of the mapping with what the CRM answers"
            yield Finding("fault", f"{name}: {fault}", remedy)
