"""A house-made CRM, written from docs/connect-your-crm.md and from nothing else: standard library, SQLite, one file.

It imports nothing of Ventanilla, and a test keeps it so. It runs as a program of its own, so that it can be killed:
`python foreign_crm.py --port 8080 --token secret --database crm.sqlite --citizens citizens.json [--slow 2.0]`.
"""

import argparse
import base64
import hmac
import json
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

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
        citizen = write["citizen"]
        if citizen is not None and self._one_now("SELECT record FROM citizens WHERE id = ?", citizen) is None:
            raise Never("no_such_citizen")
        if request is None:
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
        self._meet(write, write["call"])

    def _continue(self, write: Record, request: Record) -> bool:
        if self._meet(write, write["call"]):
            if request["opened_at"] < write["at"]:
                _take_up(request)
        else:
            self._tell(write, write["call"], subject=write["subject"])
        if _weight(write["subject"]) > _weight(request["subject"]):
            request["subject"] = write["subject"]
        if request["citizen"] is None:
            request["citizen"] = write["citizen"]
        return True

    def _note(self, write: Record, request: Record) -> bool:
        _move(request, write["outcome"])
        request["assignee"] = request["assignee"] or write["agent"]
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


class Door(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    crm: Crm
    token = ""
    hook_secret = ""
    slow_s = 0.0

    def do_GET(self) -> None:
        self._serve(self._get)

    def do_POST(self) -> None:
        self._serve(self._post)

    def _serve(self, answer: Callable[[], tuple[int, object]]) -> None:
        self.body = self.rfile.read(int(self.headers.get("content-length", "0")))
        said = (401, {"code": "who_are_you"}) if self._stranger() else answer()
        time.sleep(self.slow_s)  # what is stored and not answered yet is what a kill must not double
        body = b"" if said[0] == 204 else json.dumps(said[1]).encode()
        self.send_response(said[0])
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stranger(self) -> bool:
        ours = self.headers.get("authorization") == f"Bearer {self.token}"
        return not ours and not self.path.startswith("/hooks/")

    def _get(self) -> tuple[int, object]:
        place = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(place.query).items()}
        offset, limit = int(query.get("offset", "0")), int(query.get("limit", "50"))
        match [unquote(part) for part in place.path.split("/")[1:]]:
            case ["citizens", name]:
                found: object = self.crm.citizen(name)
            case ["citizens", name, "cases"]:
                found = self.crm.cases(name)
            case ["citizens", name, "requests"]:
                found = self.crm.requests(name, query.get("which", "all"), offset, limit)
            case ["citizens", name, "contacts"]:
                found = self.crm.contacts(name, offset, limit)
            case ["requests", name]:
                found = self.crm.request(name)
            case ["requests"]:
                found = self.crm.due(float(query["due_by"]), limit)
            case _:
                found = None
        return (200, found) if found is not None else (404, {"code": "nobody"})

    def _post(self) -> tuple[int, object]:  # noqa: PLR0911 (one for each address)
        if self.path == "/hooks/ventanilla":
            return self._hook()
        said = json.loads(self.body)
        match self.path:
            case "/citizens/search":
                return 200, self.crm.search(said)
            case "/persons/search":
                return 200, self.crm.person(said)
            case "/persons/answers":
                return 200, self.crm.hold(said)
            case "/writes":
                try:
                    self.crm.write(self.headers["idempotency-key"], said)
                except Never as never:
                    return 422, {"code": str(never)}
                return 204, None
        return 404, {"code": "no_such_place"}

    def _hook(self) -> tuple[int, object]:
        name, sent = self.headers.get("webhook-id", ""), self.headers.get("webhook-timestamp", "0")
        key = base64.b64decode(self.hook_secret.removeprefix("whsec_"))
        digest = hmac.digest(key, f"{name}.{sent}.".encode() + self.body, "sha256")
        expected = "v1," + base64.b64encode(digest).decode()
        fresh = abs(time.time() - int(sent)) <= 300
        signatures = self.headers.get("webhook-signature", "").split()
        if not fresh or not any(hmac.compare_digest(expected, one) for one in signatures):
            return 401, {"code": "forged"}
        self.crm.hook(name, self.body.decode())
        return 204, None

    def log_message(self, *_: object) -> None:
        """Say nothing: addresses and bodies are citizens'."""


class Server(ThreadingHTTPServer):
    """Many connections at once."""

    daemon_threads = True
    request_queue_size = 256


def main() -> None:
    """Run until killed; the port that was taken is the first line of output."""
    given = argparse.ArgumentParser()
    for name, default in (
        ("port", "0"),
        ("token", ""),
        ("hook-secret", ""),
        ("database", ""),
        ("citizens", ""),
    ):
        given.add_argument(f"--{name}", default=default)
    given.add_argument("--slow", type=float, default=0.0)
    said = given.parse_args()
    Door.crm, Door.token, Door.slow_s = Crm(said.database), said.token, said.slow
    Door.hook_secret = said.hook_secret
    if said.citizens:
        Door.crm.settle(json.loads(Path(said.citizens).read_text(encoding="utf-8")))
    server = Server(("127.0.0.1", int(said.port)), Door)
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
