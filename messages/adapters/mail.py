"""E-mail by SMTP, over aiosmtplib: plain text, one message a connection, encrypted as the setting says."""

import asyncio
import hashlib
import logging
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from typing import Any, Final, Literal

import aiosmtplib
from aiosmtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused, SMTPResponseException

from messages.channels import Piece, Report
from messages.standing import Standing
from messages.states import Refused
from messages.texts import Wording

log = logging.getLogger("ventanilla.messages")

# For each step of the conversation; RFC 5321 lets a server take longer, a caller does not.
LIMIT_S: Final = 20.0
WHOLE_S: Final = 35.0  # for all of them, and a goodbye after: a slow server is left before the post gives up
FOREVER: Final = 500  # a 5yz answer: RFC 5321, 4.2.1
LEAVING: Final = 421  # RFC 5321, 3.8: it closes the line, whatever it was asked
FIRST_LOOK_S: Final = 2.0  # a mail server that was restarted is back in seconds

_ONE: Final = re.compile(r"""[^\s@,;:<>()\[\]"\\]+@[A-Za-z0-9.\-]+""")
"""One address (RFC 5322, 3.4.1), without what would be read as a list, a name or a comment: a code goes to one."""

Security = Literal["tls", "starttls", "none"]


@dataclass(frozen=True, slots=True)
class Server:
    """An SMTP server, who we are there, and from whom the mail comes. `ca`: a file of the authority it is proven by."""

    host: str
    port: int
    security: Security
    sender: str
    name: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    ca: str | None = None


class MailChannel:
    """One server. `run` looks whether it is back when it was lost."""

    name = "email"

    def __init__(self, server: Server, wording: Wording, first_look_s: float = FIRST_LOOK_S) -> None:
        self._server = server
        self._wording = wording
        self._first_look_s = first_look_s
        self._standing = Standing()
        self._lost = asyncio.Event()

    @property
    def up(self) -> bool:
        """Whether it may be tried: a connection is made for each message, and the last ones say whether it is there."""
        return self._standing.up

    def parts(self, text: str, language: str) -> int:
        """Say how many mails a text takes."""
        del text, language
        return 1

    async def run(self, report: Report) -> None:
        """Look whether a server that was lost is back, for ever.

        There is nothing to report: what could not be delivered comes back as a mail to the sender.
        """
        del report
        while True:
            await self._lost.wait()
            await asyncio.sleep(self._standing.rest(self._first_look_s))
            there = await self._answers()
            self._now(self._standing if self.up else self._standing.looked(_time(), there=there))

    async def _answers(self) -> bool:
        """Say whether the server lets us in: connected, encrypted, signed in, as for a mail."""
        try:
            async with asyncio.timeout(WHOLE_S), self._line():
                return True
        except (SMTPException, OSError, TimeoutError, ValueError):
            return False

    def _now(self, standing: Standing) -> None:
        self._standing = standing
        if standing.up:
            self._lost.clear()
        else:
            self._lost.set()

    async def send(self, piece: Piece) -> str | None:
        """Hand a mail over. Raises Refused: in doubt only if the mail itself was on its way."""
        if not _ONE.fullmatch(piece.to):
            raise Refused("unsendable", again=False)
        if not self.up:
            raise Refused("line_down")
        begun_at = _time()
        try:
            await self._hand_over(piece)
        except _Answer as answer:
            self._now(self._standing.taken())
            raise answer.refused from None
        except Refused as refused:
            if refused.again:
                self._now(self._standing.failed(begun_at, _time()))
            raise
        self._now(self._standing.taken())
        return None

    async def _hand_over(self, piece: Piece) -> None:
        """Hold the conversation. Raises _Answer for what is said of this mail, Refused for what is wrong otherwise."""
        line = self._line()
        try:
            async with asyncio.timeout(WHOLE_S), line:
                await line.send_message(
                    self._written(piece), sender=self._server.sender, recipients=[piece.to]
                )
        except SMTPRecipientsRefused as refused:
            raise _answer(max((one.code for one in refused.recipients), default=FOREVER)) from None
        except SMTPDataError as refused:
            raise _answer(refused.code) from None
        except SMTPResponseException as refused:
            # Of us, not of this mail: a password, a server being rebuilt.
            raise Refused(f"smtp_{refused.code}") from None
        except (SMTPException, OSError, TimeoutError) as fault:
            if line.taken:
                return  # what breaks while saying goodbye changes nothing
            why = "no_answer" if line.handed else type(fault).__name__.lower()[:40]
            raise Refused(why, doubtful=line.handed) from None
        except ValueError:  # an address that is none
            raise Refused("unsendable", again=False) from None

    def _line(self) -> "_Line":
        server = self._server
        return _Line(
            hostname=server.host,
            port=server.port,
            username=server.user or None,
            password=server.password or None,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            cert_bundle=server.ca,
            timeout=LIMIT_S,
        )

    def _written(self, piece: Piece) -> EmailMessage:
        """Write the mail. Its id is the message's own, so that whoever gets it twice can tell."""
        mail = EmailMessage()
        mail["From"] = formataddr((self._server.name, self._server.sender))
        mail["To"] = piece.to
        mail["Subject"] = self._wording.subject(piece.message, piece.language)
        mail["Date"] = format_datetime(datetime.now(UTC))
        mail["Message-ID"] = f"<{_named(piece.key)}@{self._server.sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday notice comes back
        mail.set_content(piece.text)
        mail["Content-Language"] = "ca-valencia" if piece.language == "va" else piece.language
        return mail


class _Answer(Exception):  # noqa: N818 - it is the other side's word
    """The server is there, and does not take this mail."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.why)
        self.refused = refused


def _answer(code: int) -> _Answer | Refused:
    refused = Refused(f"smtp_{code}", again=code < FOREVER)
    return refused if code == LEAVING else _Answer(refused)


def _time() -> float:
    return asyncio.get_running_loop().time()


class _Line(aiosmtplib.SMTP):
    """The library's conversation, which knows whether the mail itself was begun, and whether it was taken."""

    handed = taken = False

    async def data(self, message: str | bytes, /, **limits: Any) -> aiosmtplib.SMTPResponse:  # noqa: ANN401 - the library's own
        self.handed = True
        try:
            answer = await super().data(message, **limits)
        except SMTPResponseException:
            self.handed = False  # it was said to be not taken
            raise
        self.taken = True
        return answer


def _named(key: str) -> str:
    return hashlib.blake2s(key.encode(), digest_size=16).hexdigest()
