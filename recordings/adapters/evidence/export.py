"""From a call to its package: what is on record about it, the recording's bytes, a proof out of the log."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.x509 import Certificate
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.evidence.desk import Desk, Kept, head_subject
from recordings.adapters.evidence.keys import Keys, Role, trusted
from recordings.adapters.evidence.log import Head, Log
from recordings.adapters.evidence.package import Writer, bytes_of
from recordings.adapters.tables import recordings
from recordings.evidence import cades, jws
from recordings.evidence.checking import LATE_AFTER_S
from recordings.evidence.packing import Parts, files_of, late
from recordings.evidence.proofs import Proof
from recordings.evidence.stamps import certificates_of, root_of
from recordings.evidence.vcon import file_of
from recordings.naming import is_in_writing
from recordings.ports import Audio

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

    def __init__(self, engine: AsyncEngine, audio: Audio, keys: Keys) -> None:
        self._engine, self._audio, self._keys = engine, audio, keys
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
            await asyncio.to_thread(writer.finish, sha512, files, self._seal)
        except BaseException:
            await asyncio.to_thread(writer.abandon)
            raise
        return kept

    async def receipt_of(self, call: str) -> Receipt | None:
        """Give a call's receipt; None until its evidence stands below a published head, or when there is none."""
        return await receipt_of(self._engine, call)

    def _seal(self, manifest: bytes) -> bytes:
        seal = self._keys.identity(Role.SEAL)
        return cades.sign(manifest, seal.private, seal.chain)

    async def _row(self, call: str) -> tuple[str, float]:
        query = select(recordings).where(recordings.c.call == call)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one()
        return row.sha512 or "", row.ended_at

    async def _parts(self, kept: Kept, vcon: bytes, recording: str | None, ended_at: float) -> Parts:
        head, head_stamp = await self._head(kept.leaf)
        stamps = await self._desk.stamps_of(kept.id)
        trust = trusted(self._keys.trust_folder)
        all_stamps = [*stamps, *([head_stamp] if head_stamp else [])]
        return Parts(
            recording=recording,
            vcon=vcon,
            stamps=stamps,
            proof=Proof(kept.leaf, await self._log.inclusion(kept.leaf, head.size), head.note),
            head_stamp=head_stamp,
            chain=jws.read(vcon).chain,
            authority=_authorities(all_stamps),
            authority_roots=_roots(all_stamps, trust.stamp_roots),
            log_keys="".join(f"{key.written}\n" for key in trust.logs),
            late=late(ended_at, kept.signed_at, kept.stamped_at, LATE_AFTER_S) if kept.stamped_at else "",
        )

    async def _head(self, leaf: int) -> tuple[Head, bytes | None]:
        """Give the first published head that has the entry and a stamp; without one, the newest that has the entry."""
        first = head = await self._log.head(leaf, newest=False)
        while head is not None:
            if stamped := await self._desk.stamps_of(head_subject(head.size)):
                return head, stamped[0]
            head = await self._log.head(head.size, newest=False)
        if first is None:
            raise NoEvidence("The log's head with this entry is not published yet: ask again in a minute.")
        return first, None


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
