"""A person's exported folder as a page they can read: one file, no scripts, no foreign addresses, in their language."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from server.copies import rows_of

TEXTS = Path(__file__).parents[1] / "web" / "static" / "texts"
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%;margin:1rem 0}th,td{text-align:left;vertical-align:top;"
    "padding:.4rem .6rem;border-bottom:1px solid #999}caption{text-align:left;font-weight:700;font-size:1.2rem}"
)
Rows = Iterable[Sequence[object]]


class Words:
    """The texts of the pages in one language, and the institution's names of subjects."""

    def __init__(
        self, language: str, subjects: Mapping[str, Mapping[str, str]], kinds: Mapping[str, Mapping[str, str]]
    ) -> None:
        file = TEXTS / f"{language}.json"
        chosen = file if file.exists() else TEXTS / "es.json"
        self._texts: dict[str, str] = json.loads(chosen.read_text(encoding="utf-8"))
        self.language = chosen.stem
        self._subjects, self._kinds = subjects, kinds

    def __call__(self, key: str) -> str:
        """Give a text; a word that has none stands as it is."""
        return self._texts.get(key, key.rpartition(".")[2].replace("_", " "))

    def subject(self, name: str) -> str:
        """Give what people read for a subject."""
        return self._subjects.get(name, {}).get(self.language, name.replace("_", " "))

    def kind(self, name: str) -> str:
        """Give what people read for a type of request."""
        return self._kinds.get(name, {}).get(self.language, name.replace("_", " "))


def page(folder: Mapping[str, Any], institution: str, words: Words) -> str:
    """Give the whole page."""
    person = folder["person"]
    title = f"{words('folder.title')}: {person['name']}"
    parts = (
        _table(words("folder.title"), (), _person(person, words)),
        _table(words("card.requests"), _heads(words, REQUEST), _requests(folder["requests"], words)),
        _table(words("card.contacts"), _heads(words, CONTACT), _contacts(folder["contacts"], words)),
        _table(words("card.cases"), (), _cases(folder["cases"], words)),
        *(_table(title, (), rows) for title, rows in rows_of(folder, words)),
        _table(words("folder.views"), (), ((one["at"], one["role"]) for one in folder["views"])),
    )
    tag = {"va": "ca-valencia"}.get(words.language, words.language)
    return (
        f'<!doctype html><html lang="{tag}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>"
        f"<h1>{escape(title)}</h1><p>{escape(institution)} · {escape(folder['exported_at'])}</p>"
        f"{''.join(parts)}</body></html>\n"
    )


REQUEST = ("card.request", "demand.what", "folder.kind", "desk.state", "folder.reason")
CONTACT = ("folder.when", "folder.channel", "demand.what", "finish.outcome", "notes")


def _heads(words: Words, keys: Sequence[str]) -> tuple[str, ...]:
    return tuple(words(key) for key in keys)


def _person(person: Mapping[str, Any], words: Words) -> Rows:
    for name in ("document", "affiliation"):
        if person[name]:
            yield words(f"folder.{name}"), person[name]
    yield words("folder.telephones"), ", ".join(person["telephones"])
    yield words("card.language"), words(f"card.language.{person['language']}")


def _requests(requests: Iterable[Mapping[str, Any]], words: Words) -> Rows:
    for one in requests:
        things = ", ".join(f"{words('attachment.' + x['kind'])} {x['reference']}" for x in one["attachments"])
        state = f"{words('request.' + one['state'])} ({one['opened_at'][:10]}, {one['changed_at'][:10]})"
        more = "; ".join(part for part in (one["reason"], things) if part)
        yield one["reference"], words.subject(one["subject"]), words.kind(one["kind"]), state, more


def _contacts(contacts: Iterable[Mapping[str, Any]], words: Words) -> Rows:
    for one in contacts:
        way = f"{words('channel.' + one['channel'])}, {words('direction.' + one['direction'])}"
        outcome = words(f"outcome.{one['outcome']}") if one["outcome"] else ""
        yield one["at"], way, words.subject(one["subject"]), outcome, one["notes"]


def _cases(cases: Iterable[Mapping[str, Any]], words: Words) -> Rows:
    for one in cases:
        yield one["reference"], words.subject(one["subject"]), words(f"case.{one['state']}"), one["since"]


def _table(caption: str, heads: Sequence[str], rows: Rows) -> str:
    top = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    body = "".join(f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in rows)
    head = f"<thead><tr>{top}</tr></thead>" if heads else ""
    return f"<table><caption>{escape(caption)}</caption>{head}<tbody>{body}</tbody></table>"
