"""Every self-service by telephone on a real Asterisk: several citizens at once, heard, and read in Asterisk's log.

The state of a case and the appointments have files of their own beside this one. What is pressed goes out as
soon as a prompt is recognised, as people do who know their way; what was written is looked up afterwards.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest

from crm_bridge.demonstration import AMINA, CARMEN, JOSE, MARIA, VICENT, Inhabitant
from ivr.identity import KEYPAD
from messages.seal import Seal
from server.probe.catalogue import Catalogue, build
from tests.calls.centre import Centre
from tests.calls.keys import numbered, typed
from tests.calls.test_survival import telephone
from tests.telephones import CallingCitizen, citizens

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(400)]

PATIENCE_S = 100.0  # for one prompt: several telephones listen at once on the machine that also speaks
QUESTION_S = 2.0  # all of them are told apart by then
OWN_CALLS = frozenset({"case_state", "appointment"})
GOOD_IBAN = "9121000418450200051332"
CODE = re.compile(r"\b[0-9]{6,8}\b")


@dataclass
class Citizen:
    """One citizen on the line, in the order in which things are heard."""

    person: CallingCitizen
    centre: Centre
    since: float = 0.0
    heard: list[str] = field(default_factory=list)
    pressed_at: float = 0.0

    async def hears(self, *prompts: str) -> None:
        """Hear these, in this order."""
        for prompt in prompts:
            await self._next(prompt)

    async def _next(self, prompt: str) -> str:
        try:
            heard = await self.person.hears(prompt, within=PATIENCE_S, since=self.since)
        except TimeoutError:
            told = ", ".join(f"{one.start_s:.0f} s {one.key}" for one in self.person.heard)
            raise AssertionError(f"{prompt} was not heard after {self.since:.0f} s; but: {told}") from None
        self.since = heard.start_s + 0.05
        self.heard.append(prompt)
        return heard.key

    async def presses(self, keys: str, after: str) -> None:
        """Press keys as soon as a prompt is heard."""
        await self.hears(after)
        await self._press(keys)

    async def _press(self, keys: str) -> None:
        await self.person.call.line.press(keys)
        self.pressed_at = self.person.call.now

    async def way(self, *keys_and_menus: tuple[str, str]) -> None:
        """Press through menus, from the language on.

        Five telephones start at once, and an ear may miss the first words: Spanish comes by itself then.
        """
        if await self._offered(before=keys_and_menus[0][1]):
            await self.presses("1", "language.offer")
        for keys, menu in keys_and_menus:
            await self.presses(keys, menu)

    async def _offered(self, before: str) -> bool:
        """Say whether the languages were heard, or already what comes after them."""
        offer, later = (
            asyncio.create_task(self.person.hears(prompt, within=PATIENCE_S), name=f"hears {prompt}")
            for prompt in ("language.offer", before)
        )
        await asyncio.wait((offer, later), return_when=asyncio.FIRST_COMPLETED)
        offer.cancel()
        later.cancel()
        await asyncio.gather(offer, later, return_exceptions=True)
        return not offer.cancelled() and offer.exception() is None

    async def proves(self, who: Inhabitant) -> None:
        """Key document and letter, confirm, and answer whichever questions are asked."""
        document = who.citizen.document
        await self.presses(numbered(document), "id.ask_document")
        await self.presses(KEYPAD[document[-1]], "id.ask_letter")
        await self.presses("1", "id.confirm")
        for _ in range(3):
            question = (await self._question()).removeprefix("id.question.")
            await self._press(typed(question, who.answers[question]))
        await self.hears("id.proven")

    async def _question(self) -> str:
        """Hear a question out: several begin alike, and the ears may think better of it."""
        before = self.since
        await self._next("id.question.*")
        await asyncio.sleep(QUESTION_S)
        self.since = before
        return await self._next("id.question.*")

    async def keys_the_code(self, person: str) -> None:
        """Read the newest message on the mobile and key its code."""
        await self.hears("code.sent.*")
        row, *_ = await self.centre.until(
            "SELECT * FROM messages_outbox WHERE message = 'code' AND person = :person ORDER BY id DESC",
            person=person,
        )
        seal = Seal(self.centre.installation.secrets.register.encode())
        code = CODE.search(seal.open(row["sealed"], row["key"], row["number"], row["email"]))
        assert code is not None
        await self._press(code[0])


PAYMENTS, MORE, INFORMATION = ("3", "menu.main"), ("5", "menu.main"), ("1", "menu.main")


async def forms(one: Citizen) -> None:
    await one.way(MORE, ("2", "menu.more"), ("5", "forms.menu"))
    await one.presses("1", "number.this_or_other")
    await one.hears("forms.sent", "menu.after_service")


async def competent(one: Citizen) -> None:
    await one.way(MORE, ("3", "menu.more"), ("1", "competent.menu"))
    await one.hears("competent.tgss", "competent.telephone")
    await one.presses("1", "competent.offer")
    await one.presses("1", "number.this_or_other")
    await one.hears("competent.sent", "menu.after_service")


async def announcements(one: Citizen) -> None:
    await one.way(INFORMATION, ("5", "menu.info"), ("3", "announcements.menu"))
    await one.hears("announcements.newest", "announcements.imv", "menu.after_service")


async def callback(one: Citizen) -> None:
    await one.way(MORE, ("4", "menu.more"))
    await one.hears("callback.intro")
    await one.presses("1", "number.this_or_other")
    await one.presses("2", "callback.when")
    await one.hears("callback.accepted", "service.reference", "menu.after_service")


async def complaint(one: Citizen) -> None:
    await one.way(MORE, ("5", "menu.more"), ("2", "complaint.menu"), ("2", "complaint.callback"))
    await one.hears("complaint.accepted", "service.reference", "menu.after_service")


async def survey(one: Citizen) -> None:
    await one.way(("0", "menu.main"))
    for mark, question in (("5", "treatment"), ("4", "solved"), ("3", "wait")):
        await one.presses(mark, f"survey.{question}")
    await one.hears("survey.thanks", "menu.after_service")


async def benefit(one: Citizen) -> None:
    await one.way(PAYMENTS, ("1", "menu.payments"))
    await one.proves(JOSE)
    await one.hears(
        "benefit.kind.retirement", "benefit.monthly", "benefit.next_payment", "menu.after_service"
    )


async def certificate(one: Citizen) -> None:
    await one.way(PAYMENTS, ("2", "menu.payments"))
    await one.proves(AMINA)
    await one.presses("1", "certificate.menu")
    await one.presses("3", "certificate.to_office")
    await one.hears("certificate.sent_office", "service.reference", "menu.after_service")


async def health_card(one: Citizen) -> None:
    await one.way(MORE, ("1", "menu.more"))
    await one.proves(CARMEN)
    await one.hears("health_card.expired")
    await one.presses("1", "health_card.offer_renewal")
    await one.hears("health_card.accepted", "service.reference", "menu.after_service")


async def address(one: Citizen) -> None:
    await one.way(PAYMENTS, ("3", "menu.payments"))
    await one.proves(VICENT)
    await one.hears("address.postcode", "address.number", "address.offer")


async def bank_account(one: Citizen) -> None:
    await one.way(PAYMENTS, ("4", "menu.payments"))
    await one.proves(MARIA)
    await one.keys_the_code("demo-maria")
    await one.hears("bank_account.ends")
    await one.presses("1", "bank_account.offer")
    await one.presses(GOOD_IBAN, "bank_account.ask")
    await one.hears("bank_account.bank.caixabank")
    await one.presses("1", "service.confirm")
    await one.hears("consent.bank_account")
    await one.presses("1", "consent.question")
    await one.hears("bank_account.changed", "service.reference", "menu.after_service")


Calls = dict[str, Callable[[Citizen], Awaitable[None]]]
UNPROVEN: Calls = {
    "+34600000101": forms,
    "+34600000102": competent,
    "+34600000103": announcements,
    "+34600000104": callback,
    "+34600000105": complaint,
}
PROVEN: Calls = {
    "+34600000111": benefit,
    "+34600000112": certificate,
    "+34600000113": health_card,
    "+34600000114": address,
    "+34600000115": bank_account,
}
LISTENED = (
    "language.offer", "menu.*", "forms.*", "number.*", "competent.*", "announcements.*", "info.imv",
    "callback.*", "complaint.*", "survey.*", "service.*", "benefit.*", "certificate.*", "health_card.*",
    "address.*", "bank_account.*", "consent.*", "id.*", "code.*",
)  # fmt: skip


@pytest.fixture(scope="session")
def ears(catalogue: Catalogue) -> Catalogue:
    """The Spanish sentences of the services: fewer to listen for, by ten telephones at once."""
    openings = tuple(one.rstrip("*") for one in LISTENED)
    return build(one for one in catalogue.prompts if one.language == "es" and one.key.startswith(openings))


async def hold(centre: Centre, ears: Catalogue, calls: Calls) -> list[Citizen]:
    """Let everybody call at once, and everybody hear all of theirs, on the line and in Asterisk's own log."""
    async with citizens([*calls], "901166565", centre.sip, catalogue=ears, apart=1.5) as people:
        callers = [Citizen(person, centre) for person in people]
        await asyncio.gather(*(serve(one) for serve, one in zip(calls.values(), callers, strict=True)))
    played = set(centre.played())
    for serve, one in zip(calls.values(), callers, strict=True):
        told = {key for key in one.heard if "*" not in key}
        assert told <= played, f"{serve.__name__}: Asterisk's own log must say so too"
    return callers


async def written(centre: Centre, table: str, column: str) -> list[str]:
    return sorted(row[column] for row in await centre.rows(f"SELECT {column} FROM {table}"))  # noqa: S608 - ours


async def test_five_services_that_ask_for_no_proof_are_held_at_once(centre: Centre, ears: Catalogue) -> None:
    await hold(centre, ears, UNPROVEN)
    left = await written(centre, "messages_outbox", "message")
    assert {"form.link", "body.telephone", "receipt"} <= set(left)
    assert "complaint" in await written(centre, "corporate_orders", "kind")
    (promise,) = await centre.rows("SELECT number, hours FROM server_promises")
    assert (promise["number"], promise["hours"]) == ("+34600000104", "afternoon")


async def test_five_services_are_held_at_once_with_people_who_prove_who_they_are(
    centre: Centre, ears: Catalogue
) -> None:
    await hold(centre, ears, PROVEN)
    ordered = set(await written(centre, "corporate_orders", "kind"))
    assert {"certificate", "health_card", "change_account"} <= ordered
    (warning,) = await centre.rows(
        "SELECT text, number FROM messages_outbox WHERE message = 'changed.account'"
    )
    assert "1332" in warning["text"]
    log = centre.server_log()
    assert GOOD_IBAN[-8:] not in log
    assert warning["number"][-9:] not in log


async def asked_after_a_talk(centre: Centre, ears: Catalogue) -> Citizen:
    """Let a citizen talk with an agent who then leaves, and answer what is asked."""
    async with AsyncExitStack() as stack:
        ana = await telephone(stack, centre, "ana")
        people = await stack.enter_async_context(
            citizens(["+34600000121"], "901166565", centre.sip, catalogue=ears)
        )
        one = Citizen(people[0], centre)
        asked = asyncio.create_task(survey(one), name="the citizen who is asked")
        talk = await ana.answered(within=PATIENCE_S)
        await asyncio.sleep(2)
        await talk.line.hang_up()
        await asked
    return one


async def test_the_survey_is_asked_after_a_talk_with_a_person(centre: Centre, ears: Catalogue) -> None:
    await asked_after_a_talk(centre, ears)
    marks = {
        row["question"]: row["mark"]
        for row in await centre.rows("SELECT question, mark FROM corporate_surveys")
    }
    assert marks == {"treatment": 5, "solved": 4, "wait": 3}
    assert "survey.thanks" in centre.played()


def test_every_service_has_a_live_call() -> None:
    from ivr.services import catalogue as services  # noqa: PLC0415 (a name that the fixture above has too)

    held = {serve.__name__ for serve in (*UNPROVEN.values(), *PROVEN.values(), survey)}
    assert held | OWN_CALLS == services().keys()
