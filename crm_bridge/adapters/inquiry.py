"""Questions of a mapping put to a CRM over HTTP, and what it answers read into our values."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from crm_bridge import reading
from crm_bridge.adapters.http import Asks, Once
from crm_bridge.card import Contact
from crm_bridge.citizens import Citizen
from crm_bridge.filling import Unsayable, filled
from crm_bridge.mapping import CrmMap, Question
from crm_bridge.ports import OddAnswer
from crm_bridge.requests import Request

log = logging.getLogger("ventanilla.crm_bridge")
T = TypeVar("T")


class Inquiry:
    """One CRM, asked. Every question raises CrmDown, and OddAnswer for what does not fit the mapping.

    `spares`: of several records, one that cannot be read is left out and said in the log.
    """

    def __init__(self, wire: Asks, mapping: CrmMap, *, spares: bool) -> None:
        self._wire, self._map, self._spares = wire, mapping, spares

    def once(self) -> "Inquiry":
        """Give the same for one question of ours that takes several of the CRM's: none of them is asked twice."""
        return Inquiry(Once(self._wire), self._map, spares=self._spares)

    async def people(self, question: Question | None, **values: str) -> tuple[Citizen, ...]:
        """Give citizens: a record, or a list of them, of whom none is left out.

        Among others, who cannot be read is somebody without a name: else the others would be fewer than they are, and
        one of two the only one. OddAnswer where they may be protected, or it cannot be read whose number it is.
        """
        answer = await self.record(question, **values)
        if answer is None:
            return ()
        records = answer if isinstance(answer, list) else [answer]
        return self._each(
            lambda one: reading.citizen(self._map, one), records, lambda one: reading.somebody(self._map, one)
        )

    async def requests(self, question: Question | None, **values: object) -> tuple[Request, ...]:
        """Give requests."""
        at = self._map.records.request
        if at is None:
            return ()
        return await self.listed(question, lambda one: reading.request(self._map, at, one), **values)

    async def contacts(self, question: Question | None, **values: object) -> tuple[Contact, ...]:
        """Give contacts."""
        at = self._map.records.contact
        if at is None:
            return ()
        return await self.listed(question, lambda one: reading.contact(self._map, at, one), **values)

    async def listed(
        self, question: Question | None, read: Callable[[Any], T], **values: object
    ) -> tuple[T, ...]:
        """Give what stands in a list."""
        answer = await self._answer(question, values)
        if answer is None or question is None:
            return ()
        return self._each(read, self.read(lambda: reading.listed(answer, question.at, "answer")))

    async def record(self, question: Question | None, **values: object) -> Any:  # noqa: ANN401 (JSON)
        """Give one record as it came; None for nobody, or where the mapping has no such question."""
        answer = await self._answer(question, values)
        return None if answer is None or question is None else reading.at_pointer(answer, question.at)

    def read(self, read: Callable[[], T]) -> T:
        """Read, with what is wrong as an OddAnswer."""
        try:
            return read()
        except reading.Unread as fault:
            raise _unfitting(fault) from fault

    async def _answer(self, question: Question | None, values: Mapping[str, object]) -> Any:  # noqa: ANN401 (JSON)
        if question is None:
            return None
        try:
            asked = filled(question, values)
        except Unsayable:
            return None  # nobody has an id that cannot be asked for
        return await self._wire.ask(asked, question.nobody)

    def _each(
        self, read: Callable[[Any], T], records: Sequence[Any], instead: Callable[[Any], T] | None = None
    ) -> tuple[T, ...]:
        """Read records. Where others can be read, one that cannot is left out, or is read `instead`; else OddAnswer."""
        found = dict[int, T]()
        odd = dict[int, reading.Unread]()
        for number, record in enumerate(records):
            try:
                found[number] = read(record)
            except reading.Unread as fault:
                odd[number] = fault
        spared = self._spares and found
        for number, why in odd.items():
            if not spared:
                raise _unfitting(why)
            if instead is not None:
                found[number] = self._read_instead(instead, records[number], why)
            what = "left out" if instead is None else "read as somebody without a name"
            log.warning("the CRM %s: a record is %s, for %s", self._map.name, what, why)
        return tuple(found.values())

    def _read_instead(self, read: Callable[[Any], T], record: Any, why: reading.Unread) -> T:  # noqa: ANN401 (JSON)
        try:
            return read(record)
        except reading.Unread:
            raise _unfitting(why) from None


def _unfitting(fault: reading.Unread) -> OddAnswer:
    return OddAnswer(f"the CRM's answer does not fit its mapping: {fault}")
