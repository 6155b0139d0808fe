"""The server: every room opened in order, joined by the bus, closed in the other order. It decides nothing.

What may fail at start fails here with a sentence; what fails later belongs to the task that owns it.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from ivr import sweep
from ivr.adapters.descriptors import allow_open_files
from ivr.adapters.fastagi import Door
from ivr.adapters.line import Line as AgiLine
from ivr.conversation import converse
from ivr.house import House
from messages.adapters.filing import Filing
from queues.adapters.lead import Deposed, LedByAnother
from queues.adapters.steering import Hands
from recordings.adapters.evidence.notary import Notary
from recordings.adapters.muting import Muting
from recordings.adapters.reconciler import Reconciler, Rests
from recordings.adapters.recorder import Recorder
from recordings.adapters.vault.rows import KeyRows
from recordings.adapters.vault.whole import whole
from server.ahead import Ahead
from server.closures import Closures
from server.consent_receipts import ConsentReceipts
from server.conversing import agreeing_of, calling_of, house_of, steering_of, summoning_of
from server.core import Core, open_core
from server.crm import broker_of, hook_of
from server.demand import placed
from server.evidence import folder_of, notary_of, seals_of
from server.evidence_audit import Nightly as NightlyAudit
from server.figures.reconciling import Nightly, Records
from server.garbage import spare_the_calls
from server.hooks import Outgoing
from server.microphones import AsteriskMicrophones
from server.mqtt import Broker, MqttSpeaker
from server.owed import Owing
from server.persons import Persons
from server.post import OnFile, postman_of, tidied
from server.promises import Promises
from server.refusals import Refusals
from server.registry import AGAIN_FROM_S, HEARD, Requests
from server.reloading import Reloading
from server.routing_own import OwnAgents
from server.runtime.beats import beat
from server.runtime.broker import SERVER_USER
from server.runtime.credentials import Secrets
from server.runtime.site import Places
from server.runtime.trouble import RuntimeTrouble
from server.settings import Settings
from server.spooled import LeftNumbers
from server.subjects import subject_of
from server.supervision import Supervision
from server.unkept import Unkept
from server.vault import Vault, terms_of, vault_of
from server.wall import Wall, agents_now
from server.web_pages import metrics_of, open_pages

OPEN_FILES = 65_536
"""Every call is a socket, every page another; many systems start programs with 1,024."""
DOOR_GRACE_S = 1.0
"""How long calls get to end their present command at an orderly stop; the dialplan cares for them afterwards."""

Task = tuple[str, Coroutine[object, object, None]]


@dataclass(frozen=True, slots=True)
class Centre:
    """One centre, open: the door takes calls, and `tasks` are what has to run for it."""

    core: Core
    door: Door
    tasks: tuple[Task, ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    """What records, and what becomes of it."""

    recorder: Recorder
    vault: Vault
    notary: Notary
    muting: Muting


async def serve(settings: Settings, secrets: Secrets) -> None:
    """Serve until SIGTERM or SIGINT; SIGHUP reads the flows again and keeps the old ones if they are unsound."""
    allow_open_files(OPEN_FILES)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    async with one_leads(), opened(settings, secrets) as centre:
        floor = centre.core.floor
        reloading = Reloading(settings.runtime, centre.core.flows, floor.enrol, floor.explain)
        loop.add_signal_handler(signal.SIGHUP, reloading.asked)
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(work, name=name) for name, work in (("beat", beat()), *centre.tasks)]
            spare_the_calls()
            await stop.wait()
            for task in running:
                task.cancel()


@asynccontextmanager
async def one_leads() -> AsyncIterator[None]:
    """Say as trouble, in a sentence, that another server leads, or has taken the lead meanwhile."""
    try:
        yield
    except LedByAnother as another:
        raise RuntimeTrouble(str(another)) from None
    except ExceptionGroup as group:
        if group.split(Deposed)[1] is None:  # and nothing else went wrong
            raise RuntimeTrouble(str(Deposed())) from None
        raise


@asynccontextmanager
async def opened(settings: Settings, secrets: Secrets) -> AsyncIterator[Centre]:
    """Open every room; on the way out the door is closed first, the database last."""
    async with AsyncExitStack() as stack:
        core = await open_core(stack, settings, secrets)
        speaker, requests = await _listening(core)
        kept = await _recording(stack, core)
        wall = Wall(core.floor, core.bus, core.live)
        house: House
        closures = await Closures(core.engine).load()
        wall.closed = closures.listed
        calling = calling_of(core, lambda: house, closures)
        core.bus.hear(calling.hear)
        own = OwnAgents(core.engine, core.floor.hall).of
        persons = Persons(core.floor, core.bridge, core.bus, core.desk, closures, core.viewer, own)
        calling.callbacks.summoning = summoning_of(core, persons, calling)
        hands = Hands(core.queues.ami)
        steering = await steering_of(core, kept.recorder, persons, hands)
        await agreeing_of(core, kept.recorder, steering, hands)
        supervision = Supervision(
            core.floor, hands, steering, closures, core.bus, core.line.of_supervisor, core.facts.settled
        )
        house = house_of(core, kept.recorder, kept.muting, calling, persons, steering)
        receipts = ConsentReceipts(core.engine, house.corporate, core.post, core.flows.current().time_zone)
        core.bus.hear(receipts.hear)
        core.texts.room.open(lambda written: converse(house, written))
        stack.push_async_callback(core.texts.room.close)
        doors: list[Door] = []
        await open_pages(
            stack, core, wall, metrics_of(core, speaker, doors), supervision, kept.vault.listening
        )
        refusals = Refusals()
        door = await _open_door(stack, core, house, refusals)
        doors.append(door)
        tasks: tuple[Task, ...] = (
            ("mqtt", speaker.run()),
            ("wall", wall.run()),
            ("requests", requests.run()),
            ("receipts of consent", receipts.run()),
            ("calling back", calling.callbacks.run()),
            ("refusals", refusals.run()),
            *_keeping(core, kept),
            *_in_the_background(core, house, whole(KeyRows(core.engine), kept.vault.audio)),
        )
        yield Centre(core, door, tasks)


async def _listening(core: Core) -> tuple[MqttSpeaker, Requests]:
    """Let whoever tells others, and whoever writes requests, hear what happens and what was not heard before."""
    speaker = MqttSpeaker(_broker(core.settings, core.secrets), core.settings.institution)
    requests = Requests(
        core.bridge,
        lambda number: subject_of(core.flows.current(), number),
        lambda: core.flows.current().catalogue,
        core.through.over,
    )
    requests.take_up(core.floor.hall.states.values())
    requests.hear_again(await core.facts.latest(AGAIN_FROM_S, tuple(HEARD)))
    for hearer in (Ahead(core.bridge).hear, speaker.hear, requests.hear, lambda fact: _place(core, fact)):
        core.bus.hear(hearer)
    for state in agents_now(core.floor):  # what the broker kept of a former run may be wrong
        speaker.hear(state)
    return speaker, requests


async def _recording(stack: AsyncExitStack, core: Core) -> _Kept:
    """Open what records, keeps and proves. Raises RuntimeTrouble."""
    settings, seals = core.settings, seals_of(stack, core)
    journal = folder_of(settings) / "chains"
    recorder = Recorder(
        core.engine, settings.recordings, core.bus.publish, aside=seals.aside, journal=journal
    )
    notary = await notary_of(stack, core, seals)
    notary.calm = core.through.over
    muting = Muting(core.engine, AsteriskMicrophones(core.queues.ami), core.bus.publish)
    return _Kept(recorder, vault_of(core, seals.aside), notary, muting)


def _keeping(core: Core, kept: _Kept) -> Iterator[Task]:
    """Give what runs for the recordings."""
    yield "recorder", kept.recorder.run()
    yield "encryption of recordings", kept.vault.encryptor.run()
    yield "terms of recordings", terms_of(core, kept.vault).run()
    yield "recordings chain", kept.recorder.chain.run()
    yield "notary", kept.notary.run()
    yield "muted recordings", kept.muting.run()


def _place(core: Core, fact: object) -> None:
    """Say of which territory a call is, for the figures."""
    if told := placed(fact, core.flows.current()):
        core.bus.publish(told)


def _in_the_background(core: Core, house: House, rests: Rests) -> Iterator[Task]:
    """Give what runs for nobody in particular: writing down, comparing, tidying up."""
    settings, publish = core.settings, core.bus.publish
    shelves = Reconciler(core.engine, settings.recordings, publish, core.alive, rests=rests)
    records = Records(Places(settings.runtime).logs)
    nightly = Nightly(core.engine, records, core.flows.current().time_zone, publish)
    left_numbers = LeftNumbers(core.engine, settings.spool, core.bridge, publish)
    yield "facts", core.facts.run()
    yield "lead", core.queues.lead.hold()
    yield "crm outbox", core.bridge.run()
    if (hook := hook_of(settings)) is not None:
        outgoing = Outgoing(core.engine, hook)
        core.bus.hear(outgoing.hear)
        yield "webhooks", outgoing.run()
    yield "post", postman_of(core).run()
    on_file = OnFile(core.bridge, Filing(core.engine, time.time))
    core.bus.hear(on_file.hear)
    yield "messages on file", on_file.run()
    yield "links", tidied(core.links)
    yield "reconciliation", nightly.run()
    yield "recordings reconciler", shelves.run()
    audit = NightlyAudit(folder_of(settings), publish, zone=lambda: core.flows.current().time_zone)
    yield "evidence reconciliation", audit.run()
    yield "numbers left", left_numbers.run()
    owing = Owing(core.engine, publish, time.time)
    core.bus.hear(owing.hear)
    yield "promises", owing.run()
    unkept = Unkept(core.queues.callbacks, Promises(core.engine, core.bridge, time.time), time.time)
    core.bus.hear(unkept.hear)
    yield "callbacks not kept", unkept.run()
    yield "sweep", sweep.run(house, core.calls, core.alive)


async def _open_door(stack: AsyncExitStack, core: Core, house: House, refusals: Refusals) -> Door:
    async def answer(line: AgiLine) -> None:
        await converse(house, line)

    door = Door(core.secrets.agi, answer, refusals)
    await door.open("127.0.0.1", core.settings.ports.agi)
    stack.push_async_callback(door.close, DOOR_GRACE_S)
    return door


def _broker(settings: Settings, secrets: Secrets) -> Broker:
    if given := broker_of(settings):
        return given
    return Broker("127.0.0.1", settings.ports.mqtt, SERVER_USER, secrets.mqtt_server)
