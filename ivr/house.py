"""What a conversation may use of the house around it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import SystemRandom

from corporate import Corporate
from dialplans.institution import Institution
from ivr.absent import NoPost, NoRequests, unconnected
from ivr.identity import Draw
from ivr.ports import Attempts, Calls, Passings, Persons, Post, Recorder, Registry, Requests
from ivr.services import Service, catalogue


@dataclass(frozen=True, slots=True)
class House:
    """All a conversation may use.

    institution: gives the one served now; a call keeps the one it began with. publish: takes every fact at
    once, never raises. clock: unix seconds. chance: draws the questions. demonstration: browsers may
    pretend a number. always_open: people answer at any hour, whatever the institution's hours say.
    """

    institution: Callable[[], Institution]
    registry: Registry
    persons: Persons
    recorder: Recorder
    attempts: Attempts
    calls: Calls
    passings: Passings
    publish: Callable[[object], None]
    demonstration: bool = False
    always_open: bool = False
    clock: Callable[[], float] = time.time
    chance: Draw = SystemRandom().sample
    corporate: Corporate = field(default_factory=unconnected)
    post: Post = field(default_factory=NoPost)
    requests: Requests = field(default_factory=NoRequests)
    services: Mapping[str, Service] = field(default_factory=catalogue)
