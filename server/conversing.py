"""What a conversation with a caller may use of all other rooms, put together for `ivr.conversation`."""

from __future__ import annotations

import time
from collections.abc import Callable

from ivr import looking
from ivr.adapters.attempts import SqlAttempts
from ivr.adapters.codes import SqlCodes
from ivr.adapters.proofs import SqlProofs
from ivr.codes import Limits as CodeLimits
from ivr.house import House
from queues.adapters.steering import Hands
from recordings.adapters.recorder import Recorder
from recordings.marks import Kind
from server.calling import Calling
from server.closures import ALL, SERVE, Closures
from server.core import Core
from server.legs_store import LegsStore
from server.persons import Persons
from server.promises import Promises
from server.registry import Registry
from server.steering import Around, Steering
from server.switches import Switches
from server.systems import open_corporate
from server.voice_messages import VoiceMessages


def house_of(core: Core, recorder: Recorder, calling: Calling, persons: Persons, steering: Steering) -> House:
    """Give what a conversation may use of all other rooms."""
    identity, key = core.flows.current().identity, core.secrets.register.encode()
    return House(
        institution=core.flows.current,
        registry=Registry(core.bridge),
        persons=persons,
        steering=steering,
        recorder=recorder,
        attempts=SqlAttempts(
            core.engine, key, identity.window_hours * 3600, remember=not core.settings.demonstration
        ),
        proofs=SqlProofs(core.engine),
        codes=SqlCodes(
            core.engine,
            key,
            CodeLimits(identity.codes_per_hour, identity.codes_per_day, identity.code_minutes * 60.0),
        ),
        calls=core.calls,
        passings=core.passings,
        corporate=open_corporate(core.settings.corporate, core.engine, core.bus.publish, time.time),
        post=core.post,
        requests=Promises(core.engine, core.bridge, time.time),
        callbacks=calling,
        voice_messages=VoiceMessages(
            core.engine, core.bridge, core.settings.messages, core.bus.publish, time.time
        ),
        publish=core.bus.publish,
        demonstration=core.settings.demonstration,
        always_open=core.settings.demonstration and core.settings.always_open,
        switched=Switches(core.settings.runtime, time.time),
        known=Registry(core.bridge).knows,
    )


def calling_of(core: Core, house: Callable[[], House], closures: Closures) -> Calling:
    """Give who calls citizens back, inside the hours of what they asked about and while its queue is open."""

    def open_now(subject: str) -> bool:
        closed, institution = closures.listed(), core.flows.current()
        if any(closed.get(queue, SERVE) != SERVE for queue in (ALL, subject)):
            return False
        shaped = institution.subjects.get(subject)
        return looking.is_open(house(), institution, shaped.hours if shaped else "")

    return Calling(
        core.queues, core.bridge, core.calls, core.settings.carrier, core.flows.current, open_now, time.time
    )


async def steering_of(core: Core, recorder: Recorder, persons: Persons, hands: Hands) -> Steering:
    """Give who steers the legs of calls, as a former server left them."""

    async def mark(call: str, kind: str) -> None:
        await recorder.mark(call, Kind(kind), time.time())

    around = Around(persons.push_card, core.calls.unfinished, mark)
    steering = Steering(core.floor, hands, LegsStore(core.engine), core.bus, core.texts, around)
    await steering.load()
    core.desk.join(steering)
    core.desk.spying_shown = core.settings.spying_shown
    return steering
