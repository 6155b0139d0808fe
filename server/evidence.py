"""The notary, put together: keys, time stamp authority, witnesses, the log; and what an operator is warned of."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
from cryptography.x509 import Certificate

from recordings.adapters.evidence.authority import Authority, HttpAuthority
from recordings.adapters.evidence.keys import Keys
from recordings.adapters.evidence.notary import Notary, Practice
from recordings.adapters.evidence.sealing import SealingProcess
from recordings.adapters.evidence.witness import HeadsFile, HttpWitness, Witness
from recordings.evidence.certificates import pems
from recordings.evidence.notes import BadNote, key_of
from recordings.evidence.vcon import Publisher
from recordings.facts import LogDoubted
from server.core import Core
from server.runtime.trouble import RuntimeTrouble
from server.settings import Settings

log = logging.getLogger("ventanilla.evidence")

RUNS_OUT_S = 180 * 86_400.0
"""How long before a certificate's end an operator is told: what is signed after it convinces nobody."""
ORDERS = "orders"
"""The folder of orders to erase, beside the keys."""
_USED_BY_US = ("seal", "authority")
UNNAMED = "ventanilla.invalid"
"""Who has no public address yet: a name that can never be anybody's (RFC 2606)."""


def keys_of(settings: Settings, owner: str) -> Keys:
    """Give the evidence's keys; they are made by the sealing process."""
    return Keys(folder_of(settings), origin_of(settings), owner)


def folder_of(settings: Settings) -> Path:
    """Give where keys, and what outsiders are given to check with, lie."""
    return settings.runtime / "evidence"


def origin_of(settings: Settings) -> str:
    """Give the log's name: as the operator says, or after the pages' address."""
    return settings.evidence_log or f"{_host(settings)}/{settings.institution}"


def publisher_of(settings: Settings, name: str) -> Publisher:
    """Give who signs."""
    return Publisher(name, settings.public_url or f"https://{UNNAMED}")


def seals_of(stack: AsyncExitStack, core: Core) -> SealingProcess:
    """Give the process that signs and works on files; `stack` ends it."""
    settings = core.settings
    seals = SealingProcess(folder_of(settings), origin_of(settings), core.flows.current().name)
    stack.push_async_callback(seals.close)
    return seals


async def notary_of(stack: AsyncExitStack, core: Core, seals: SealingProcess) -> Notary:
    """Put the notary together. Raises RuntimeTrouble."""
    settings, name = core.settings, core.flows.current().name
    client = await stack.enter_async_context(httpx.AsyncClient())
    for warning in warnings(settings):
        log.warning("%s", warning)
    authority: Authority = (
        HttpAuthority(settings.evidence_authority, client) if settings.evidence_authority else seals
    )
    return Notary(
        core.engine,
        seals,
        authority,
        Practice(
            publisher_of(settings, name), origin_of(settings), qualified=bool(settings.evidence_authority)
        ),
        core.bus.publish,
        witnesses=_witnesses(core, client),
    )


def warnings(settings: Settings) -> Iterator[str]:
    """Say what keeps the evidence from convincing somebody who does not know us."""
    if not settings.evidence_authority:
        yield (
            "Time stamps are made by ourselves, for development: they prove nothing to a stranger. "
            "Set evidence_authority to a qualified authority's address, and put its root into "
            f"{folder_of(settings) / 'trust' / 'authority-root.pem'}."
        )
    if not settings.evidence_witness and settings.evidence_heads is None:
        yield (
            "Nobody else keeps the heads of the log, so a log that is rewritten as a whole is not noticed: "
            "set evidence_witness, or evidence_heads to a file on another machine."
        )
    yield from running_out(settings, time.time())


def running_out(settings: Settings, at: float) -> Iterator[str]:
    """Say which of our certificates run out: what is signed or stamped after that proves nothing."""
    for role in _USED_BY_US if not settings.evidence_authority else _USED_BY_US[:1]:
        newest = _newest(folder_of(settings) / role)
        until = newest.not_valid_after_utc if newest is not None else None
        if until is not None and until.timestamp() < at + RUNS_OUT_S:
            yield (
                f"The certificate of the {role} key runs out on {until:%Y-%m-%d}, and what is made with it after that "
                f"proves nothing: `ventanilla evidence rotate {role}`, or put a new one beside it (docs/evidence.md)."
            )


def _newest(folder: Path) -> Certificate | None:
    """Give the certificate of the key that signs: the one with the highest number."""
    numbered = [file for file in folder.glob("*.pem") if file.stem.isdigit()]
    newest = max(numbered, key=lambda file: int(file.stem), default=None)
    return next(iter(pems(newest.read_bytes())), None) if newest is not None else None


def _witnesses(core: Core, client: httpx.AsyncClient) -> tuple[Witness, ...]:
    settings = core.settings
    found: list[Witness] = []
    if settings.evidence_witness:
        try:
            key = key_of(settings.evidence_witness_key)
        except BadNote as fault:
            raise RuntimeTrouble(f"evidence_witness_key: {fault}.") from fault

        def doubted(why: str) -> None:
            log.error("%s", why)
            core.bus.publish(LogDoubted(why, time.time()))

        found.append(HttpWitness(settings.evidence_witness, key, client, doubted))
    return (*found, HeadsFile(settings.evidence_heads or folder_of(settings) / "heads.jsonl", time.time))


def _host(settings: Settings) -> str:
    return httpx.URL(settings.public_url).host if settings.public_url else UNNAMED
