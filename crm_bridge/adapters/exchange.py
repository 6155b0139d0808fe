"""One question and one answer in JSON over HTTP, with a CRM that may be slow, down, or talking nonsense."""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from crm_bridge.ports import CrmDown

Row = TypeVar("Row", bound=BaseModel)

# A folder of a thousand contacts is half a megabyte; what is more than this is no answer to a question of ours.
MOST_BYTES = 16_000_000
# The bridge has shorter limits for every question; this is for who asks without it (`ventanilla crm check`).
PATIENCE = httpx.Timeout(20.0, connect=5.0)
WELL, REDIRECTED = 200, 300


class WrongShape(CrmDown):
    """The CRM answered something else than it was asked for. The message names fields, never values."""


@dataclass(frozen=True, slots=True)
class Answer:
    """HTTP status and the JSON that came; None where a refusal came without."""

    status: int
    value: Any

    @property
    def well(self) -> bool:
        """Whether it is an answer and not a refusal."""
        return WELL <= self.status < REDIRECTED


@cache
def _trusted() -> ssl.SSLContext:
    """Read the certificates that are trusted, once."""
    return httpx.create_ssl_context()


def client_for(url: str) -> httpx.AsyncClient:
    """Open the way to a CRM. No redirect is followed: credentials go where they were meant for, or nowhere."""
    return httpx.AsyncClient(
        base_url=url.rstrip("/"), timeout=PATIENCE, follow_redirects=False, verify=_trusted()
    )


async def post(client: httpx.AsyncClient, path: str, body: object, headers: Mapping[str, str]) -> Answer:
    """Post JSON and read JSON. Raises CrmDown when the CRM is not there, WrongShape when an answer is no JSON."""
    try:
        async with client.stream("POST", path, json=body, headers=dict(headers)) as response:
            return Answer(response.status_code, _parsed(response.status_code, await _read(response)))
    except (httpx.HTTPError, httpx.InvalidURL) as fault:
        raise CrmDown(f"not reachable: {type(fault).__name__}") from fault


async def _read(response: httpx.Response) -> bytes:
    whole = bytearray()
    async for part in response.aiter_bytes():
        whole += part
        if len(whole) > MOST_BYTES:
            raise WrongShape(f"more than {MOST_BYTES} bytes came as one answer")
    return bytes(whole)


def _parsed(status: int, said: bytes) -> Any:  # noqa: ANN401 (JSON)
    try:
        return json.loads(said)
    except (ValueError, RecursionError):
        if status >= REDIRECTED:
            return None
        raise WrongShape(f"HTTP {status} came without JSON") from None


class Refused(CrmDown):
    """The CRM answered with an error; `kind` is its name, never its words, which may quote a citizen."""

    def __init__(self, crm: str, what: str, kind: str, more: str = "") -> None:
        super().__init__(f"{crm} refuses {what}: {kind}{more}")
        self.kind = kind


class Lacking(CrmDown):
    """The CRM's schema is not as it must be. The message names what lacks, and the remedy."""


def in_clear(url: str) -> bool:
    """Whether credentials and citizens' data would go over a network unencrypted."""
    where = httpx.URL(url)
    return where.scheme != "https" and where.host not in {"127.0.0.1", "::1", "localhost"}


class Named(BaseModel):
    """A record's number and name."""

    id: int
    name: str


def numbers(found: object, where: str) -> list[int]:
    """Read the numbers of records. Raises WrongShape."""
    if isinstance(found, list) and all(isinstance(one, int) for one in found):
        return found
    raise WrongShape(f"{where} is no list of numbers")


def parsed(kind: type[Row], rows: object, where: str) -> list[Row]:
    """Read rows as a pydantic model. Raises WrongShape that names the fields, never what stood in them."""
    if not isinstance(rows, list):
        raise WrongShape(f"{where} is no list")
    try:
        return [kind.model_validate(row) for row in rows]
    except ValidationError as wrong:
        named = sorted(
            {".".join(str(part) for part in one["loc"] if isinstance(part, str)) for one in wrong.errors()}
        )
        raise WrongShape(f"{where}: {', '.join(named) or 'a row'} is not as it should be") from None
