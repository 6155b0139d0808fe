"""Which telephone of an agent is rung. Pure.

Every agent has three endpoints in Asterisk: `agent-<name>` for the desk page, `agent-<name>-sip` for a SIP
telephone of their own, which registers there or stands at a fixed address, and `outside-<name>` for the number that
is on file for them, which the carrier rings. What the agent signed in with says which one is rung:

    "browser" (or nothing)   agent-ana
    "telephone"              agent-ana-sip                                 registered by itself
    "sip:201@192.0.2.7"      agent-ana-sip/sip:201@192.0.2.7               rung at that address
    "outside"                outside-ana                                   whoever dials it knows the number

The number itself is never an address: addresses stand in facts and on pages, and a number at home belongs in neither.
"""

from typing import Final

BROWSER: Final = "browser"
OUTSIDE: Final = "outside"
_SIP: Final = "-sip"
_ADDRESS: Final = "sip:"
_OUTSIDE_ENDPOINT: Final = f"{OUTSIDE}-"


def line(agent: str, address: str) -> str:
    """Give the agent's line: the endpoint's name without `agent-`. One outside has none that Asterisk tells of."""
    if address == OUTSIDE:
        return endpoint(agent, address)
    return agent if address in {"", BROWSER} else f"{agent}{_SIP}"


def owner(line_name: str) -> str:
    """Give the agent whose line this is."""
    return line_name.removesuffix(_SIP)


def endpoint(agent: str, address: str) -> str:
    """Give what is dialled after `PJSIP/`."""
    if address == OUTSIDE:
        return f"{_OUTSIDE_ENDPOINT}{agent}"
    name = f"agent-{line(agent, address)}"
    return f"{name}/{address}" if address.startswith(_ADDRESS) else name


def outside(rung: str) -> str | None:
    """Give the agent whose number outside this endpoint is; None for every other."""
    return rung.removeprefix(_OUTSIDE_ENDPOINT) if rung.startswith(_OUTSIDE_ENDPOINT) else None


def tells(address: str) -> bool:
    """Say whether Asterisk knows if this telephone is there; of others it only learns by ringing."""
    return address != OUTSIDE and not address.startswith(_ADDRESS)


def in_net(address: str) -> bool:
    """Say whether the net below the server may ring it: nobody there asks for a key, and a mailbox answers too."""
    return address != OUTSIDE
