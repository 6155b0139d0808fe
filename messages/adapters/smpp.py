"""SMS by SMPP 3.4 (transceiver), over aiosmpplib: we cut the parts, keep the numbers and judge the answers.

What the library does for us: the PDUs, the session, binding again with ever longer rests, asking after a silent line.
What it does not, and stands here: parts with a user data header (it would send a long text as one `message_payload`,
which few centres take); which answer belongs to what (`sending` is told the sequence number before the PDU leaves);
delivery reports across restarts (the outbox knows the numbers) and in the words of vendors (`messages/reports.py`);
patience with what real centres say: a status of the vendor's own (0x400 to 0x4FF), a number for a message that is none,
a length that is nonsense. It has a throttle of its own, which stops a line for minutes once a centre has said "too
fast" to one of a hundred: the post rests by itself, so that throttle is open. What was given up waiting is never sent
late. It writes whole messages into its log when something fails, so its log is closed.
"""

import asyncio
import itertools
import logging
import re
from dataclasses import dataclass, field
from datetime import timedelta
from struct import error as StructError  # noqa: N812 - a class by its nature
from typing import Any, Final

from aiosmpplib import ESME, AbstractHook, PhoneNumber, SubmitSm
from aiosmpplib.protocol import DeliverSm, DeliverSmResp, GenericNack, SmppMessage, SubmitSmResp
from aiosmpplib.state import (
    NPI,
    TON,
    USER_MESSAGE_REFERENCE,
    BindMode,
    OptionalParam,
    PduHeader,
    SmppCommand,
    SmppCommandStatus,
    SmppSessionState,
)

from messages.adapters.smpp_parts import OpenThrottle, Queue, Sequences
from messages.alphabet import Alphabet, Sms, sms
from messages.channels import Piece, Report
from messages.reports import reported
from messages.states import Refused

log = logging.getLogger("ventanilla.messages")

ANSWER_S: Final = (
    15.0  # a centre that has not said in that time whether it took a message may have died with it
)
SILENT_S: Final = 30.0  # of a line without a word, before it is asked after
LEAVES_S: Final = 2.0  # to say goodbye to the centre, when the server stops
LONGEST_PDU: Final = 70_000  # 64 kB of payload and what stands around it
LONGEST_PASSWORD: Final = 8  # SMPP 3.4, 4.1.5: nine octets with the one that ends it
UDHI: Final = 0b0100_0000
URGENT_FLAG: Final = 3  # GSM: very urgent
_HEADER = 16
_NUMBER = re.compile(r"\+[1-9][0-9]{5,14}", re.ASCII)  # E.164
_STATUS = slice(8, 12)

_FOREVER = ("ESME_RINVDSTADR", "ESME_RINVSRCADR", "ESME_RINVMSGLEN", "ESME_RINVDSTTON", "ESME_RINVDSTNPI",
            "ESME_RINVSRCTON", "ESME_RINVSRCNPI", "ESME_RX_P_APPN", "ESME_RX_R_APPN", "ESME_RINVESMCLASS",
            "ESME_RINVOPTPARAMVAL", "ESME_ROPTPARNOTALLWD", "ESME_RINVEXPIRY", "ESME_RINVPRTFLG")  # fmt: skip
_TOO_FAST = ("ESME_RTHROTTLED", "ESME_RMSGQFUL")


@dataclass(frozen=True, slots=True)
class Centre:
    """An SMS centre and who we are there; `alias` is the sender that people see."""

    host: str
    port: int
    system_id: str
    password: str = field(repr=False)
    system_type: str = ""
    alias: str = ""


@dataclass(slots=True)
class _Waiting:
    """A submit on its way: `handed` once its PDU is being written."""

    answer: asyncio.Future[SubmitSmResp | GenericNack]
    handed: bool = False


class SmppChannel:
    """One line to one centre. `run` keeps it."""

    name = "sms"

    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self._broker = Queue()
        self._hook = _Hook()
        self._line: _Line | None = None
        self._times = itertools.count()

    @property
    def up(self) -> bool:
        """Whether we are bound."""
        return self._line is not None and self._line.session_state is SmppSessionState.BOUND_TRX

    def parts(self, text: str, language: str) -> int:
        """Say how many SMS a text takes."""
        return len(sms(text, language).parts)

    async def run(self, report: Report) -> None:
        """Keep the line, for ever: the library binds again whenever it is lost."""
        self._hook.report = report
        self._line = self._open()
        keeping = asyncio.create_task(self._line.start(), name="the line to the SMS centre")
        try:
            await asyncio.wait({keeping})
            keeping.result()
        finally:
            # Inside the library a cancelling may be lost (`wait_for` of Python 3.11): a stop does not wait for ever.
            for _ in range(2):
                keeping.cancel()
                await asyncio.wait({keeping}, timeout=LEAVES_S)

    async def send(self, piece: Piece) -> str | None:
        """Submit one part; the centre's number for it. Raises Refused."""
        if not _NUMBER.fullmatch(piece.to):
            raise Refused("unsendable", again=False)
        if not self.up:
            raise Refused("line_down")
        submit = self._submit(piece, sms(piece.text, piece.language))
        waiting = self._hook.expect(submit.log_id)
        await self._broker.enqueue(submit)
        try:
            async with asyncio.timeout(ANSWER_S):
                answer = await waiting.answer
        except TimeoutError:
            self._broker.withdraw(submit)
            raise Refused("no_answer", doubtful=waiting.handed) from None
        finally:
            self._hook.forget(submit.log_id)
        if answer.command_status is SmppCommandStatus.ESME_ROK and isinstance(answer, SubmitSmResp):
            return answer.message_id or None
        status = answer.command_status.name
        raise Refused(status.lower(), again=status not in _FOREVER, throttled=status in _TOO_FAST)

    def _submit(self, piece: Piece, text: Sms) -> SubmitSm:
        several = len(text.parts) > 1
        submit = SubmitSm(
            short_message=text.parts[piece.part] or " ",
            source=PhoneNumber(self._centre.alias, TON.ALPHANUMERIC, NPI.UNKNOWN),
            destination=PhoneNumber(piece.to.lstrip("+"), TON.INTERNATIONAL, NPI.ISDN),
            esm_class=UDHI if several else 0,
            priority_flag=URGENT_FLAG if piece.urgent else 0,
            validity_period=timedelta(seconds=max(60, int(piece.good_for_s))),
            registered_delivery=1,
            encoding="ucs2" if text.alphabet is Alphabet.UCS2 else "gsm0338",
            optional_params=[OptionalParam(USER_MESSAGE_REFERENCE, piece.sending % 65_536)],
            log_id=f"{piece.sending}-{next(self._times)}",  # what is tried again is waited for anew
        )
        submit.set_encoded_message(text.octets(piece.part, piece.letter))
        return submit

    def _open(self) -> "_Line":
        centre = self._centre
        return _Line(
            centre.host, centre.port, centre.system_id, centre.password, centre.system_type,
            bind_mode=BindMode.TRANSCEIVER, enquire_link_interval=SILENT_S, socket_timeout=ANSWER_S,
            hook=self._hook, broker=self._broker, correlator=Sequences(), throttle_handler=OpenThrottle(),
            log_level=logging.CRITICAL + 1, log_handler=logging.NullHandler(),
        )  # fmt: skip


class _Line(ESME):  # type: ignore[misc]  # the library's types are not strict
    """The library's session, which a strange word of the other side does not end, and which leaves no socket open."""

    _writer: asyncio.StreamWriter | None

    async def connect(self) -> None:
        self._close()
        await super().connect()

    async def _disconnect(self) -> None:
        writer = self._writer
        try:
            await super()._disconnect()
        finally:
            if writer is not None:
                writer.close()

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    async def _get_pdu(self) -> tuple[bytes, PduHeader]:
        assert self._reader is not None  # noqa: S101 - for mypy: it is asked only when connected
        head = await self._reader.readexactly(_HEADER)
        length = int.from_bytes(head[:4], "big")
        if not _HEADER <= length <= LONGEST_PDU:
            raise ValueError("a PDU of impossible length")
        body = await self._reader.readexactly(length - _HEADER)
        if int.from_bytes(head[_STATUS], "big") not in _STATUSES:  # the vendor's own: some error of theirs
            head = head[:8] + int(SmppCommandStatus.ESME_RUNKNOWNERR).to_bytes(4, "big") + head[12:]
        return head + body, SmppMessage.parse_header(head)

    async def _handle_response(self, pdu: bytes, header: PduHeader) -> Any:  # noqa: ANN401 - the library's message
        answer = await super()._handle_response(pdu, header)
        if answer is None and header.smpp_command is SmppCommand.SUBMIT_SM_RESP:  # its number is no number
            return SubmitSmResp(header.sequence_num, command_status=header.command_status)
        return answer

    async def _handle_request(self, pdu: bytes, header: PduHeader) -> Any:  # noqa: ANN401 - the library's message
        """Take a report in whatever words it comes; the library would refuse those of most vendors."""
        if header.smpp_command is not SmppCommand.DELIVER_SM:
            return await super()._handle_request(pdu, header)
        try:
            said = DeliverSm.from_pdu(pdu, header, self.default_encoding, None)
        except (ValueError, LookupError, ArithmeticError, StructError) as fault:
            log.warning("the SMS centre sent what nobody can read: %s", type(fault).__name__)
            await self._send_data(DeliverSmResp(header.sequence_num))
            return None
        return said


_STATUSES: Final = frozenset(int(status) for status in SmppCommandStatus)


class _Hook(AbstractHook):  # type: ignore[misc]
    """Brings answers to who waits for them, and reports to the post."""

    def __init__(self) -> None:
        self._waiting: dict[str, _Waiting] = {}
        self._sequences: dict[int, str] = {}
        self.report: Report = lambda _remote, _state, _why: None

    def expect(self, log_id: str) -> _Waiting:
        self._waiting[log_id] = _Waiting(asyncio.get_running_loop().create_future())
        return self._waiting[log_id]

    def forget(self, log_id: str) -> None:
        self._waiting.pop(log_id, None)
        self._sequences = {number: one for number, one in self._sequences.items() if one != log_id}

    async def sending(self, smpp_message: SmppMessage, pdu: bytes, client_id: str) -> None:  # noqa: ARG002
        if not isinstance(smpp_message, SubmitSm):
            return
        waiting = self._waiting.get(smpp_message.log_id)
        if waiting is None:
            raise ValueError(
                "nobody waits for this any more"
            )  # which the library takes for a reason not to send
        waiting.handed = True
        self._sequences[smpp_message.sequence_num] = smpp_message.log_id

    async def received(self, smpp_message: SmppMessage | None, pdu: bytes, client_id: str) -> None:  # noqa: ARG002
        match smpp_message:
            case DeliverSm() if smpp_message.is_receipt():
                words = smpp_message.short_message or smpp_message.message_payload
                extras = {one.tag: one.value for one in smpp_message.optional_params or ()}
                if (found := reported(words, extras)) is not None:
                    self.report(*found)
            case SubmitSmResp() | GenericNack() if not isinstance(smpp_message, DeliverSmResp):
                waiting = self._waiting.get(self._sequences.pop(smpp_message.sequence_num, ""))
                if waiting is not None and not waiting.answer.done():
                    waiting.answer.set_result(smpp_message)

    async def send_error(self, smpp_message: SmppMessage, error: Exception, client_id: str) -> None:  # noqa: ARG002
        waiting = self._waiting.get(getattr(smpp_message, "log_id", ""))
        if waiting is not None and not waiting.answer.done():
            built = isinstance(error, ValueError)  # what cannot be written will never be
            why = "unsendable" if built else "line_down"
            waiting.answer.set_exception(Refused(why, again=not built, doubtful=waiting.handed and not built))
