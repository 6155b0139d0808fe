"""How much one address may ask of the page where nobody signs in. Pure: time is an argument."""

from collections import Counter
from ipaddress import ip_address, ip_network

TELEPHONES = 60  # per window and address: an office behind one address, everybody reloading a few times
WINDOW_SECONDS = 600.0
LISTENERS = 1000  # as many calls as one Asterisk is asked to hold; more open pages are an attack
LISTENERS_OF_ONE = 100  # of these for one address: a waiting room full of people behind it
ADDRESSES = 10_000  # counted at a time; somebody with more of them is not stopped by counting addresses


def neighbourhood(address: str) -> str:
    """Give what counts as one stranger: an IPv4 address, or the /64 that an IPv6 line usually is."""
    try:
        place = ip_address(address)
    except ValueError:
        return "unknown"
    return str(place) if place.version == 4 else str(ip_network((place, 64), strict=False))  # noqa: PLR2004 - IPv4


class Telephones:
    """How many telephones each address was given in this window."""

    def __init__(self, most: int = TELEPHONES) -> None:
        self._most = most
        self._given = Counter[str]()
        self._since = 0.0

    def may_have(self, address: str, at: float) -> bool:
        """Count one more and say whether it is still a sensible number; `at` in seconds."""
        if at - self._since >= WINDOW_SECONDS or len(self._given) >= ADDRESSES:
            self._given.clear()
            self._since = at
        who = neighbourhood(address)
        self._given[who] += 1
        return self._given[who] <= self._most


class Seats:
    """How many pages read along at this moment, in all and from each address; one per application."""

    def __init__(self, most: int = LISTENERS, of_one: int = LISTENERS_OF_ONE) -> None:
        self._most, self._of_one = most, of_one
        self._taken = Counter[str]()

    def take(self, address: str) -> bool:
        """Take a seat, if there is one; who took it gives it back."""
        who = neighbourhood(address)
        if self._taken.total() >= self._most or self._taken[who] >= self._of_one:
            return False
        self._taken[who] += 1
        return True

    def give_back(self, address: str) -> None:
        """Leave the seat."""
        who = neighbourhood(address)
        self._taken[who] -= 1
        if self._taken[who] <= 0:
            del self._taken[who]
