"""What the page without sign-in gives to one address, and to all of them."""

from pathlib import Path

import httpx

from tests.web.serve import Office, open_office
from web.strangers import ADDRESSES, WINDOW_SECONDS, Seats, Telephones, neighbourhood


def test_one_address_gets_so_many_telephones_and_no_more_until_the_window_is_over() -> None:
    telephones = Telephones(most=2)
    assert [telephones.may_have("192.0.2.1", at) for at in (1000.0, 1001.0, 1002.0)] == [True, True, False]
    assert telephones.may_have("192.0.2.2", 1003.0)
    assert telephones.may_have("192.0.2.1", 1000.0 + WINDOW_SECONDS)


def test_the_addresses_of_one_line_are_one_stranger() -> None:
    assert (
        neighbourhood("2001:db8::1") == neighbourhood("2001:db8::ffff:1") != neighbourhood("2001:db8:0:1::1")
    )
    assert neighbourhood("") == neighbourhood("no address") == "unknown"


def test_counting_addresses_takes_no_memory_without_end() -> None:
    telephones = Telephones(most=1)
    for number in range(ADDRESSES + 10):
        telephones.may_have(f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}", 1000.0)
    assert len(telephones._given) <= ADDRESSES


def test_seats_are_limited_for_one_and_for_all_and_can_be_given_back() -> None:
    seats = Seats(most=3, of_one=2)
    assert [seats.take(one) for one in ("a", "192.0.2.1", "192.0.2.1", "192.0.2.1", "b")] == [
        True,
        True,
        True,
        False,
        False,
    ]
    seats.give_back("192.0.2.1")
    assert seats.take("192.0.2.3")


async def test_a_citizens_telephone_is_given_to_our_pages_and_not_without_end(
    office: Office, client: httpx.AsyncClient
) -> None:
    given = (await client.post("/page/telephone", json={})).json()
    assert given["user"] == "browser"
    assert given["socket"] == "ws://127.0.0.1:9/ws"
    async with httpx.AsyncClient(base_url=office.url) as stranger:
        assert (await stranger.post("/page/telephone", json={})).json()["error"]["code"] == "origin_not_ours"
        assert (await stranger.get("/page/telephone")).status_code == 405
        assert "password" not in (await stranger.get("/page/numbers")).text
    asked = [(await client.post("/page/telephone", json={})).status_code for _ in range(60)]
    assert asked == [200] * 59 + [429]


async def test_nobody_chooses_the_address_that_is_counted(client: httpx.AsyncClient) -> None:
    asked = [
        (
            await client.post("/page/telephone", json={}, headers={"x-forwarded-for": f"192.0.2.{n}"})
        ).status_code
        for n in range(61)
    ]
    assert asked[-1] == 429


async def test_a_proxy_of_ours_says_whose_address_counts(tmp_path: Path) -> None:
    async with (
        open_office(tmp_path, proxies=("127.0.0.1",)) as office,
        httpx.AsyncClient(base_url=office.url, headers={"origin": office.url}) as proxy,
    ):
        for n in range(61):
            who = {"x-forwarded-for": f"192.0.2.{n}"}
            assert (await proxy.post("/page/telephone", json={}, headers=who)).status_code == 200
