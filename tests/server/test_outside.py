"""Which numbers outside an agent may be rung on, and how: with a key to press, and the number nowhere else."""

from dataclasses import replace
from typing import Any, cast

import pytest

from ivr.agi import command
from queues.adapters.floor import Floor
from queues.agents import Agent
from queues.facts import AgentReserved
from server.bus import Bus
from server.desk import Desk
from server.outside import OutsideNumbers, asked_in, good
from server.runtime.credentials import Secrets
from server.sip_accounts import SipAccounts
from tests.dialplans.institutions import inss
from tests.queues.fakes import Form, MemoryStore, call
from web.ports import NotNow

ANA = Agent("ana", "Ana", 1, {"es": 3, "ca": 5}, outside="+34612345678")
JORDI = Agent("jordi", "Jordi", 1, {"es": 5})
SECRETS = Secrets("a", "b", "c", "d", "e", {"ana": "f", "jordi": "g"})


def numbers(*people: Agent, carrier: str = "192.0.2.7:5060") -> OutsideNumbers:
    return OutsideNumbers(lambda: {one.name: one for one in people}, inss, carrier)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("612 345 678", "+34612345678"),
        ("+34 91 123 45 67", "+34911234567"),
        ("0034711222333", "+34711222333"),
    ],
)
def test_an_ordinary_mobile_or_landline_of_the_country_is_kept_as_it_is_dialled(
    written: str, kept: str
) -> None:
    assert good(written, "ES", ()) == kept


@pytest.mark.parametrize(
    "written",
    [
        "806123456", "807123456", "902123456", "901123456", "900123456", "512345678", "704123456", "112", "060",
        "+33612345678", "+4915112345678", "+882161234567", "612345678 ext. 5", "sip:612345678@x", "612", "", "ana",
        "+34612345678,20,g", "61234567899999999",
    ],
)  # fmt: skip
def test_nothing_premium_shared_virtual_short_or_foreign_is_rung(written: str) -> None:
    assert good(written, "ES", ()) is None


@pytest.mark.parametrize("written", ["915421176", "+34915421176", "0034 915 421 176"])
def test_no_number_of_our_own_is_rung_however_it_is_written(written: str) -> None:
    assert good(written, "ES", ("901166565", "915421176")) is None
    assert good(written, "ES", ("901166565",)) == "+34915421176"


def test_the_key_is_asked_for_in_the_agents_best_language() -> None:
    assert asked_in(ANA, ("es", "ca", "en")) == "ca"
    assert asked_in(replace(ANA, languages={"ca": 5, "es": 5}), ("es", "ca")) == "es"


def test_an_agent_outside_is_rung_at_the_carrier_and_never_without_the_key() -> None:
    way = numbers(ANA).way("outside-ana")
    assert way is not None
    assert way.endpoint == "outside-ana/sip:+34612345678@192.0.2.7:5060"
    assert way.options == "im(default)f(901166565)U(accept^ca)"
    assert b"U(accept" in command("EXEC", "Dial", f"PJSIP/{way.endpoint},15,g{way.options}")
    assert "612345678" not in repr(way)


@pytest.mark.parametrize(
    ("people", "carrier", "endpoint"),
    [
        ((ANA,), "192.0.2.7:5060", "agent-ana"),
        ((JORDI,), "192.0.2.7:5060", "outside-jordi"),
        ((), "192.0.2.7:5060", "outside-ana"),
        ((ANA,), "", "outside-ana"),
        ((replace(ANA, outside="+34806123456"),), "192.0.2.7:5060", "outside-ana"),
        ((replace(ANA, outside="+34915421176"),), "192.0.2.7:5060", "outside-ana"),
    ],
)
def test_without_a_good_number_or_a_carrier_nothing_is_dialled(
    people: tuple[Agent, ...], carrier: str, endpoint: str
) -> None:
    assert numbers(*people, carrier=carrier).way(endpoint) is None


async def test_at_the_desk_a_number_outside_is_only_chosen_and_never_said() -> None:
    bus, said = Bus(), list[object]()
    bus.hear(said.append)
    floor = await Floor(MemoryStore((ANA, JORDI)), bus.publish).open()
    unused, line = cast("Any", None), SipAccounts("127.0.0.1", SECRETS, ())

    def desk(carrier: str) -> Desk:
        outside = OutsideNumbers(lambda: floor.hall.people, inss, carrier)
        return Desk(floor, unused, bus, unused, line, unused, outside)

    with pytest.raises(NotNow, match="no_carrier"):
        await desk("").sign_in("ana", "outside")
    with pytest.raises(NotNow, match="no_outside_number"):
        await desk("192.0.2.7:5060").sign_in("jordi", "outside")
    await desk("192.0.2.7:5060").sign_in("ana", "outside")
    reservation = await floor.wait(cast("Any", Form(call(1))))
    assert reservation.endpoint == "outside-ana"
    assert any(isinstance(fact, AgentReserved) for fact in said)
    assert "612345678" not in repr(said) + repr(reservation) + repr(floor.board())
    await floor.close()
