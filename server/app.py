"""The server: every room opened in order, joined by the bus, closed in the other order. It decides nothing.

What may fail at start fails here with a sentence; what fails later belongs to the task that owns it.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.adapters.bridge import Bridge
from dialplans.institution import Institution
from ivr import looking, sweep
from ivr.adapters.attempts import SqlAttempts
from ivr.adapters.calls import SqlCalls
from ivr.adapters.codes import SqlCodes
from ivr.adapters.descriptors import allow_open_files
from ivr.adapters.fastagi import Door
from ivr.adapters.line import Line as AgiLine
from ivr.adapters.proofs import SqlProofs
from ivr.codes import Limits as CodeLimits
from ivr.conversation import converse
from ivr.house import House
from messages.adapters.outbox import Outbox
from messages.limits import Limits as MessageLimits
from queues.adapters.floor import Floor
from queues.adapters.house import Customs, ManagerLine, Queues
from queues.adapters.lead import Deposed, LedByAnother
from queues.adapters.steering import Hands
from queues.adapters.store import SqlStore
from queues.limits import Limits
from recordings.adapters.reconciler import Reconciler
from recordings.adapters.recorder import Recorder
from recordings.marks import Kind
from server.bus import Bus
from server.calling import Calling
from server.closures import ALL, SERVE, Closures
from server.crm import crm_of
from server.database import open_engine
from server.demonstration import callers
from server.desk import Desk, Line
from server.facts_store import FactsStore
from server.figures.agreed import thresholds_of
from server.figures.healing import LOOK_BACK_S
from server.figures.live import Live, live_today
from server.figures.marks import marker
from server.figures.reconciling import Nightly, Records
from server.flows import Flows
from server.garbage import spare_the_calls
from server.legs_store import LegsStore
from server.metrics import Metrics, Parts
from server.mqtt import Broker, MqttSpeaker
from server.page import Page
from server.passings import Passings
from server.persons import Persons
from server.promises import Promises
from server.refusals import Refusals
from server.registry import Registry, Requests
from server.reloading import Reloading
from server.routing import rules_of
from server.runtime.broker import SERVER_USER
from server.runtime.credentials import Secrets
from server.runtime.site import Places
from server.runtime.trouble import RuntimeTrouble
from server.settings import Settings
from server.spooled import LeftNumbers
from server.steering import Around, Steering
from server.subjects import subject_of, subjects
from server.supervision import Supervision
from server.switches import Switches
from server.systems import open_corporate
from server.text import Texts
from server.voice_messages import VoiceMessages
from server.wall import Wall, agents_now
from web.adapters.accounts import Accounts
from web.adapters.serving import serving
from web.app import create_app
from web.house import House as Pages
from web.settings import WRITERS_PER_ADDRESS, WebSettings
from web.text_limits import SEATS

AMI_USER = "ventanilla"
OPEN_FILES = 65_536
"""Every call is a socket, every page another; many systems start programs with 1,024."""
DOOR_GRACE_S = 1.0
"""How long calls get to end their present command at an orderly stop; the dialplan cares for them afterwards."""

Task = tuple[str, Coroutine[object, object, None]]


@dataclass(frozen=True, slots=True)
class Core:
    """What every other part speaks to."""

    settings: Settings
    secrets: Secrets
    engine: AsyncEngine
    bus: Bus
    facts: FactsStore
    live: Live
    flows: Flows
    queues: Queues
    bridge: Bridge
    post: Outbox
    passings: Passings
    line: Line
    desk: Desk
    calls: SqlCalls
    texts: Texts
    page: Page

    @property
    def floor(self) -> Floor:
        """The live floor."""
        return self.queues.floor


@dataclass(frozen=True, slots=True)
class Centre:
    """One centre, open: the door takes calls, and `tasks` are what has to run for it."""

    core: Core
    door: Door
    tasks: tuple[Task, ...]


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
            running = [group.create_task(work, name=name) for name, work in centre.tasks]
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
        core = await _open_core(stack, settings, secrets)
        speaker = MqttSpeaker(_broker(settings, secrets), settings.institution)
        requests = Requests(core.bridge, lambda number: subject_of(core.flows.current(), number))
        requests.take_up(core.floor.hall.states.values())
        for hearer in (speaker.hear, requests.hear):
            core.bus.hear(hearer)
        for state in agents_now(core.floor):  # what the broker kept of a former run may be wrong
            speaker.hear(state)
        recorder = Recorder(core.engine, settings.recordings, core.bus.publish)
        wall = Wall(core.floor, core.bus, core.live)
        house: House
        closures = await Closures(core.engine).load()
        wall.closed = closures.listed
        calling = _calling(core, lambda: house, closures)
        core.bus.hear(calling.hear)
        persons = Persons(core.floor, core.bridge, core.bus, core.desk, closures)
        hands = Hands(core.queues.ami)
        steering = await _steering(core, recorder, persons, hands)
        supervision = Supervision(core.floor, hands, steering, closures, core.bus, core.line.of_supervisor)
        house = _house(core, recorder, calling, persons, steering)
        core.texts.room.open(lambda written: converse(house, written))
        stack.push_async_callback(core.texts.room.close)
        doors: list[Door] = []
        await _open_pages(stack, core, wall, _metrics(core, speaker, doors), supervision)
        door = await _open_door(stack, core, house)
        doors.append(door)
        shelves = Reconciler(core.engine, settings.recordings, core.bus.publish, lambda: _alive(core))
        records = Records(Places(settings.runtime).logs)
        nightly = Nightly(core.engine, records, core.flows.current().time_zone, core.bus.publish)
        left_numbers = LeftNumbers(core.engine, settings.spool, core.bridge, core.bus.publish)
        tasks: tuple[Task, ...] = (
            ("facts", core.facts.run()),
            ("mqtt", speaker.run()),
            ("wall", wall.run()),
            ("requests", requests.run()),
            ("lead", core.queues.lead.hold()),
            ("crm outbox", core.bridge.run()),
            ("recorder", recorder.run()),
            ("reconciliation", nightly.run()),
            ("recordings reconciler", shelves.run()),
            ("numbers left", left_numbers.run()),
            ("calling back", calling.callbacks.run()),
            ("sweep", sweep.run(house, core.calls, lambda: _alive(core))),
        )
        yield Centre(core, door, tasks)


async def _open_core(stack: AsyncExitStack, settings: Settings, secrets: Secrets) -> Core:
    engine = open_engine(settings.database)
    stack.push_async_callback(engine.dispose)
    bus = Bus()
    flows = Flows(settings.institution_folder)
    zone = flows.current().time_zone
    # Before anything is said: what the floor says when it is taken up belongs to the record too.
    facts = FactsStore(engine, marker(secrets.register.encode()))
    live = await live_today(engine, zone, thresholds_of(flows.current()), time.time())
    for hearer in (facts.hear, live.hear):
        bus.hear(hearer)
    for lost in live.lacking(await SqlStore(engine).load(time.time() - LOOK_BACK_S)):
        bus.publish(lost)
    line = ManagerLine("127.0.0.1", settings.ports.ami, AMI_USER, secrets.ami)
    customs = Customs(
        rules=rules_of(flows.current(), flows.current),
        limits=Limits(wrap_up_s=settings.wrap_up_seconds),
    )
    calls = await SqlCalls(engine).open(time.time())
    stack.push_async_callback(calls.close)
    texts = Texts(flows.current, calls, settings.recordings, time.time)
    queues = await Queues(engine, bus.publish, line, customs, beside=texts.channels).open()
    stack.push_async_callback(queues.close)
    secret = secrets.register.encode()
    crm = await stack.enter_async_context(crm_of(settings)(engine, secret))
    bridge = Bridge(engine, crm, bus.publish)
    post = Outbox(engine, bus.publish, time.time, lambda: _message_limits(flows.current()))
    passings = await Passings(engine).load()
    sip = Line(settings.sip_host, secrets, settings.telephone_networks)
    desk = Desk(queues.floor, bridge, bus, passings, sip, texts)
    shown, pretended = (post, callers()) if settings.demonstration else (None, ())
    page = Page(flows.current, queues.floor, bus, sip, pretended, shown)
    texts.join(queues.floor, page.letters if shown else None)
    return Core(
        settings,
        secrets,
        engine,
        bus,
        facts,
        live,
        flows,
        queues,
        bridge,
        post,
        passings,
        sip,
        desk,
        calls,
        texts,
        page,
    )


def _metrics(core: Core, speaker: MqttSpeaker, doors: list[Door]) -> Metrics:
    """Give Prometheus' page; the door opens after the pages, and is looked at when it is there."""
    parts = Parts(
        floor=core.floor,
        facts=core.facts,
        speaker=speaker,
        bus=core.bus,
        sessions=lambda: sum(door.calls for door in doors),
        subjects=lambda: frozenset(core.flows.current().subjects),
    )
    metrics = Metrics(core.engine, parts)
    core.bus.hear(metrics.hear)
    return metrics


async def _open_pages(
    stack: AsyncExitStack, core: Core, wall: Wall, metrics: Metrics, supervision: Supervision
) -> None:
    settings = core.settings
    pages = Pages(
        desk=core.desk,
        wall=wall,
        page=core.page,
        text=core.texts,
        accounts=Accounts(core.engine, session_seconds=settings.session_hours * 3600),
        settings=WebSettings(
            origins=settings.origins,
            telephone_sockets=settings.telephone_sockets,
            demonstration=settings.demonstration,
            session_seconds=settings.session_hours * 3600.0,
            writers_per_address=SEATS if settings.public_url else WRITERS_PER_ADDRESS,
            metrics_token=settings.metrics_token.get_secret_value(),
        ),
        metrics=metrics.exposition,
        subjects=lambda: subjects(core.flows.current()),
        access=core.bus.publish,
        supervision=supervision,
    )
    await stack.enter_async_context(
        serving(create_app(pages), settings.address, settings.ports.web, settings.proxies)
    )


def _calling(core: Core, house: Callable[[], House], closures: Closures) -> Calling:
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


async def _steering(core: Core, recorder: Recorder, persons: Persons, hands: Hands) -> Steering:
    async def mark(call: str, kind: str) -> None:
        await recorder.mark(call, Kind(kind), time.time())

    around = Around(persons.push_card, core.calls.unfinished, mark)
    steering = Steering(core.floor, hands, LegsStore(core.engine), core.bus, core.texts, around)
    await steering.load()
    core.desk.join(steering)
    core.desk.spying_shown = core.settings.spying_shown
    return steering


def _message_limits(institution: Institution) -> MessageLimits:
    limits = institution.messages
    return MessageLimits(limits.per_number_day, limits.per_call)


def _house(core: Core, recorder: Recorder, calling: Calling, persons: Persons, steering: Steering) -> House:
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


async def _open_door(stack: AsyncExitStack, core: Core, house: House) -> Door:
    async def answer(line: AgiLine) -> None:
        await converse(house, line)

    door = Door(core.secrets.agi, answer, Refusals())
    await door.open("127.0.0.1", core.settings.ports.agi)
    stack.push_async_callback(door.close, DOOR_GRACE_S)
    return door


async def _alive(core: Core) -> frozenset[str] | None:
    """Give the calls that go on, in Asterisk and in writing; None when Asterisk cannot say."""
    channels = await core.queues.ami.channels()
    if channels is None:
        return None
    return frozenset(channel.call for channel in channels) | core.texts.room.alive()


def _broker(settings: Settings, secrets: Secrets) -> Broker:
    if settings.mqtt_url:
        return Broker.from_url(settings.mqtt_url)
    return Broker("127.0.0.1", settings.ports.mqtt, SERVER_USER, secrets.mqtt_server)
