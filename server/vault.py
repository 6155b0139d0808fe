"""The recordings' vault, put together: keys, stores, audio, the one who encrypts, the one who keeps the terms."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from cryptography.x509 import Certificate

from crm_bridge.adapters.bridge import Bridge
from crm_bridge.ports import Connector, CrmDown
from recordings.adapters.evidence.keys import retirements, stamp_roots
from recordings.adapters.evidence.published import Published
from recordings.adapters.vault import key_folder
from recordings.adapters.vault.audio import VaultAudio
from recordings.adapters.vault.encrypting import Encryptor
from recordings.adapters.vault.erasing import orders_in
from recordings.adapters.vault.folder import FolderStore
from recordings.adapters.vault.keeping import Keeper
from recordings.adapters.vault.listenings import Listenings
from recordings.adapters.vault.objects import ObjectStore
from recordings.adapters.vault.proving import Court
from recordings.adapters.vault.rows import KeyRows
from recordings.adapters.vault.searching import Searching
from recordings.adapters.vault.stores import Stores
from recordings.facts import RecordingSealed
from recordings.ports import Aside
from recordings.retention import Terms
from recordings.vault.envelope import Keyring
from server import accepted
from server.calls_of import CallsOf
from server.core import Core
from server.evidence import ORDERS, folder_of
from server.keeping import Nightly, read_terms
from server.listening import Listening, PersonOf, Shielded
from server.runtime.trouble import RuntimeTrouble
from server.settings import Settings
from web.ports import NotNow

REGISTER_LIMIT_S = 3.0
"""How long a person who asks to listen waits for the CRM; then two are needed."""


@dataclass(frozen=True, slots=True)
class Vault:
    """What the server has of the vault; `encryptor` must run as a task."""

    audio: VaultAudio
    encryptor: Encryptor
    keeper: Keeper
    listening: Listening


def keys_of(settings: Settings) -> Path:
    """Give the folder of the keys: the operator's, or one that is made for the demonstration."""
    return settings.vault_keys or settings.runtime / "vault-keys"


def ring_of(settings: Settings, *, with_retired: bool = False) -> Keyring:
    """Read the keys; without a folder of the operator's, make what lacks. Raises RuntimeTrouble."""
    folder = keys_of(settings)
    try:
        if settings.vault_keys is None:
            key_folder.demonstration(folder, this_year())
        return key_folder.load(folder, with_retired=with_retired)
    except (key_folder.KeysUnusable, OSError) as unusable:
        raise RuntimeTrouble(str(unusable)) from unusable


def this_year() -> int:
    """Give the year that a new key is named after."""
    return datetime.now(UTC).year


def stores_of(settings: Settings) -> Stores:
    """Give where recordings lie. Raises RuntimeTrouble for a store that is half set."""
    if fault := settings.object_store.fault:
        raise RuntimeTrouble(fault)
    bucket = settings.object_store.chosen
    return Stores(FolderStore(settings.recordings), ObjectStore(bucket) if bucket else None)


def vault_of(core: Core, aside: Aside) -> Vault:
    """Put the vault together for the running server; `aside`: who works on files. Raises RuntimeTrouble."""
    settings, engine, bus = core.settings, core.engine, core.bus
    ring, stores = ring_of(settings), stores_of(settings)
    audio = VaultAudio(engine, stores, ring)
    encryptor = Encryptor(engine, settings.recordings.resolve(), stores, ring, bus.publish, aside=aside)
    zone = core.flows.current().time_zone

    def day_of(at: float) -> date:
        return datetime.fromtimestamp(at, zone).date()

    def wake(fact: object) -> None:
        if isinstance(fact, RecordingSealed):
            encryptor.wake()

    bus.hear(wake)
    court = Court(engine, day_of, *trust_of(settings))
    keeper = Keeper(court, stores, bus.publish, orders_of(settings))
    rows = (Searching(engine), KeyRows(engine), keeper.rows, Listenings(engine))

    def acts() -> dict[str, Mapping[str, str]]:
        return {name: act.about for name, act in core.flows.current().acts.items()}

    listening = Listening(rows, audio, CallsOf(engine), register_of(core.bridge, core.crm), bus.publish, acts)
    return Vault(audio, encryptor, keeper, listening)


def roots_of(settings: Settings) -> Callable[[], tuple[Certificate, ...]]:
    """Give who reads the roots of the time stamp authorities that are believed."""
    return lambda: stamp_roots(folder_of(settings) / "trust")


def retired_of(settings: Settings) -> Callable[[], Mapping[str, float]]:
    """Give who reads since when which keys are not believed any more; it raises BadTrust."""
    return lambda: retirements(folder_of(settings) / "trust")


def trust_of(
    settings: Settings,
) -> tuple[
    Callable[[], tuple[Certificate, ...]],
    Callable[[], Mapping[str, float]],
    Published,
]:
    """Give who reads what a destruction is judged by: roots, keys that were given up, heads that were published."""
    file = settings.evidence_heads or folder_of(settings) / "heads.jsonl"
    return roots_of(settings), retired_of(settings), Published(file)


def orders_of(settings: Settings) -> Callable[[], Mapping[str, str]]:
    """Give who reads which recordings were ordered to be erased (erasing.orders_in)."""
    return lambda: orders_in(folder_of(settings) / ORDERS)


def terms_of(core: Core, vault: Vault) -> Nightly:
    """Give who carries out the institution's terms every night."""
    settings = core.settings

    def terms() -> Terms | None:
        return read_terms(accepted.served(settings.runtime, settings.institution_folder))

    return Nightly(vault.keeper, core.flows.current, terms, time.time, folder_of(settings) / "termed")


def register_of(bridge: Bridge, crm: Connector) -> tuple[PersonOf, Shielded]:
    """Give who finds a citizen's id by document, and who says whether one is protected now.

    A CRM that is away is said, not taken for nobody; and whoever it cannot tell of is taken for protected.
    """

    async def find(document: str) -> str | None:
        try:
            person = await bridge.person_by_document(document.upper())
        except CrmDown as down:
            raise NotNow("crm_down") from down
        return person.id if person else None

    async def shielded(person: str) -> bool:
        try:
            async with asyncio.timeout(REGISTER_LIMIT_S):
                citizen = await crm.citizen(person)
        except (CrmDown, TimeoutError):
            return True
        return citizen is not None and citizen.protected

    return find, shielded
