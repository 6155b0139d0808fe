"""What a conversation with a caller may use of all other rooms, put together for `ivr.conversation`."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncEngine

from dialplans.hours import open_time_ends
from dialplans.institution import Institution
from ivr import looking
from ivr.adapters.attempts import SqlAttempts
from ivr.adapters.codes import SqlCodes
from ivr.adapters.proofs import SqlProofs
from ivr.codes import Limits as CodeLimits
from ivr.house import House
from queues.adapters.callback_ports import Answering
from queues.adapters.steering import Hands
from recordings.adapters.muting import Muting
from recordings.adapters.recorder import Recorder
from recordings.marks import Kind
from server.agreeing import Agreeing
from server.agreeing import Around as AroundAgreeing
from server.calling import Calling
from server.closures import ALL, SERVE, Closures
from server.consents import SpokenConsents
from server.core import Core
from server.facts import ConsentShown
from server.legs_house import Around
from server.legs_store import LegsStore
from server.persons import Persons
from server.promises import Promises
from server.registry import Registry
from server.steering import Steering
from server.summoning import Summoning
from server.switches import Switches
from server.systems import open_corporate
from server.voice_messages import VoiceMessages


def code_limits(institution: Institution) -> CodeLimits:
    """Give how many codes there are, and for how long one is good."""
    limits = institution.identity
    good_for_s = limits.code_minutes * 60.0
    return CodeLimits(limits.codes_per_hour, limits.codes_per_day, good_for_s, limits.codes_per_number_day)


def codes_of(engine: AsyncEngine, key: bytes, current: Callable[[], Institution]) -> SqlCodes:
    """Give the one-time codes, by the limits that are served at each moment: a reload changes them."""
    return SqlCodes(engine, key, lambda: code_limits(current()))


def house_of(
    core: Core, recorder: Recorder, muting: Muting, calling: Calling, persons: Persons, steering: Steering
) -> House:
    """Give what a conversation may use of all other rooms."""
    current, key = core.flows.current, core.secrets.register.encode()
    return House(
        institution=core.flows.current,
        registry=Registry(core.bridge),
        persons=persons,
        steering=steering,
        recorder=recorder,
        consents=SpokenConsents(recorder.consents),
        muting=muting,
        attempts=SqlAttempts(
            core.engine,
            key,
            lambda: current().identity.window_hours * 3600,
            remember=not core.settings.demonstration,
        ),
        proofs=SqlProofs(core.engine),
        codes=codes_of(core.engine, key, current),
        calls=core.calls,
        passings=core.passings,
        corporate=open_corporate(core.settings.corporate, core.engine, core.bus.publish, time.time),
        post=core.post,
        promises=Promises(core.engine, core.bridge, time.time),
        callbacks=calling,
        voice_messages=VoiceMessages(
            core.engine, core.bridge, core.settings.messages, core.bus.publish, time.time
        ),
        publish=core.bus.publish,
        demonstration=core.settings.demonstration,
        always_open=core.settings.demonstration and core.settings.always_open,
        switched=Switches(core.settings.runtime, time.time),
        known=Registry(core.bridge).knows,
        outside=core.outside.way,
    )


def calling_of(core: Core, house: Callable[[], House], closures: Closures) -> Calling:
    """Give who calls citizens back, inside the hours of what they asked about and while its queue is open."""

    def open_now(subject: str) -> bool:
        closed, institution = closures.listed(), core.flows.current()
        if any(closed.get(queue, SERVE) != SERVE for queue in (ALL, subject)):
            return False
        shaped = institution.subjects.get(subject)
        return looking.is_open(house(), institution, shaped.hours if shaped else "")

    def open_ends(subject: str, at: float, open_s: float) -> float:
        institution = core.flows.current()
        shaped = institution.subjects.get(subject)
        return open_time_ends(institution.calendar(shaped.hours if shaped else ""), at, open_s)

    answering = Answering(open_now, open_ends)
    return Calling(
        core.queues, core.bridge, core.calls, core.settings.carrier, core.flows.current, answering, time.time
    )


def summoning_of(core: Core, persons: Persons, calling: Calling) -> Summoning:
    """Give who rings agents before citizens, where the institution wants that."""
    return Summoning(
        core.queues.ami,
        core.flows.current,
        lambda: core.floor.hall.people,
        core.outside.way,
        persons.push_card,
        calling.join,
    )


async def steering_of(core: Core, recorder: Recorder, persons: Persons, hands: Hands) -> Steering:
    """Give who steers the legs of calls, as a former server left them."""

    async def mark(call: str, kind: str) -> None:
        await recorder.mark(call, Kind(kind), time.time())

    around = Around(persons.push_card, core.calls.unfinished, mark, core.outside.way)
    steering = Steering(core.floor, hands, LegsStore(core.engine), core.bus, core.texts, around)
    await steering.load()
    core.desk.join(steering)
    core.desk.spying_shown = core.settings.spying_shown
    return steering


async def agreeing_of(core: Core, recorder: Recorder, steering: Steering, hands: Hands) -> Agreeing:
    """Give who lets agents hold consent episodes, with what a former server left open."""

    async def leg(call: str) -> str | None:
        found = await hands.find(call)
        return found.caller if found is not None else None

    def tell(call: str) -> None:
        core.bus.publish(ConsentShown(call, time.time()))

    around = AroundAgreeing(
        institution=core.flows.current,
        state=core.floor.state,
        legs=steering.legs_of,
        in_writing=core.texts.in_writing,
        kept=core.calls.unfinished,
        proofs=SqlProofs(core.engine).every,
        leg=leg,
    )
    agreeing = Agreeing(recorder.consents, around, tell)
    core.bus.hear(agreeing.hear)
    agreeing.take_up(await recorder.consents.take_up())
    core.desk.join_agreeing(agreeing)
    return agreeing
