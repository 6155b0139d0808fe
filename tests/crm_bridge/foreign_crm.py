"""A house-made CRM, written from docs/connect-your-crm.md and from nothing else: standard library and SQLite.

It imports nothing of Ventanilla, and a test keeps it so. It runs as a program of its own, so that it can be killed:
`python -m tests.crm_bridge.foreign_crm --token secret --database crm.sqlite --citizens citizens.json [--slow 2.0]`.
"""

import argparse
import base64
import hmac
import json
import sys
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from tests.crm_bridge.foreign_records import Crm, Never


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
