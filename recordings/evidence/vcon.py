"""The vCon 0.4.0 of a recording (draft-ietf-vcon-vcon-core): who, when, which bytes, what was read and answered.

The audio is not in it: its SHA-512 is, so the vCon is signed once the recording is sealed, and stays true however
the bytes are kept. Of a call whose recording is empty or missing there is a vCon too, that names no bytes: what was
agreed is on record, and that it cannot be heard. Consent stands in attachments of purpose `consent`, one for each
episode; the draft has no words of its own for it. `validation` of the citizen says how far they had proven who they
are, as `ventanilla-L2`.
"""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from recordings.episodes import MACHINE, Episode, Outcome, Span, mute_within
from recordings.marks import Kind
from recordings.recording import SHORT_BY_S, Flaw

VERSION = "0.4.0"
AUDIO, WRITING = "audio/x-wav", "application/jsonl"
CITIZEN, OFFICE = 0, 1
"""Their places among the parties; the office is the machine and whoever of its people spoke."""
_RANDOM_BITS = 74
_HISTORY: Mapping[str, tuple[int, str]] = {
    "agent": (OFFICE, "join"),
    "handed": (OFFICE, "join"),
    "held": (CITIZEN, "hold"),
    "back": (CITIZEN, "unhold"),
    "muted": (CITIZEN, "mute"),
    "unmuted": (CITIZEN, "unmute"),
}
"""What a mark is in the draft's words; marks that it has none for stand among the facts only."""


@dataclass(frozen=True, slots=True)
class Chained:
    """The chunk chain kept while the recording was written (recordings/chain.py): its last link, and where it broke.

    broken_at: the first byte that was another when the recording was sealed; None when it is whole.
    """

    chunks: int
    link: str
    broken_at: int | None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recording that is over, as its row and its episodes tell it.

    evidence: the id of what is being made (a UUID). sha512: hex, of all its bytes; None when there are none, for it is
    empty or missing. marks: (kind, milliseconds).
    """

    evidence: str
    call: str
    begun_at: float
    ended_at: float
    duration_ms: int
    bytes: int
    sha512: str | None
    flaw: str
    orderly: bool
    in_writing: bool
    notice_key: str
    notice_language: str
    notice_offset_ms: int
    marks: tuple[tuple[str, int], ...] = ()
    episodes: tuple[Episode, ...] = ()
    chain: Chained | None = None

    @property
    def file(self) -> str:
        """What its bytes are called in a package."""
        return file_of(in_writing=self.in_writing)

    @property
    def call_ms(self) -> int:
        """How long the call was recorded by the clock; the audio's length should be that."""
        return max(0, round((self.ended_at - self.begun_at) * 1000))

    @property
    def unheard(self) -> tuple[Episode, ...]:
        """What was accepted, and cannot be heard in the recording."""
        accepted = (one for one in self.episodes if one.outcome is Outcome.ACCEPTED)
        return tuple(one for one in accepted if not self.has(one))

    def has(self, episode: Episode) -> bool:
        """Say whether statement and answer of an episode lie in the audio that there is, and in no gap of it.

        One that lacks nothing has all of it: the clock's offsets are some tenths of a second beside the audio's.
        """
        if self.sha512 is None:
            return False
        spans = [span for span in (episode.statement_ms, episode.answer_ms) if span]
        ends = max((span[1] for span in spans), default=0)
        gaps = [(at, kind == Kind.MUTED) for kind, at in self.marks if kind in (Kind.MUTED, Kind.UNMUTED)]
        if spans and mute_within(min(span[0] for span in spans), ends, gaps):
            return False
        whole = self.flaw == Flaw.NONE or self.in_writing
        return whole or ends <= self.duration_ms + SHORT_BY_S * 1000

    def named(self, evidence: str) -> "Recorded":
        """Give the same under the id of the evidence that is made of it."""
        return replace(self, evidence=evidence)


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who signs: the institution's name, and the address below which its recordings are asked for (https)."""

    name: str
    url: str


def file_of(*, in_writing: bool) -> str:
    """Name the file of a recording's bytes."""
    return "recording.jsonl" if in_writing else "recording.wav"


def evidence_id(at: float, chance: int) -> str:
    """Give a UUID version 8: the millisecond first, then 74 random bits, laid out as in version 7 (RFC 9562)."""
    high, low = divmod(chance % (1 << _RANDOM_BITS), 1 << 62)
    whole = (int(at * 1000) & ((1 << 48) - 1)) << 80 | 8 << 76 | high << 64 | 2 << 62 | low
    return str(UUID(int=whole))


def vcon(recorded: Recorded, publisher: Publisher, at: float) -> dict[str, Any]:
    """Compose the unsigned vCon; `at`: when it is made (unix seconds)."""
    return {
        "vcon": VERSION,
        "uuid": recorded.evidence,
        "created_at": moment(at),
        "parties": _parties(recorded, publisher),
        "dialog": [_dialog(recorded, publisher)],
        "analysis": [],
        "attachments": [
            _attachment(recorded, "notice", OFFICE, 0, _notice(recorded)),
            _attachment(recorded, "recording", OFFICE, 0, _facts(recorded)),
            *(_consent(recorded, episode) for episode in recorded.episodes),
        ],
    }


def moment(at: float) -> str:
    """Write a moment as RFC 3339 has it, in UTC, to the millisecond."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _parties(recorded: Recorded, publisher: Publisher) -> list[dict[str, Any]]:
    levels = [episode.level for episode in recorded.episodes]
    citizen = {"type": "person", "validation": f"ventanilla-L{max(levels, default=0)}"}
    spoke = {name for episode in recorded.episodes for name in (episode.asked_by, episode.heard_by) if name}
    people = sorted(spoke - {MACHINE})
    agents = [{"type": "person", "uuid": name, "org": publisher.name} for name in people]
    return [citizen, {"type": "organization", "org": publisher.name, "name": publisher.name}, *agents]


def _dialog(recorded: Recorded, publisher: Publisher) -> dict[str, Any]:
    return {
        "type": "text" if recorded.in_writing else "recording",
        "start": moment(recorded.begun_at),
        "duration": (recorded.call_ms if recorded.sha512 is None else recorded.duration_ms) / 1000,
        "parties": [CITIZEN, OFFICE],
        "originator": CITIZEN,
        **_content(recorded, publisher),
        "party_history": [
            {"party": party, "time": moment(recorded.begun_at + offset / 1000), "event": event}
            for kind, offset in recorded.marks
            if kind in _HISTORY
            for party, event in [_HISTORY[kind]]
        ],
    }


def _content(recorded: Recorded, publisher: Publisher) -> dict[str, Any]:
    """Name the recording's bytes, if there are any."""
    if recorded.sha512 is None:
        return {}
    return {
        "mediatype": WRITING if recorded.in_writing else AUDIO,
        "filename": recorded.file,
        "url": f"{publisher.url.rstrip('/')}/evidence/{recorded.evidence}/{recorded.file}",
        "content_hash": content_hash(bytes.fromhex(recorded.sha512)),
    }


def content_hash(digest: bytes) -> str:
    """Write a SHA-512 as the draft does: its name, and base64url without padding."""
    return f"sha512-{base64url(digest)}"


def base64url(raw: bytes) -> str:
    """Write bytes as JOSE does (RFC 7515): base64url without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _attachment(
    recorded: Recorded, purpose: str, party: int, offset_ms: int, body: dict[str, Any]
) -> dict[str, Any]:
    return {
        "purpose": purpose,
        "start": moment(recorded.begun_at + offset_ms / 1000),
        "party": party,
        "dialog": 0,
        "mediatype": "application/json",
        "encoding": "json",
        "body": body,
    }


def _notice(recorded: Recorded) -> dict[str, Any]:
    """Say which recording notice was spoken; all of it lies before the first sample."""
    return {
        "prompt": recorded.notice_key,
        "language": recorded.notice_language,
        "ms_after_answer": recorded.notice_offset_ms,
    }


def _facts(recorded: Recorded) -> dict[str, Any]:
    """Say what the recorder knows of the file, its flaws first."""
    return {
        "flaw": recorded.flaw,
        "end_was_heard": recorded.orderly,
        "call": recorded.call,
        "bytes": recorded.bytes,
        "call_ms": recorded.call_ms,
        "chunk_chain": asdict(recorded.chain) if recorded.chain else None,
        "channels": [] if recorded.in_writing else ["left: citizen", "right: office"],
        "marks": [{"kind": kind, "ms": offset} for kind, offset in recorded.marks],
    }


def _consent(recorded: Recorded, episode: Episode) -> dict[str, Any]:
    said = episode.statement
    body = {
        "episode": episode.id,
        "act": episode.act,
        "citizen": episode.citizen,
        "level": episode.level,
        "leg": episode.leg,
        "statement": {"id": said.id, "language": said.language, "text": said.text, "sha512": said.sha512},
        "asked_by": episode.asked_by,
        "heard_by": episode.heard_by,
        "began_ms": episode.began_ms,
        "statement_ms": _span(episode.statement_ms),
        "answer_ms": _span(episode.answer_ms),
        "answer": episode.answer,
        "outcome": str(episode.outcome),
        "on_the_recording": recorded.has(episode),
    }
    return _attachment(recorded, "consent", CITIZEN, episode.began_ms, body)


def _span(span: Span | None) -> list[int] | None:
    return list(span) if span else None
