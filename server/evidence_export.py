"""A recording's package leaves the house: by the rules of listening, and on record before its first byte is written."""

from __future__ import annotations

from pathlib import Path

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.evidence.authority import HttpAuthority
from recordings.adapters.evidence.export import Exports
from recordings.adapters.vault.audio import VaultAudio
from server.evidence import keys_of
from server.flows import load
from server.retention_cli import ears, keep, room_of
from server.runtime.trouble import RuntimeTrouble
from server.settings import Settings
from server.vault import ring_of, stores_of
from web.ports import NotNow

_REFUSED = {
    "not_yours": "this account may not have it",
    "no_recording": "there is no such recording, as far as this account is concerned",
    "recording_destroyed": "its key was destroyed when its term was over",
    "second_needed": "its person is protected: a second account must agree, named with --second",
}


async def package_of(
    engine: AsyncEngine, wanted: Settings, call: str, why: tuple[str, str, str], target: Path
) -> str:
    """Write the package of a call, on whose word, for what, and who agreed (or ""); give the evidence's reference.

    Raises RuntimeTrouble, NoAudio, Altered, NoEvidence, NoKey.
    """
    by, reason, second = why
    who = await ears(engine, by)
    agreeing = (await ears(engine, second)).name if second else None
    audio = VaultAudio(engine, stores_of(wanted), ring_of(wanted))
    told: list[object] = []
    async with room_of(engine, wanted, audio, told) as (listening, _, _):
        try:
            await listening.export(who, call, reason, agreeing)
        except NotNow as refused:
            because = _REFUSED.get(refused.reason, refused.reason)
            raise RuntimeTrouble(f"There is no package of call {call}: {because}.") from refused
        finally:
            await keep(engine, told)
    keys = keys_of(wanted, load(wanted.institution_folder).name)
    async with httpx.AsyncClient() as client:
        address = wanted.evidence_authority  # a stamp of our own would prove nothing of our own seal
        authority = HttpAuthority(address, client) if address else None
        return (await Exports(engine, audio, keys, authority).export(call, target)).id
