"""A real mail server for the tests: aiosmtpd, with and without TLS, kind and unkind."""

import datetime as dt
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Mailbox:
    """What came, and what is said next instead of `250 OK` after a mail (`answers`) or a recipient (`recipients`)."""

    came: list[EmailMessage] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    hangs_up: list[str] = field(default_factory=list)
    """Where it hangs up next without a word: at `RCPT`, at `DATA` when it has the mail, at `QUIT`."""
    port: int = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del session, options
        if self._gone(server, "RCPT"):
            return "421 gone"
        if self.recipients:
            return self.recipients.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.answers:
            return self.answers.pop(0)
        mail = message_from_bytes(envelope.original_content or b"", EmailMessage, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.came.append(mail)
        self.encrypted.append(session.ssl is not None)
        self._gone(server, "DATA")
        return "250 OK"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        del session, envelope
        self._gone(server, "QUIT")
        return "221 bye"

    def _gone(self, server: SMTP, where: str) -> bool:
        if self.hangs_up[:1] != [where]:
            return False
        self.hangs_up.pop(0)
        assert server.transport is not None
        server.transport.abort()  # type: ignore[attr-defined] # a socket's transport
        return True


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1 that vouches for itself: its file, and its key's."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail of the tests")])
    now = dt.datetime.now(dt.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    theirs, secret = folder / "mail.pem", folder / "mail.key"
    theirs.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    return theirs, secret


def _knows(server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object) -> AuthResult:
    del server, session, envelope, mechanism
    right = isinstance(given, LoginPassword) and (given.login, given.password) == (b"ventanilla", b"secret")
    return AuthResult(success=right, handled=False)


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextmanager
def mail_server(
    folder: Path | None = None, *, from_the_first_word: bool = False, port: int = 0
) -> Iterator[Mailbox]:
    """Run a server; with a folder it encrypts (its certificate is put there), and with STARTTLS asks who sends.

    port: where one was before; else a free one.
    """
    box = Mailbox(port=port or free_port())
    options: dict[str, Any] = {}
    if folder is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*certificate(folder))
        options = (
            {"ssl_context": context}
            if from_the_first_word
            else {
                "tls_context": context,
                "require_starttls": True,
                "authenticator": _knows,
                "auth_required": True,
            }
        )
    controller = Controller(box, hostname="127.0.0.1", port=box.port, **options)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
