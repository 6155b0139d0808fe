"""One HTTP request of a mapping, filled with what is asked: an address and a JSON body. Pure."""

import json
import re
import string
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from crm_bridge.mapping import Ask

# What may stand in an address: no quote, bracket, slash or space, so that no value ends a filter's text (OData,
# SOQL) or changes the path. References, E.164 and documents are inside; an id that is not
# cannot be asked about.
_PLAIN = re.compile(r"[A-Za-z0-9+_.@:~-]{1,200}")
_WHOLE = re.compile(r"\{(\w+)\}")
# The mapping's own words for open, closed and all: a piece of a filter, written by who wrote the filter.
OURS = "which"


class Unsayable(ValueError):  # noqa: N818 (it says what the value is)
    """A value cannot stand in an address; the words name its field only."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A request ready to be sent. `body` is JSON text or None."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    body: str | None
    headers: tuple[tuple[str, str], ...]

    def named(self, key: str) -> "Filled":
        """Give it with the key under which it is taken once."""
        return replace(self, headers=(*self.headers, ("idempotency-key", key)))


def filled(ask: Ask, values: Mapping[str, Any]) -> Filled:
    """Fill a request. Raises Unsayable."""
    body = None if ask.body is None else json.dumps(_in_body(ask.body, values), ensure_ascii=False)
    return Filled(
        ask.method,
        _in_address(ask.path, values, encoded=True),
        tuple((name, _in_address(text, values, encoded=False)) for name, text in ask.query.items()),
        body,
        tuple(ask.headers.items()),
    )


def _in_address(text: str, values: Mapping[str, Any], *, encoded: bool) -> str:
    said = []
    for literal, name, _, _ in string.Formatter().parse(text):
        said.append(literal)
        if name is not None:
            value = _plain(name, values.get(name))
            said.append(quote(value, safe="") if encoded else value)
    return "".join(said)


def _plain(name: str, value: object) -> str:
    written = "" if value is None else str(value)
    if name == OURS:
        return written
    if not _PLAIN.fullmatch(written) or not written.strip("."):
        raise Unsayable(f"{name} cannot stand in an address")
    return written


def _in_body(template: Any, values: Mapping[str, Any]) -> Any:  # noqa: ANN401 (JSON)
    """Fill a body: a text that is one field and nothing else becomes its value, whatever type that has."""
    match template:
        case str():
            whole = _WHOLE.fullmatch(template)
            if whole:
                return values.get(whole[1])
            return template.format_map(_Texts(values))
        case dict():
            return {name: _in_body(one, values) for name, one in template.items()}
        case list():
            return [_in_body(one, values) for one in template]
        case _:
            return template


class _Texts(dict[str, str]):
    """Values as texts, nothing for None."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__({name: "" if value is None else str(value) for name, value in values.items()})

    def __missing__(self, name: str) -> str:
        """Give nothing for a field that this write does not have."""
        return ""
