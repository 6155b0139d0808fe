"""Which address of their own an agent may be rung at: never one by which a gateway would ring a number."""

from ipaddress import ip_network

import pytest

from server.sip_accounts import SipAccounts
from tests.server.test_outside import SECRETS

HOUSE = (ip_network("10.0.0.0/8"), ip_network("127.0.0.0/8"))


def accounts() -> SipAccounts:
    trunks = (ip_network("10.9.0.0/24"), ip_network("127.0.0.1/32"))
    return SipAccounts("127.0.0.1", SECRETS, HOUSE, trunks, "10.8.0.1:5060")


@pytest.mark.parametrize(
    "address", ["sip:201@10.0.0.5", "sip:ana@10.0.0.5:5070", "sip:ana2@127.0.0.1:5080", "sip:123456@10.0.0.5"]
)
def test_a_telephone_of_the_house_may_be_rung(address: str) -> None:
    assert accounts().may_ring(address)


@pytest.mark.parametrize(
    "address",
    [
        "sip:+34806123456@10.0.0.5:5060",
        "sip:806123456@10.0.0.5",
        "sip:0034.806.123.456@10.0.0.5",
        "sip:0806123@10.0.0.5",
        "sip:201@10.9.0.7",
        "sip:201@10.8.0.1",
        "sip:201@10.8.0.1:5060",
        "sip:201@192.0.2.7",
        "sip:201@gateway.example",
        "sip:201@",
    ],
)
def test_no_number_no_carrier_and_no_stranger(address: str) -> None:
    assert not accounts().may_ring(address)
