"""Odoo's JSON-2 API (19.0 on): one call, one transaction, an API key in the header and nowhere else.

Source: Odoo 19 documentation, "External JSON-2 API"; `addons/rpc/controllers/json2.py`.
"""

from http import HTTPStatus
from typing import Any

import httpx

from crm_bridge.adapters.exchange import Answer, Lacking, Refused, WrongShape, post

# Names are asked for as they were first written, whatever language the user works in. What we write into a task is
# told in its description; Odoo need not send mail about it to whoever follows the citizen.
CONTEXT = {
    "lang": "en_US",
    "tz": "UTC",
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
}
ALL_TOO = {"active_test": False}


class Line:
    """The way into one database, with the rights of the key's user."""

    def __init__(self, client: httpx.AsyncClient, database: str, key: str) -> None:
        self._client = client
        self._headers = {
            "Authorization": f"bearer {key}",
            "X-Odoo-Database": database,
            "User-Agent": "Ventanilla",
        }

    async def call(
        self,
        model: str,
        method: str,
        ids: tuple[int, ...] = (),
        *,
        archived: bool = False,
        **words: Any,  # noqa: ANN401 (JSON, by the name of the method's argument)
    ) -> Any:  # noqa: ANN401 (JSON)
        """Call a public method of a model on some records. Raises CrmDown."""
        body = {"context": {**CONTEXT, **(ALL_TOO if archived else {})}, **words}
        if ids:
            body["ids"] = list(ids)
        answer = await post(self._client, f"/json/2/{model}/{method}", body, self._headers)
        return _result(f"{model}/{method}", answer)

    async def rows(
        self,
        model: str,
        domain: list[Any],
        fields: tuple[str, ...],
        *,
        archived: bool = False,
        **words: Any,  # noqa: ANN401 (as above)
    ) -> list[dict[str, Any]]:
        """Give rows with relations as ids. Raises CrmDown."""
        found = await self.call(
            model, "search_read", archived=archived, domain=domain, fields=list(fields), load=None, **words
        )
        if not isinstance(found, list):
            raise WrongShape(f"{model} is no list")
        return found


def _result(what: str, answer: Answer) -> Any:  # noqa: ANN401 (JSON)
    if answer.well:
        return answer.value
    if answer.status == HTTPStatus.UNAUTHORIZED:
        raise Lacking(
            "Odoo does not accept the key: is it of this database, and not expired? See crm_options.key"
        )
    if answer.status == HTTPStatus.NOT_FOUND and answer.value is None:
        raise Lacking("at this address is no Odoo 19 with this database; see crm_options.url and .database")
    named = answer.value.get("name") if isinstance(answer.value, dict) else None
    kind = str(named or "").rpartition(".")[2]
    raise Refused("Odoo", what, kind if kind.isidentifier() else "an error", f" (HTTP {answer.status})")
