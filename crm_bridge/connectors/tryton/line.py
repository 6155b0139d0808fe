"""Tryton's JSON-RPC: a session that is opened when it is needed, and one call at a time on one transaction each.

Source: trytond's documentation, "Remote Procedure Call" and `trytond/protocols`.
"""

import asyncio
import base64
from collections.abc import Mapping
from http import HTTPStatus
from itertools import count
from typing import Any

import httpx

from crm_bridge.adapters.exchange import Answer, Lacking, Refused, WrongShape, post

EXPIRED = HTTPStatus.UNAUTHORIZED
KINDS = frozenset(
    {"UserError", "UserWarning", "LoginException", "ConcurrencyException", "RateLimitException"}
)
"""The errors that Tryton names; of others it gives the words, which may quote a citizen."""
NOT_LET_IN: Mapping[int, str] = {
    HTTPStatus.UNAUTHORIZED: "Tryton knows no such user with this password; see crm_options.user and .password",
    HTTPStatus.NOT_FOUND: "Tryton has no such database; see crm_options.database",
    HTTPStatus.TOO_MANY_REQUESTS: "Tryton lets nobody in after too many wrong passwords; see crm_options, and wait",
}
# Names of fields are asked for in the language they were written in, whatever language the user works in.
CONTEXT = {"language": "en"}


class Line:
    """The way into one database, as one user. The password is sent when a session is opened, and in no address."""

    def __init__(self, client: httpx.AsyncClient, database: str, user: str, password: str) -> None:
        self._client, self._user, self._password = client, user, password
        self._path = f"/{database}/rpc/"
        self._session = ""
        self._opening = asyncio.Lock()
        self._numbers = count(1)

    async def call(self, method: str, *words: object, **context: object) -> Any:  # noqa: ANN401 (JSON)
        """Call `model.party.party.search_read` and the like; `context` is Tryton's. Raises CrmDown."""
        for last in (False, True):
            session = self._session or await self._open("")
            answer = await self._say(method, [*words, {**CONTEXT, **context}], session)
            if answer.status != EXPIRED or last:
                return _result(method, answer)
            await self._open(session)
        raise AssertionError  # the second turn always returns

    async def _open(self, spent: str) -> str:
        """Open a session unless another call has done so since `spent` was found to be over."""
        async with self._opening:
            if self._session == spent:
                words: list[object] = [self._user, {"password": self._password}]
                answer = await self._say("common.db.login", words, "")
                if answer.status in NOT_LET_IN:
                    raise Lacking(NOT_LET_IN[answer.status])
                opened = _result("common.db.login", answer)
                if not (isinstance(opened, list) and len(opened) > 1):
                    raise WrongShape("common.db.login gives no session")
                named = f"{self._user}:{opened[0]}:{opened[1]}"
                self._session = base64.b64encode(named.encode()).decode()
            return self._session

    async def _say(self, method: str, words: list[object], session: str) -> Answer:
        headers = {"Authorization": f"Session {session}"} if session else {}
        body = {"id": next(self._numbers), "method": method, "params": words}
        return await post(self._client, self._path, body, headers)


def _result(method: str, answer: Answer) -> Any:  # noqa: ANN401 (JSON)
    """Give what was answered; Tryton says an error as a list whose first is its name."""
    value = answer.value
    if isinstance(value, dict) and (error := value.get("error")):
        kind = error[0] if isinstance(error, list) else None
        raise Refused("Tryton", method, kind if kind in KINDS else "an error")
    if not answer.well:
        raise Refused("Tryton", method, f"HTTP {answer.status}")
    if not isinstance(value, dict) or "result" not in value:
        raise WrongShape(f"the answer to {method} is no JSON-RPC")
    return value["result"]
