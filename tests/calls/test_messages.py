"""What is written to citizens, on a real Asterisk, by an SMS centre and a mail server that are not ours."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from crm_bridge.demonstration import CARMEN, MARIA
from server import database
from server.probe.catalogue import Catalogue, build
from tests.calls.centre import Centre
from tests.calls.conftest import OpenCentre
from tests.calls.steering import Floor, talking
from tests.calls.test_services import GOOD_IBAN, PAYMENTS, Citizen
from tests.messages.mailserver import Mailbox, mail_server
from tests.messages.smsc import Smsc, smsc
from tests.telephones import citizens

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(400)]

MOBILE, BEFORE = "34600123456", "34699000111"
DAY_S = 86_400.0
CODE = re.compile(r"^([0-9]{6,8}) ")


@pytest.fixture(scope="module")
async def carrier(runtime_root: Path) -> AsyncIterator[Smsc]:
    async with smsc(runtime_root) as running:
        yield running


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


@pytest.fixture(scope="module")
async def house(open_centre: OpenCentre, carrier: Smsc, mailbox: Mailbox) -> Centre:
    """A centre with both carriers."""
    sms = {"host": "127.0.0.1", "port": carrier.port, "system_id": "ventanilla", "password": "secret"}
    mail = {"host": "127.0.0.1", "port": mailbox.port, "security": "none", "sender": "no-reply@inss.example"}
    return await asyncio.to_thread(open_centre, sms=sms, mail=mail)


@pytest.fixture(scope="module")
def ears(catalogue: Catalogue) -> Catalogue:
    """The sentences that are said in these calls."""
    said = ("language.offer", "menu.", "id.", "code.", "bank_account.", "service.", "consent.", "notice.")
    return build(one for one in catalogue.prompts if one.language == "es" and one.key.startswith(said))


async def keys_what_came(one: Citizen, carrier: Smsc, count: int) -> str:
    """Read the code on the mobile, as the carrier delivered it, and key it."""
    await one.hears("code.sent.*")
    await carrier.until(lambda: len(codes(carrier)) >= count)
    code = codes(carrier)[count - 1]
    await one._press(code)
    return code


def codes(carrier: Smsc) -> list[str]:
    """The codes that came to María's mobile, oldest first: a code is the first thing of a message's first part."""
    came = (CODE.match(one["text"]) for one in carrier.taken if one["to"] == MOBILE)
    return [match[1] for match in came if match]


async def moved_lately(centre: Centre) -> None:
    """Let María have changed her mobile ten days ago: it is believed, and the one before is still warned."""
    engine = database.open_engine(centre.settings.database)
    query = "UPDATE corporate_contacts SET before = :before, changed_at = :at WHERE person = 'demo-maria'"
    async with engine.begin() as connection:
        await connection.execute(text(query), {"before": f"+{BEFORE}", "at": time.time() - 10 * DAY_S})
    await engine.dispose()


async def test_a_code_by_sms_opens_the_bank_account_and_the_old_mobile_is_warned(
    house: Centre, carrier: Smsc, mailbox: Mailbox, ears: Catalogue
) -> None:
    await moved_lately(house)
    people = citizens(["+34600000301"], "901166565", house.sip, catalogue=ears)
    async with people as (person,):
        one = Citizen(person, house)
        await one.way(PAYMENTS, ("4", "menu.payments"))
        await one.proves(MARIA)
        code = await keys_what_came(one, carrier, 1)
        await one.hears("bank_account.ends")
        await one.presses("1", "bank_account.offer")
        await one.presses(GOOD_IBAN, "bank_account.ask")
        await one.hears("bank_account.bank.caixabank")
        await one.presses("1", "service.confirm")
        await one.hears("consent.bank_account")
        await one.presses("1", "consent.question")
        await one.hears("bank_account.changed")
    assert len(code) == 8
    await carrier.until(lambda: [sms for sms in carrier.taken if sms["to"] == BEFORE])
    warning = "".join(sms["text"] for sms in carrier.taken if sms["to"] == BEFORE)
    assert "1332" in warning
    await carrier.until(
        lambda: [sms for sms in carrier.taken if "Referencia" in sms["text"] and sms["to"] == MOBILE]
    )
    (mail,) = [one for one in mailbox.came if one["To"] == "maria@ejemplo.example"][-1:]
    assert "cambio de cuenta bancaria" in mail.get_content()
    (order,) = await house.rows("SELECT 1 FROM corporate_orders WHERE kind = 'change_account'")
    assert order
    (kept,) = await house.until("SELECT text FROM messages_outbox WHERE message = 'code' AND sealed IS NULL")
    assert kept["text"] == ""
    await house.until(
        "SELECT 1 FROM crm_contacts WHERE direction = 'out' AND notes = 'receipt'"
        " GROUP BY request HAVING COUNT(DISTINCT channel) = 2"
    )
    for secret in (code, MOBILE[2:], GOOD_IBAN[-8:]):
        assert secret not in house.server_log()


@pytest.mark.slow  # its short forms: tests/messages/test_mail.py, tests/ivr/test_one_time.py
async def test_who_has_no_mobile_on_file_gets_the_code_by_mail_and_keys_it(
    house: Centre, mailbox: Mailbox, ears: Catalogue
) -> None:
    await without_mobile(house)
    people = citizens(["+34600000303"], "901166565", house.sip, catalogue=ears)
    async with people as (person,):
        one = Citizen(person, house)
        await one.way(PAYMENTS, ("4", "menu.payments"))
        await one.proves(CARMEN)
        await one.hears("code.mailed.eight")
        await house.until(
            "SELECT 1 FROM messages_sendings AS s JOIN messages_outbox AS m ON m.id = s.letter"
            " WHERE m.person = 'demo-carmen' AND m.message = 'code' AND s.channel = 'email' AND s.state = 'sent'"
        )
        mail = [came for came in mailbox.came if came["To"] == "carmen@exemple.example"][-1]
        assert mail["Subject"] == "Seguridad Social: su código"
        code = CODE.match(mail.get_content())
        assert code is not None
        await one._press(code[1])
        await one.hears("code.right")
    assert code[1] not in house.server_log()


async def without_mobile(centre: Centre) -> None:
    """Let Carmen have no mobile on file, for a long time already."""
    engine = database.open_engine(centre.settings.database)
    async with engine.begin() as connection:
        await connection.execute(
            text("UPDATE corporate_contacts SET mobile = NULL WHERE person = 'demo-carmen'")
        )
    await engine.dispose()


@pytest.mark.slow  # its short form: tests/ivr/test_proving_for_agents.py
async def test_an_agent_has_a_code_sent_and_neither_hears_nor_sees_it(
    house: Centre, carrier: Smsc, ears: Catalogue, tmp_path: Path
) -> None:
    before = len(codes(carrier))
    async with talking(house, ears, tmp_path, "+34600000302") as floor:
        one = Citizen(floor.caller, house, since=floor.caller.call.now)
        await floor.ask("ana", "code", procedure="address")
        await floor.hears_no_voice("ana")
        await one.proves(MARIA)
        await floor.until(lambda: "caller" not in floor.hears("ana"), "the agent hears nothing of the caller")
        code = await keys_what_came(one, carrier, before + 1)
        await one.hears("code.right")
        await floor.hear_each_other("caller", "ana")
        assert len(code) == 6
        await proven_on_the_desk(floor)
    rows = await house.rows("SELECT body FROM server_facts WHERE type = 'CallerProved'")
    assert [row for row in rows if '"proven"' in row["body"]]
    assert code not in house.server_log()


async def proven_on_the_desk(floor: Floor) -> None:
    """The caller's proof stands at level 2, and the snapshot says so: what the desk's card is made of."""
    (row,) = await floor.centre.until(
        "SELECT level, method FROM ivr_proofs WHERE call = :call ORDER BY level DESC LIMIT 1", call=floor.call
    )
    assert (row["level"], row["method"]) == (2, "code")
    (kept,) = await floor.centre.rows("SELECT wish FROM ivr_calls WHERE call = :call", call=floor.call)
    assert '"identity": 2' in str(kept["wish"]).replace("'", '"')
