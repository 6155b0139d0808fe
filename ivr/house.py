"""What a conversation may use of the house around it."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from random import SystemRandom

from corporate import Corporate
from dialplans.institution import Institution
from dialplans.walks import Walk
from ivr.absent import (
    NoCallbacks,
    NoConsents,
    NoMuting,
    NoPost,
    NoPromises,
    NoVoiceMessages,
    Unsteered,
    unconnected,
)
from ivr.identity import Draw
from ivr.ports.calls import Calls, Recorder
from ivr.ports.consent import Consents, Muting
from ivr.ports.floor import Outside, Passings, Persons, Steering
from ivr.ports.proving import Attempts, Codes, Proofs
from ivr.ports.register import Registry
from ivr.ports.requests import Callbacks, Post, Promises, VoiceMessages
from ivr.services import Course, Record, Service, Visit, catalogue, unrecorded
from ivr.talk import Talk


def _untouched(_: str) -> None:
    return None


async def _unknown(_: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class House:
    """All a conversation may use.

    institution: gives the one served now; a call keeps the one it began with. publish: takes every fact at
    once, never raises. clock: unix seconds. chance: draws the questions. demonstration: browsers may
    pretend a number. always_open: people answer at any hour, whatever the institution's hours say.
    switched: how somebody turned a switch, None if nobody did. known: whether a number (E.164) is on file;
    limits its own time. outside: how to ring an endpoint that is an agent's number outside, None for every other.
    """

    institution: Callable[[], Institution]
    registry: Registry
    persons: Persons
    recorder: Recorder
    attempts: Attempts
    proofs: Proofs
    codes: Codes
    calls: Calls
    passings: Passings
    publish: Callable[[object], None]
    demonstration: bool = False
    always_open: bool = False
    clock: Callable[[], float] = time.time
    chance: Draw = SystemRandom().sample
    switched: Callable[[str], bool | None] = _untouched
    known: Callable[[str], Awaitable[bool]] = _unknown
    outside: Callable[[str], Outside | None] = _untouched
    corporate: Corporate = field(default_factory=unconnected)
    post: Post = field(default_factory=NoPost)
    promises: Promises = field(default_factory=NoPromises)
    steering: Steering = field(default_factory=Unsteered)
    callbacks: Callbacks = field(default_factory=NoCallbacks)
    voice_messages: VoiceMessages = field(default_factory=NoVoiceMessages)
    consents: Consents = field(default_factory=NoConsents)
    muting: Muting = field(default_factory=NoMuting)
    services: Mapping[str, Service] = field(default_factory=catalogue)

    def visit(
        self,
        call: str,
        service: str,
        walk: Walk,
        caller: str | None,
        talk: Talk,
        institution: Institution,
        record: Record = unrecorded,
    ) -> Visit:
        """Give what a self-service may use for one caller."""
        return Visit(
            call=call,
            service=service,
            turn=walk.turns,
            caller=caller,
            subject=walk.subject,
            talk=talk,
            institution=institution,
            registry=self.registry,
            corporate=self.corporate,
            post=self.post,
            promises=self.promises,
            attempts=self.attempts,
            proofs=self.proofs,
            codes=self.codes,
            consents=self.consents,
            muting=self.muting,
            record=record,
            chance=self.chance,
            clock=self.clock,
            publish=self.publish,
            course=Course(walk.level, walk.person),
            answers=dict(walk.answers),
        )
