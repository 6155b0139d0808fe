"""From a call to its package: what is on record about it, the recording's bytes, a proof out of the log."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.x509 import Certificate
from sqlalchemy import String, and_, cast, literal, select
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.evidence.authority import Authority, AuthorityDown
from recordings.adapters.evidence.desk import Desk, Kept
from recordings.adapters.evidence.keys import Keys, Role, trusted
from recordings.adapters.evidence.log import Head, Log
from recordings.adapters.evidence.package import Writer, bytes_of
from recordings.adapters.evidence.tables import heads, stamps
from recordings.adapters.tables import recordings
from recordings.evidence import cades, jws
from recordings.evidence.checking_times import LATE_AFTER_S
from recordings.evidence.notes import BadNote, opened
from recordings.evidence.packaged import after
from recordings.evidence.packing import Parts, files_of, late
from recordings.evidence.proofs import Proof
from recordings.evidence.stamps import BadStamp, certificates_of, check, request, root_of
from recordings.evidence.trust import BadTrust, Trust
from recordings.evidence.vcon import file_of
from recordings.naming import is_in_writing
from recordings.ports import Audio

log = logging.getLogger("ventanilla.evidence")

HEAD = "head:"
"""What the names of heads among the stamps begin with (desk.head_subject)."""
MOST_HEADS = 500
"""So many heads above an entry are looked through for one that a witness has signed: a day's, in a quiet house."""
SHORT_ROOT = 16
"""Characters of a head's root on a citizen's receipt: 96 bits, enough to compare with the published one."""


class NoEvidence(Exception):  # noqa: N818 - it is an answer, not an error
    """There is no package of a call; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a citizen is given: the reference of the evidence, and the beginning of a published head's root."""

    reference: str
    short_root: str


class Exports:
    """Packages of one installation's recordings."""

    def __init__(
        self, engine: AsyncEngine, audio: Audio, keys: Keys, authority: Authority | None = None
    ) -> None:
        self._engine, self._audio, self._keys, self._authority = engine, audio, keys, authority
        self._desk, self._log = Desk(engine), Log(engine)

    async def export(self, call: str, target: Path) -> Kept:
        """Write a call's package. Raises NoEvidence, NoAudio, Altered; then nothing is left at `target`."""
        kept = await self._desk.of_call(call)
        if kept is None:
            raise NoEvidence(
                f"There is no evidence of call {call}: no such recording, or it is not signed yet."
            )
        if kept.vcon is None:
            raise NoEvidence(f"The evidence of call {call} was destroyed when its term was over.")
        sha512, ended_at = await self._row(call)
        recording = file_of(in_writing=is_in_writing(call)) if _has_content(kept.vcon) else None
        files = files_of(await self._parts(kept, kept.vcon, recording, ended_at))
        writer = await asyncio.to_thread(Writer, target)
        try:
            if recording is not None:
                await asyncio.to_thread(writer.begin, recording)
                async for piece in bytes_of(self._audio.read(call)):
                    await asyncio.to_thread(writer.add, piece)
            loop = asyncio.get_running_loop()
            await asyncio.to_thread(writer.finish, sha512, files, lambda manifest: self._seal(manifest, loop))
        except BaseException:
            await asyncio.to_thread(writer.abandon)
            raise
        return kept

    async def receipt_of(self, call: str) -> Receipt | None:
        """Give a call's receipt; None until its evidence stands below a published head, or when there is none."""
        return await receipt_of(self._engine, call)

    def _seal(self, manifest: bytes, loop: asyncio.AbstractEventLoop) -> bytes:
        """Seal a manifest, in a thread; the authority is asked in the loop that waits for it."""
        seal = self._keys.identity(Role.SEAL)
        signature = cades.sign(manifest, seal.private, seal.chain)
        if self._authority is None:
            return signature
        return asyncio.run_coroutine_threadsafe(self._stamped(signature, self._authority), loop).result()

    async def _stamped(self, signature: bytes, authority: Authority) -> bytes:
        """Have a seal stamped; one that gets none is a seal all the same."""
        value = cades.value_of(signature)
        try:
            reply = await authority.stamp(request(value))
            check(reply, value, self._trust().stamp_roots)
            return cades.stamped(signature, reply)
        except (AuthorityDown, BadStamp) as why:
            log.warning("a package's seal has no time stamp: %s", why)
            return signature

    async def _row(self, call: str) -> tuple[str, float]:
        query = select(recordings).where(recordings.c.call == call)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one()
        return row.sha512 or "", row.ended_at

    async def _parts(self, kept: Kept, vcon: bytes, recording: str | None, ended_at: float) -> Parts:
        trust = self._trust()
        head, head_stamp = await self._head(kept.leaf, trust)
        replies = await self._desk.stamps_of(kept.id)
        all_stamps = [*replies, *([head_stamp] if head_stamp else [])]
        return Parts(
            recording=recording,
            vcon=vcon,
            stamps=replies,
            proof=Proof(kept.leaf, await self._log.inclusion(kept.leaf, head.size), head.note),
            head_stamp=head_stamp,
            chain=jws.read(vcon).chain,
            authority=_authorities(all_stamps),
            authority_roots=_roots(all_stamps, trust.stamp_roots),
            log_keys="".join(f"{key.written}\n" for key in trust.logs),
            late=late(ended_at, kept.signed_at, kept.stamped_at, LATE_AFTER_S) if kept.stamped_at else "",
        )

    def _trust(self) -> Trust:
        try:
            return trusted(self._keys.trust_folder)
        except BadTrust as fault:
            raise NoEvidence(str(fault)) from fault

    async def _head(self, leaf: int, trust: Trust) -> tuple[Head, bytes | None]:
        """Give the head to show an entry in, with its stamp: the first that was stamped and cosigned, else stamped.

        Without a stamp it is the first one whose key still signs: that of a retired key would prove nothing.
        """
        stamped = [one for one in await self._stamped_heads(leaf) if not _given_up(one, trust)]
        best = next((one for one in stamped if _cosigned(one.head.note, trust)), None)
        if chosen := best or next(iter(stamped), None):
            return chosen.head, chosen.reply
        newest = await self._log.head(leaf)
        if newest is None or _retired_at(newest.note, trust) is not None:
            raise NoEvidence("The log's head with this entry is not published yet: ask again in a minute.")
        return newest, None

    async def _stamped_heads(self, leaf: int) -> list["_Stamped"]:
        """Give the first heads that have an entry and a stamp, oldest first."""
        subject = literal(HEAD) + cast(heads.c.size, String)
        joined = heads.join(stamps, and_(stamps.c.subject == subject, stamps.c.number == 0))
        columns = (heads, stamps.c.reply, stamps.c.at.label("stamped_at"))
        query = select(*columns).select_from(joined).where(heads.c.size > leaf).order_by(heads.c.size)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query.limit(MOST_HEADS))).all()
        return [_Stamped(Head(row.size, row.note, row.at), row.reply, row.stamped_at) for row in rows]


@dataclass(frozen=True, slots=True)
class _Stamped:
    """A head, its stamp, and the stamp's time."""

    head: Head
    reply: bytes
    at: float


def _given_up(one: _Stamped, trust: Trust) -> bool:
    """Whether a head's key was retired before the head was stamped: then it proves nothing."""
    retired = _retired_at(one.head.note, trust)
    return retired is not None and after(one.at, retired)


def _retired_at(note: str, trust: Trust) -> float | None:
    """Say since when the key that signed a head is retired; None when it is not, or is not known."""
    try:
        signers = opened(note, trust.logs).signers
    except BadNote:
        return None
    return next((trust.retired[key.written] for key, _ in signers if key.written in trust.retired), None)


def _cosigned(note: str, trust: Trust) -> bool:
    """Whether a witness that is believed has signed a head."""
    try:
        return bool(opened(note, trust.witnesses).signers)
    except BadNote:
        return False


async def receipt_of(engine: AsyncEngine, call: str) -> Receipt | None:
    """Give a call's receipt; None until its evidence stands below a published head, or when there is none."""
    kept = await Desk(engine).of_call(call)
    head = await Log(engine).head(kept.leaf, newest=False) if kept else None
    if kept is None or head is None:
        return None
    return Receipt(kept.id, head.note.splitlines()[2][:SHORT_ROOT])


def _has_content(vcon: bytes) -> bool:
    """Whether a signed vCon names a recording's bytes; those of an empty or missing one do not."""
    return "content_hash" in jws.read(vcon).vcon["dialog"][0]


def _authorities(stamps: Sequence[bytes]) -> list[Certificate]:
    """Give the certificates that are inside stamps."""
    return list(dict.fromkeys(one for reply in stamps for one in certificates_of(reply)))


def _roots(stamps: Sequence[bytes], known: Sequence[Certificate]) -> list[Certificate]:
    """Give the roots that stamps lead to; all that are known when there is no stamp yet."""
    found = [root for reply in stamps if (root := root_of(reply, known)) is not None]
    return list(dict.fromkeys(found or known))
