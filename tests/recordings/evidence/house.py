"""A vault with a notary, its keys and an authority, around recordings made as the recorder makes them."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.audio import PlainAudio
from recordings.adapters.episodes import Episodes
from recordings.adapters.evidence.authority import AuthorityDown
from recordings.adapters.evidence.development import stamped
from recordings.adapters.evidence.export import Exports
from recordings.adapters.evidence.keys import Keys, Role, trusted
from recordings.adapters.evidence.log import Log
from recordings.adapters.evidence.notary import Notary, Practice
from recordings.adapters.evidence.package import verify
from recordings.adapters.recorder import Recorder
from recordings.episodes import Episode, Outcome, answered, read, statement
from recordings.evidence import jws, notes, stamps
from recordings.evidence.findings import Finding, Verdict
from recordings.evidence.stamps import Stamp
from recordings.evidence.trust import Trust
from recordings.evidence.vcon import Publisher
from recordings.marks import Kind

CALL = "ventanilla-1795345200.1"
ORIGIN = "ventanilla.example/inss"
PUBLISHER = Publisher("Instituto Nacional de la Seguridad Social", "https://ventanilla.example")
SECOND = b"\xe8\x03\x18\xfc" * 8_000
WORDS = "¿Autoriza el cambio de la cuenta en la que cobra su pensión?"


class SealsHere:
    """The sealing process's work, done in this one: the same functions, without the two seconds of its start."""

    def __init__(self, keys: Keys, clock: "House") -> None:
        self.keys, self.house = keys, clock

    async def vcon(self, composed: Mapping[str, Any]) -> tuple[bytes, str]:
        seal = self.keys.identity(Role.SEAL)
        return jws.sign(composed, seal.private, seal.chain), jws.thumbprint(seal.chain[0])

    async def head(self, text: str) -> str:
        return notes.sign(text, *self.keys.log())

    async def stamp(self, request: bytes) -> bytes:
        if self.house.authority_away:
            raise AuthorityDown("it does not answer")
        return stamped(request, self.keys.identity(Role.AUTHORITY), self.house.authority_time())

    async def checked(self, reply: bytes, content: bytes) -> Stamp:
        return stamps.check(reply, content, trusted(self.keys.trust_folder).stamp_roots)


@dataclass
class House:
    """One installation; its clock is `now`, the authority's is ahead of it by `authority_ahead`."""

    engine: AsyncEngine
    folder: Path
    keys: Keys
    now: float = 0.0
    authority_away: bool = False
    authority_ahead: float = 0.0
    facts: list[object] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.now = self.now or time.time()
        self.vault = self.folder / "vault"
        self.recorder = Recorder(self.engine, self.vault, self.facts.append, lambda: self.now)
        self.seals = SealsHere(self.keys, self)
        self.notary = Notary(
            self.engine,
            self.seals,
            self.seals,
            Practice(PUBLISHER, ORIGIN),
            self.facts.append,
            lambda: self.now,
        )
        self.exports = Exports(self.engine, PlainAudio(self.engine, self.vault), self.keys)
        self.log = Log(self.engine)

    def authority_time(self) -> float:
        return self.now + self.authority_ahead

    @property
    def trust(self) -> Trust:
        return trusted(self.keys.trust_folder)

    def told(self, kind: type) -> list[object]:
        return [fact for fact in self.facts if isinstance(fact, kind)]

    async def record(self, call: str = CALL, seconds: int = 5, *, consent: bool = True) -> None:
        """A call of some seconds that is over and sealed, with an episode that was accepted."""
        path = await self.recorder.begin(call, "es", "notice.recorded", 4_200, self.now)
        assert path is not None
        path.write_bytes(SECOND * seconds)
        await self.recorder.mark(call, Kind.AGENT, self.now + 1)
        await self.recorder.mark(call, Kind.HELD, self.now + 2)
        await self.recorder.mark(call, Kind.BACK, self.now + 3)
        if consent:
            await Episodes(self.engine).begin(accepted(call, self.now))
        self.now += seconds
        # Asterisk wrote to the end, and no longer, however busy the machine is.
        os.utime(path, (self.now, self.now))
        await self.recorder.ended(call, self.now)
        self.now = max(self.now, time.time()) + 8
        assert await self.recorder.seal_waiting() == 1

    async def package(self, call: str = CALL, name: str = "call.asice") -> Path:
        """Do the notary's round, and export."""
        self.now += 61
        await self.notary.round()
        target = self.folder / name
        await self.exports.export(call, target)
        return target

    def checked(self, package: Path) -> dict[str, list[Finding]]:
        """What is not good about a package, by check; that its stamps are of our own authority all of them say."""
        found: dict[str, list[Finding]] = {}
        for finding in verify(package, self.trust):
            ours = finding.verdict is Verdict.REMARK and "authority for development" in finding.sentence
            if finding.verdict is not Verdict.GOOD and not ours:
                found.setdefault(finding.check, []).append(finding)
        return found


def accepted(call: str, at: float) -> Episode:
    begun = Episode(
        id=f"episode-{call[-12:]}",
        call=call,
        leg="PJSIP/citizen-00000001",
        citizen="citizen-7",
        level=2,
        act="bank_account",
        statement=statement("bank_account.consent", "es", WORDS),
        asked_by="machine",
        began_ms=1_000,
        begun_at=at,
    )
    return answered(read(begun, (1_000, 2_500)), "key:1", Outcome.ACCEPTED, (2_600, 3_000), "machine")
