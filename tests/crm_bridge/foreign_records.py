"""The records of a house-made CRM, and what its contract wants of them: docs/connect-your-crm.md and nothing else."""

import hmac
import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

Record = dict[str, Any]
OPEN_STATES = {"open", "in_progress", "waiting_citizen"}
MOVES = {
    "open": {"in_progress", "waiting_citizen", "resolved", "closed"},
    "in_progress": {"waiting_citizen", "resolved", "closed"},
    "waiting_citizen": {"in_progress", "resolved", "closed"},
    "resolved": {"in_progress", "closed"},
    "closed": set[str](),
}
BY_OUTCOME = {
    "resolved": "resolved",
    "informed": "resolved",
    "waiting_citizen": "waiting_citizen",
    "documents_requested": "waiting_citizen",
    "wrong_service": "closed",
}
DAY_S = 86_400
SCHEMA = """
CREATE TABLE IF NOT EXISTS citizens (id TEXT PRIMARY KEY, document TEXT, affiliation TEXT, record TEXT);
CREATE TABLE IF NOT EXISTS telephones (telephone TEXT, citizen TEXT);
CREATE TABLE IF NOT EXISTS answers (citizen TEXT, question TEXT, digits TEXT);
CREATE TABLE IF NOT EXISTS cases (citizen TEXT, record TEXT);
CREATE TABLE IF NOT EXISTS requests (reference TEXT PRIMARY KEY, citizen TEXT, record TEXT);
CREATE TABLE IF NOT EXISTS contacts (request TEXT, contact TEXT, record TEXT, PRIMARY KEY (request, contact));
CREATE TABLE IF NOT EXISTS attachments (request TEXT, kind TEXT, reference TEXT, at REAL,
    PRIMARY KEY (request, kind, reference));
CREATE TABLE IF NOT EXISTS keys (key TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS hooks (id TEXT PRIMARY KEY, body TEXT);
CREATE INDEX IF NOT EXISTS telephones_by_number ON telephones (telephone);
CREATE INDEX IF NOT EXISTS requests_by_citizen ON requests (citizen);
"""


class Never(Exception):  # noqa: N818
    """This write will never be taken; `code` says why."""


class Crm:
    """The CRM's records, and what its contract wants of them."""

    def __init__(self, database: str) -> None:
        self._db = sqlite3.connect(database, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.executescript(SCHEMA)
        self._turn = threading.Lock()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._turn:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def settle(self, people: list[Record]) -> None:
        """Take in citizens with their answers and cases."""
        with self._transaction():
            for one in people:
                citizen = one["citizen"]
                self._db.execute(
                    "INSERT OR IGNORE INTO citizens VALUES (?, ?, ?, ?)",
                    (citizen["id"], citizen["document"], citizen["affiliation"], json.dumps(citizen)),
                )
                for number in citizen["telephones"]:
                    self._db.execute("INSERT INTO telephones VALUES (?, ?)", (number, citizen["id"]))
                for question, digits in one.get("answers", {}).items():
                    self._db.execute(
                        "INSERT INTO answers VALUES (?, ?, ?)", (citizen["id"], question, digits)
                    )
                for case in one.get("cases", []):
                    self._db.execute("INSERT INTO cases VALUES (?, ?)", (citizen["id"], json.dumps(case)))

    # --- questions ---

    def citizen(self, name: str) -> Record | None:
        return self._one("SELECT record FROM citizens WHERE id = ?", name)

    def search(self, wanted: Record) -> Record:
        if "telephone" in wanted:
            query = "SELECT record FROM citizens JOIN telephones ON citizen = id WHERE telephone = ?"
            return {"citizens": self._all(query, wanted["telephone"])}
        return {"citizens": self._all("SELECT record FROM citizens WHERE document = ?", wanted["document"])}

    def _person(self, document: str) -> tuple[Record | None, dict[str, str]]:
        person = self._one(
            "SELECT record FROM citizens WHERE document = ?1 OR affiliation = ?1 LIMIT 1", document
        )
        rows = self._rows("SELECT question, digits FROM answers WHERE citizen = ?", (person or {}).get("id"))
        return person, {str(question): str(digits) for question, digits in rows}

    def person(self, wanted: Record) -> Record:
        person, answers = self._person(wanted["document"])
        if person is None:
            return {"person": None}
        shown = {name: person[name] for name in ("id", "protected", "locked")}
        return {"person": {**shown, "questions": sorted(answers)}}

    def hold(self, wanted: Record) -> Record:
        _, kept = self._person(wanted["document"])
        right = bool(wanted["answers"])
        for question, digits in wanted["answers"].items():
            expected = _digits(kept.get(question, "")) if question in kept else "-"
            right &= hmac.compare_digest(expected, _digits(digits))
        return {"hold": right}

    def cases(self, citizen: str) -> Record:
        return {"cases": self._all("SELECT record FROM cases WHERE citizen = ?", citizen)}

    def requests(self, citizen: str, which: str, offset: int, limit: int) -> Record:
        found = self._all("SELECT record FROM requests WHERE citizen = ?", citizen)
        if which != "all":
            found = [one for one in found if (one["state"] in OPEN_STATES) == (which == "open")]
        found.sort(key=lambda one: (one["changed_at"], one["reference"]), reverse=True)
        return {"requests": found[offset : offset + limit]}

    def contacts(self, citizen: str, offset: int, limit: int) -> Record:
        query = (
            "SELECT c.record FROM contacts c JOIN requests r ON r.reference = c.request WHERE r.citizen = ?"
        )
        found = self._all(query, citizen)
        found.sort(key=lambda one: (one["at"], one["contact"]), reverse=True)
        return {"contacts": found[offset : offset + limit]}

    def request(self, reference: str) -> Record | None:
        request = self._one("SELECT record FROM requests WHERE reference = ?", reference)
        if request is None:
            return None
        attached = self._rows("SELECT kind, reference, at FROM attachments WHERE request = ?", reference)
        return {
            "request": request,
            "contacts": self._all("SELECT record FROM contacts WHERE request = ?", reference),
            "attachments": [{"kind": kind, "reference": name, "at": at} for kind, name, at in attached],
        }

    def due(self, by: float, limit: int) -> Record:
        found = [
            one
            for one in self._all("SELECT record FROM requests")
            if one["state"] in {"open", "in_progress"} and one["due_at"] <= by
        ]
        found.sort(key=lambda one: (one["due_at"], one["reference"]))
        return {"requests": found[:limit]}

    # --- writes ---

    def write(self, key: str, write: Record) -> None:
        """Take a write once for its key. Raises Never."""
        with self._transaction():
            if self._db.execute("SELECT 1 FROM keys WHERE key = ?", (key,)).fetchone():
                return
            self._apply(write)
            self._db.execute("INSERT INTO keys VALUES (?)", (key,))

    def _apply(self, write: Record) -> None:
        name, at = write["request"], write["at"]
        request = self._one_now("SELECT record FROM requests WHERE reference = ?", name)
        if write["write"] == "open":
            self._open(write, request)
            return
        if request is None:
            raise Never("no_such_request")
        changed: bool = getattr(self, f"_{write['write']}")(write, request)
        if changed:
            request["changed_at"] = at
            self._save(request)

    def _open(self, write: Record, request: Record | None) -> None:
        if request is None:
            self._demand_citizen(write["citizen"])
            due_at = write["due_at"]
            if due_at is None:
                due_at = write["at"] + (DAY_S if write["priority"] >= 7 else 5 * DAY_S)
            same = ("citizen", "subject", "kind", "channel", "priority", "level", "area")
            self._save(
                {
                    **{field: write[field] for field in same},
                    "reference": write["request"],
                    "state": "open",
                    "assignee": None,
                    "reason": "",
                    "opened_at": write["at"],
                    "changed_at": write["at"],
                    "due_at": due_at,
                }
            )
        elif self._contact(write["request"], write["call"]) is None and (
            request["citizen"] != write["citizen"] or abs(request["opened_at"] - write["at"]) >= 1
        ):
            raise Never("reference_taken")
        self._meet(write, write["call"])

    def _demand_citizen(self, citizen: str | None) -> None:
        if citizen is not None and self._one_now("SELECT record FROM citizens WHERE id = ?", citizen) is None:
            raise Never("no_such_citizen")

    def _continue(self, write: Record, request: Record) -> bool:
        if self._meet(write, write["call"]):
            if request["opened_at"] < write["at"]:
                _take_up(request)
        else:
            self._tell(write, write["call"], subject=write["subject"])
        if _weight(write["subject"]) > _weight(request["subject"]):
            request["subject"] = write["subject"]
        if request["citizen"] is None and write["citizen"] is not None:
            self._demand_citizen(write["citizen"])
            request["citizen"] = write["citizen"]
        return True

    def _note(self, write: Record, request: Record) -> bool:
        _move(request, write["outcome"])
        request["assignee"] = request["assignee"] or write["agent"]
        self._meet({**write, "channel": request["channel"], "subject": request["subject"]}, write["call"])
        self._tell(write, write["call"], agent=write["agent"], outcome=write["outcome"], notes=write["notes"])
        return True

    def _talked(self, write: Record, request: Record) -> bool:
        contact = self._contact(write["request"], write["call"])
        if contact is None or contact["agent"] == write["agent"]:
            return False
        self._tell(write, write["call"], agent=write["agent"], outcome="none")
        _move(request, "none")
        request["assignee"] = request["assignee"] or write["agent"]
        return True

    def _escalate(self, write: Record, request: Record) -> bool:
        request.update(level=write["level"], subject=write["subject"], reason=write["reason"], assignee=None)
        if write["area"] is not None:
            request["area"] = write["area"]
        if request["state"] == "open":
            request["state"] = "in_progress"
        return True

    def _close(self, _: Record, request: Record) -> bool:
        request["state"] = "closed"
        return True

    def _change(self, write: Record, request: Record) -> bool:
        for field in ("subject", "kind", "area", "assignee", "priority", "due_at"):
            if write[field] is not None:
                request[field] = write[field]
        request["assignee"] = request["assignee"] or None
        return True

    def _contacted(self, write: Record, request: Record) -> bool:
        if not self._meet(write, write["contact"], direction=write["direction"]):
            return False
        if write["direction"] == "in":
            _take_up(request)
        if write["outcome"] is not None:
            _move(request, write["outcome"])
            request["assignee"] = request["assignee"] or write["agent"]
        self._tell(
            write, write["contact"], agent=write["agent"], outcome=write["outcome"], notes=write["notes"]
        )
        return True

    def _attach(self, write: Record, _: Record) -> bool:
        row = (write["request"], write["kind"], write["reference"], write["at"])
        return self._db.execute("INSERT OR IGNORE INTO attachments VALUES (?, ?, ?, ?)", row).rowcount == 1

    def _meet(self, write: Record, name: str, direction: str = "in") -> bool:
        """Add a contact; False when it is there."""
        contact = {
            "contact": name,
            "request": write["request"],
            "at": write["at"],
            "channel": write["channel"],
            "direction": direction,
            "subject": write["subject"],
            "agent": None,
            "outcome": None,
            "notes": "",
        }
        row = (write["request"], name, json.dumps(contact))
        return self._db.execute("INSERT OR IGNORE INTO contacts VALUES (?, ?, ?)", row).rowcount == 1

    def _contact(self, request: str, name: str) -> Record | None:
        return self._one_now("SELECT record FROM contacts WHERE request = ? AND contact = ?", request, name)

    def _tell(self, write: Record, name: str, **fields: object) -> None:
        contact = self._contact(write["request"], name)
        if contact is not None:
            row = (json.dumps({**contact, **fields}), write["request"], name)
            self._db.execute("UPDATE contacts SET record = ? WHERE request = ? AND contact = ?", row)

    def _save(self, request: Record) -> None:
        row = (request["reference"], request["citizen"], json.dumps(request))
        self._db.execute("INSERT OR REPLACE INTO requests VALUES (?, ?, ?)", row)

    def hook(self, name: str, body: str) -> None:
        """Keep a webhook once for its id."""
        with self._transaction():
            self._db.execute("INSERT OR IGNORE INTO hooks VALUES (?, ?)", (name, body))

    # --- SQLite ---

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._turn:
            return self._db.execute(query, values).fetchall()

    def _all(self, query: str, *values: object) -> list[Record]:
        return [json.loads(row[0]) for row in self._rows(query, *values)]

    def _one(self, query: str, *values: object) -> Record | None:
        return next(iter(self._all(query, *values)), None)

    def _one_now(self, query: str, *values: object) -> Record | None:
        row = self._db.execute(query, values).fetchone()
        return json.loads(row[0]) if row else None


def _digits(said: str) -> str:
    return said.lstrip("0") or "0"


def _weight(subject: str) -> int:
    return {"general": 0, "case": 1}.get(subject, 2)


def _take_up(request: Record) -> None:
    if request["state"] in {"open", "waiting_citizen", "resolved"}:
        request["state"] = "in_progress"


def _move(request: Record, outcome: str) -> None:
    to = BY_OUTCOME.get(outcome, "in_progress")
    if to in MOVES[request["state"]]:
        request["state"] = to
