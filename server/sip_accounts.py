"""The accounts of telephones: which a page signs in with, and which address of an agent's own may be rung."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final

from server.runtime.credentials import Secrets
from web.ports import NotNow, Telephone

Network = IPv4Network | IPv6Network
SIP_PORT: Final = "5060"
LONGEST_EXTENSION: Final = 6  # digits; a Spanish number has nine, an emergency number three


class SipAccounts:
    """SIP credentials for browsers: agents' own, and the citizens' shared one."""

    def __init__(
        self,
        address: str,
        secrets: Secrets,
        networks: Sequence[Network],
        trunks: Sequence[Network] = (),
        carrier: str = "",
    ) -> None:
        self._address, self._browser, self._agents = address, secrets.browser, secrets.agents
        self._networks, self._trunks, self._carrier = networks, trunks, carrier

    def may_ring(self, address: str) -> bool:
        """Say whether `sip:user@host:port` stands in one of the networks of our telephones; names never do.

        Neither at the carrier's, nor with a number for a user: a gateway in our networks would ring that number.
        """
        user, _, where = address.removeprefix("sip:").rpartition("@")
        host, _, port = where.partition(":")
        try:
            place = ip_address(host)
        except ValueError:
            return False
        carriers = f"{host}:{port or SIP_PORT}" == self._carrier or (
            not place.is_loopback and any(place in trunk for trunk in self._trunks)
        )
        return not carriers and not _like_a_number(user) and any(place in one for one in self._networks)

    def of_agent(self, agent: str) -> Telephone:
        """Give the agent's; NotNow when Asterisk was started before the agent was known."""
        return self._of_staff("agent", agent)

    def of_supervisor(self, supervisor: str) -> Telephone:
        """Give the supervisor's; NotNow when Asterisk was started before they were known."""
        return self._of_staff("supervisor", supervisor)

    def of_citizen(self) -> Telephone:
        """Give the citizens'."""
        return self._telephone("browser", self._browser)

    def _of_staff(self, role: str, person: str) -> Telephone:
        secret = self._agents.get(person)
        if secret is None:
            raise NotNow("no_telephone")
        return self._telephone(f"{role}-{person}", secret)

    def _telephone(self, name: str, secret: str) -> Telephone:
        return Telephone(f"sip:{name}@{self._address}", name, secret)


def _like_a_number(user: str) -> bool:
    """Say whether a gateway could take the user of a SIP address for a number outside; extensions are shorter."""
    return sum(letter.isdigit() for letter in user) > LONGEST_EXTENSION
