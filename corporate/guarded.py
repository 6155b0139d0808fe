"""The six systems behind their guards: each question with what could be true of its answer."""

import datetime as dt
from collections.abc import Callable, Mapping

from corporate import Corporate, doubt
from corporate.affiliation import Address, Affiliation, Contact, NewAddress
from corporate.answers import Receipt
from corporate.appointments import Appointments, Booking, Office, Slot
from corporate.benefits import Benefit
from corporate.cases import Case, Cases
from corporate.content import Body, Content, Form
from corporate.guard import Guard, Limits
from corporate.pensions import Certificate, Delivery, Pensions
from corporate.subsidies import HealthCard, Subsidies

USUAL = Limits()


def guarded(
    bare: Corporate,
    publish: Callable[[object], None],
    clock: Callable[[], float],
    limits: Limits = USUAL,
) -> Corporate:
    """Put a guard before every system."""
    return Corporate(
        GuardedAffiliation(bare.affiliation, Guard("affiliation", publish, clock, limits)),
        GuardedPensions(bare.pensions, Guard("pensions", publish, clock, limits)),
        GuardedSubsidies(bare.subsidies, Guard("subsidies", publish, clock, limits)),
        GuardedCases(bare.cases, Guard("cases", publish, clock, limits)),
        GuardedAppointments(bare.appointments, Guard("appointments", publish, clock, limits)),
        GuardedContent(bare.content, Guard("content", publish, clock, limits)),
    )


class GuardedAffiliation:
    """Affiliation behind its guard."""

    def __init__(self, bare: Affiliation, guard: Guard) -> None:
        self._bare = bare
        self._guard = guard

    async def address(self, person: str) -> Address | None:
        """Give the address on file."""
        return await self._guard.ask(
            "address", lambda: self._bare.address(person), doubt.perhaps(doubt.address)
        )

    async def contact(self, person: str) -> Contact | None:
        """Give how the person is reached."""
        return await self._guard.ask(
            "contact", lambda: self._bare.contact(person), doubt.perhaps(doubt.contact)
        )

    async def change_address(self, person: str, to: NewAddress, key: str) -> Receipt:
        """Take a change of address."""
        return await self._guard.write(
            "change_address", lambda: self._bare.change_address(person, to, key), doubt.receipt
        )


class GuardedPensions:
    """Pensions behind their guard."""

    def __init__(self, bare: Pensions, guard: Guard) -> None:
        self._bare = bare
        self._guard = guard

    async def benefits(self, person: str) -> tuple[Benefit, ...]:
        """Give the pensions in payment."""
        return await self._guard.ask(
            "benefits", lambda: self._bare.benefits(person), doubt.many(doubt.benefit)
        )

    async def certificate(self, person: str, kind: Certificate, delivery: Delivery, key: str) -> Receipt:
        """Order a certificate."""
        return await self._guard.write(
            "certificate", lambda: self._bare.certificate(person, kind, delivery, key), doubt.receipt
        )

    async def account_last4(self, person: str) -> str | None:
        """Give the last four digits of the account."""
        return await self._guard.ask(
            "account_last4", lambda: self._bare.account_last4(person), doubt.perhaps(doubt.last4)
        )

    async def change_account(self, person: str, iban: str, key: str) -> Receipt:
        """Take a change of account."""
        return await self._guard.write(
            "change_account", lambda: self._bare.change_account(person, iban, key), doubt.receipt
        )


class GuardedSubsidies:
    """Subsidies behind their guard."""

    def __init__(self, bare: Subsidies, guard: Guard) -> None:
        self._bare = bare
        self._guard = guard

    async def benefits(self, person: str) -> tuple[Benefit, ...]:
        """Give the subsidies in payment."""
        return await self._guard.ask(
            "benefits", lambda: self._bare.benefits(person), doubt.many(doubt.benefit)
        )

    async def health_card(self, person: str) -> HealthCard:
        """Give the state of the person's card."""
        return await self._guard.ask("health_card", lambda: self._bare.health_card(person), doubt.health_card)

    async def request_health_card(self, person: str, key: str, *, renewal: bool) -> Receipt:
        """Ask for a card."""
        return await self._guard.write(
            "request_health_card",
            lambda: self._bare.request_health_card(person, key, renewal=renewal),
            doubt.receipt,
        )


class GuardedCases:
    """Case management behind its guard."""

    def __init__(self, bare: Cases, guard: Guard) -> None:
        self._bare = bare
        self._guard = guard

    async def cases(self, person: str) -> tuple[Case, ...]:
        """Give a person's cases."""
        return await self._guard.ask("cases", lambda: self._bare.cases(person), doubt.many(doubt.case))

    async def complain(self, person: str | None, caller: str | None, subject: str, key: str) -> Receipt:
        """Take a complaint."""
        return await self._guard.write(
            "complain", lambda: self._bare.complain(person, caller, subject, key), doubt.receipt
        )

    async def survey(self, call: str, answers: Mapping[str, int], key: str) -> None:
        """Take the answers to a survey."""
        await self._guard.write("survey", lambda: self._bare.survey(call, answers, key), doubt.nothing)


class GuardedAppointments:
    """Appointments behind their guard."""

    def __init__(self, bare: Appointments, guard: Guard) -> None:
        self._bare = bare
        self._guard = guard

    async def offices(self, postcode: str) -> tuple[Office, ...]:
        """Give the offices for a postal code."""
        return await self._guard.ask(
            "offices", lambda: self._bare.offices(postcode), doubt.many(doubt.office)
        )

    async def free(self, office: str, subject: str, after: dt.date, days: int) -> tuple[Slot, ...]:
        """Give the free times of the next days that have any."""
        return await self._guard.ask(
            "free", lambda: self._bare.free(office, subject, after, days), doubt.slots_of(office)
        )

    async def book(self, person: str, subject: str, slot: str, key: str) -> Booking:
        """Book."""
        return await self._guard.write(
            "book", lambda: self._bare.book(person, subject, slot, key), doubt.booking
        )

    async def held(self, person: str) -> tuple[Booking, ...]:
        """Give the appointments still to come."""
        return await self._guard.ask("held", lambda: self._bare.held(person), doubt.many(doubt.booking))

    async def move(self, person: str, reference: str, slot: str, key: str) -> Booking:
        """Move an appointment."""
        return await self._guard.write(
            "move", lambda: self._bare.move(person, reference, slot, key), doubt.booking
        )

    async def cancel(self, person: str, reference: str, key: str) -> None:
        """Cancel an appointment."""
        await self._guard.write("cancel", lambda: self._bare.cancel(person, reference, key), doubt.nothing)


class GuardedContent:
    """General information behind its guard."""

    def __init__(self, bare: Content, guard: Guard) -> None:
        self._bare = bare
        self._guard = guard

    async def competent(self, subject: str) -> Body | None:
        """Say who is competent for a matter."""
        return await self._guard.ask(
            "competent", lambda: self._bare.competent(subject), doubt.perhaps(doubt.body)
        )

    async def form(self, code: str) -> Form | None:
        """Give a form."""
        return await self._guard.ask("form", lambda: self._bare.form(code), doubt.perhaps(doubt.form))

    async def newest(self, subject: str) -> str | None:
        """Give the key of the newest announcement."""
        return await self._guard.ask("newest", lambda: self._bare.newest(subject), doubt.perhaps(doubt.key))
