"""A CRM that only keeps records, over real HTTP, in its own words: what most bought CRMs are to a connector.

Objects of a kind have an external id and fields; `PATCH /objects/<kind>/<id>` makes or changes one, `GET` gives one,
`GET /objects/<kind>?<field>=<value>` finds some. It knows nothing of requests, states or keys.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qs, unquote, urlsplit

from crm_bridge.demonstration import INHABITANTS

Manners = Literal["answers", "hangs", "slams", "refuses", "garbles", "expired", "takes and slams"]
TOKEN = "a token of the tests"
STATUS = {200: "OK", 201: "Created", 401: "Unauthorized", 404: "Not Found", 500: "Internal Server Error"}

MAPPING = Path(__file__).with_suffix(".toml")


def national(number: str) -> str:
    """A number as this CRM's people type it."""
    return number.removeprefix("+34")


class RecordsCrm:
    """The objects, by kind and external id; manners that a test changes."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, dict[str, Any]]] = {
            kind: {} for kind in ("Contact", "Expediente", "Case", "Task", "File", "Key")
        }
        self.manners: Manners = "answers"
        self.chokes_on = ""
        self.asked = 0
        self.keys: list[str] = []
        self.port = 0
        for one in INHABITANTS:
            person = one.citizen
            phones = [national(number) for number in person.telephones]
            self.objects["Contact"][person.id] = {
                "Dni__c": person.document,
                "Naf__c": person.affiliation,
                "FirstName": person.given_name,
                "LastName": person.family_name,
                "Language__c": person.language,
                "Phone": phones[0] if phones else None,
                "MobilePhone": phones[1] if len(phones) > 1 else None,
                "Protected__c": person.protected,
                "Locked__c": person.locked,
                **{f"A{number}": digits for number, digits in enumerate(one.answers.values())},
            }
            for case in one.cases:
                self.objects["Expediente"][case.reference] = {
                    "Contact": person.id,
                    "Subject": "PENSIONES" if case.subject == "pension" else case.subject,
                    "Status": case.state,
                    "Since": case.since.isoformat(),
                    "Next": case.next_step,
                }

    def answer(self, method: str, path: str, query: dict[str, str], body: dict[str, Any]) -> tuple[int, Any]:
        """Answer one request."""
        _, _, kind, *name = path.split("/")
        things = self.objects[kind]
        if method == "PATCH":
            things.setdefault(unquote(name[0]), {}).update(body)
            return 201, {}
        if name:
            one = things.get(unquote(name[0]))
            return (404, {}) if one is None else (200, {"Id": unquote(name[0]), **one})
        return 200, {"records": list(self._found(kind, query))}

    def _found(self, kind: str, query: dict[str, str]) -> list[dict[str, Any]]:
        found = [{"Id": name, **one} for name, one in self.objects[kind].items()]
        match kind, query:
            case "Contact", {"Phone": number}:
                found = [one for one in found if number in (one["Phone"], one["MobilePhone"])]
            case "Contact", {"Identity": number}:
                found = [one for one in found if number in (one["Dni__c"], one["Naf__c"])]
            case "Task", {"Whose": citizen}:
                theirs = {name for name, case in self.objects["Case"].items() if case["Contact"] == citizen}
                found = [one for one in found if one["Case"] in theirs]
                found.sort(key=lambda one: (one["When"], one["Name"]), reverse=True)
            case "Case", {"due_by": by}:
                mine = (one for one in found if one["Status"] in {"New", "Working"} and one["Due__c"] <= by)
                found = sorted(mine, key=lambda one: (one["Due__c"], one["Id"]))
            case _, fields:
                wanted = {name: value for name, value in fields.items() if name[0].isupper()}
                found = [one for one in found if all(one[name] == value for name, value in wanted.items())]
        if kind == "Case" and query.get("which", "all") != "all":
            closed = {"Solved", "Closed"}
            found = [one for one in found if (one["Status"] in closed) == (query["which"] == "closed")]
        if kind == "Case" and "which" in query:
            found.sort(key=lambda one: (one["LastModifiedDate"], one["Id"]), reverse=True)
        first = int(query.get("offset", "0"))
        return found[first : first + int(query.get("limit", "1000"))]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection, request after request, as HTTP/1.1 does."""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while await self._one(reader, writer):
                pass
        writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        method, target, _ = head[0].split(" ")
        headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.asked += 1
        match self.manners:
            case "hangs":
                await reader.read()
                return False
            case "slams":
                writer.transport.abort()
                return False
        place = urlsplit(target)
        if method == "PATCH":
            self.keys.append(headers.get("idempotency-key", ""))
        query = {name: values[0] for name, values in parse_qs(place.query).items()}
        status, answer = self._mannered(method, place.path, query, json.loads(body or b"{}"), headers)
        if self.manners == "takes and slams" and method == "PATCH":
            writer.transport.abort()
            return False
        said = json.dumps(answer).encode() if self.manners != "garbles" else b"<html>502</html>"
        top = f"HTTP/1.1 {status} {STATUS.get(status, 'Other')}\r\ncontent-length: {len(said)}\r\n\r\n"
        writer.write(top.encode() + said)
        await writer.drain()
        return True

    def _mannered(
        self, method: str, path: str, query: dict[str, str], body: dict[str, Any], headers: dict[str, str]
    ) -> tuple[int, Any]:
        if headers.get("authorization") != f"Bearer {TOKEN}" or self.manners == "expired":
            return 401, {}
        if self.manners == "refuses":
            return 422, {"code": "subject_unknown", "detail": "María, 12345678Z"}
        if self.chokes_on and self.chokes_on in path:
            return 500, {}
        return self.answer(method, path, query, body)


@asynccontextmanager
async def a_records_crm(made: Callable[[], RecordsCrm] = RecordsCrm) -> AsyncIterator[RecordsCrm]:
    """Run one; what still hangs on it at the end is cut."""
    crm = made()
    server = await asyncio.start_server(crm.serve, "127.0.0.1", 0)
    crm.port = server.sockets[0].getsockname()[1]
    yield crm
    server.close()
