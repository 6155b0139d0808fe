"""Which telephone of an agent is rung. Pure.

Every agent has two endpoints in Asterisk: `agent-<name>` for the desk page, and `agent-<name>-sip` for a SIP
telephone of their own, which registers there or stands at a fixed address. What the agent signed in with says
which one is rung:

    "browser" (or nothing)   agent-ana
    "telephone"              agent-ana-sip                                 registered by itself
    "sip:201@192.0.2.7"      agent-ana-sip/sip:201@192.0.2.7               rung at that address
"""

from typing import Final

BROWSER: Final = "browser"
_SIP: Final = "-sip"
_ADDRESS: Final = "sip:"


def line(agent: str, address: str) -> str:
    """Give the agent's line: the endpoint's name without `agent-`."""
    return agent if address in {"", BROWSER} else f"{agent}{_SIP}"


def owner(line_name: str) -> str:
    """Give the agent whose line this is."""
    return line_name.removesuffix(_SIP)


def endpoint(agent: str, address: str) -> str:
    """Give what is dialled after `PJSIP/`."""
    name = f"agent-{line(agent, address)}"
    return f"{name}/{address}" if address.startswith(_ADDRESS) else name


def tells(address: str) -> bool:
    """Say whether Asterisk knows if this telephone is there; of a fixed address it only learns by ringing."""
    return not address.startswith(_ADDRESS)
