"""How a call ends before it began, in words instead of SIP statuses (RFC 3261 §21). Pure."""

from __future__ import annotations

from enum import Enum


class Why(Enum):
    """Why nobody was reached."""

    BUSY = "busy"
    DECLINED = "declined"
    WRONG_NUMBER = "wrong number"
    FORBIDDEN = "forbidden"
    NO_ANSWER = "no answer"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"


class Unanswered(Exception):  # noqa: N818 - an ordinary ending in telephony
    """The call was not answered: `why`, and the SIP status if there was one."""

    def __init__(self, why: Why, status: int | None, reason: str) -> None:
        super().__init__(reason)
        self.why, self.status, self.reason = why, status, reason


class NotRegistered(Exception):  # noqa: N818 - a state, told by the registrar
    """The registrar refused a telephone or did not answer; the message is its reason."""


_WHY = {
    486: Why.BUSY,
    600: Why.BUSY,
    603: Why.DECLINED,
    404: Why.WRONG_NUMBER,
    484: Why.WRONG_NUMBER,
    604: Why.WRONG_NUMBER,
    401: Why.FORBIDDEN,
    403: Why.FORBIDDEN,
    407: Why.FORBIDDEN,
    408: Why.NO_ANSWER,
    480: Why.NO_ANSWER,
}


def why(status: int | None) -> Why:
    """Tell what a SIP status means for the caller; None: no answer came over the network at all."""
    return Why.UNREACHABLE if status is None else _WHY.get(status, Why.REFUSED)
