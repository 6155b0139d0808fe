"""What every other part of the server speaks to, opened in order: database, record, floor, bridge, desks."""

from __future__ import annotations

import time
from contextlib import AsyncExitStack
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.access import Role, Viewer
from crm_bridge.adapters.bridge import Bridge
from crm_bridge.ports import Connector
from ivr.adapters.calls import SqlCalls
from messages.adapters.links import SqlLinks
from messages.adapters.outbox import Outbox
from messages.limits import Limits as MessageLimits
from messages.seal import Seal
from messages.texts import Wording
from queues.adapters.floor import Floor
from queues.adapters.house import Customs, ManagerLine, Queues
from queues.adapters.store import SqlStore
from queues.limits import Limits
from server import accepted
from server.bus import Bus
from server.case_management import with_cases
from server.crm import crm_of, pop_of
from server.database import open_engine
from server.demonstration import callers
from server.desk import Desk
from server.facts_store import FactsStore
from server.figures.agreed import thresholds_of
from server.figures.healing import LOOK_BACK_S
from server.figures.live import Live, live_today
from server.figures.marks import marker
from server.flows import Flows
from server.outside import OutsideNumbers
from server.page import Page
from server.passings import Passings
from server.putting_through import PuttingThrough
from server.routing import rules_of
from server.runtime.credentials import Secrets
from server.settings import Settings
from server.sip_accounts import SipAccounts
from server.systems import open_corporate
from server.terms import terms_of
from server.text import Texts
from server.viewers import viewer_of

AMI_USER = "ventanilla"


@dataclass(frozen=True, slots=True)
class Core:
    """What every other part speaks to."""

    settings: Settings
    secrets: Secrets
    engine: AsyncEngine
    bus: Bus
    through: PuttingThrough
    facts: FactsStore
    live: Live
    flows: Flows
    queues: Queues
    bridge: Bridge
    crm: Connector
    post: Outbox
    links: SqlLinks
    passings: Passings
    line: SipAccounts
    desk: Desk
    outside: OutsideNumbers
    calls: SqlCalls
    texts: Texts
    page: Page

    def viewer(self, agent: str) -> Viewer:
        """Give an agent's post; of somebody unknown to the roster nothing is uncovered."""
        known = self.floor.hall.people.get(agent)
        return viewer_of(known, self.flows.current()) if known else Viewer(agent, Role.PROVIDER)

    @property
    def floor(self) -> Floor:
        """The live floor."""
        return self.queues.floor

    async def alive(self) -> frozenset[str] | None:
        """Give the calls that go on, in Asterisk and in writing; None when Asterisk cannot say."""
        channels = await self.queues.ami.channels()
        if channels is None:
            return None
        return frozenset(channel.call for channel in channels) | self.texts.room.alive()


@dataclass(frozen=True, slots=True)
class _Ground:
    """What every part stands on."""

    settings: Settings
    secrets: Secrets
    engine: AsyncEngine
    bus: Bus
    flows: Flows

    @property
    def register(self) -> bytes:
        """The secret that keys what is kept of identities."""
        return self.secrets.register.encode()


async def open_core(stack: AsyncExitStack, settings: Settings, secrets: Secrets) -> Core:
    """Open the core; `stack` closes it. Raises RuntimeTrouble, LedByAnother, Unwritten."""
    engine = open_engine(settings.database)
    stack.push_async_callback(engine.dispose)
    bus, through = Bus(), PuttingThrough()
    flows, wording = accepted.begin(settings.runtime, settings.institution_folder)
    bus.hear(through.hear)
    ground = _Ground(settings, secrets, engine, bus, flows)
    # Before anything is said: what the floor says when it is taken up belongs to the record too.
    facts = FactsStore(engine, marker(ground.register))
    live = await _record(engine, bus, flows, facts)
    calls = await taken_up(engine, facts)
    stack.push_async_callback(calls.close)
    texts = Texts(flows.current, calls, settings.recordings, time.time)
    queues = await _queues(ground, texts)
    stack.push_async_callback(queues.close)
    crm = await _crm(stack, ground)
    bridge = _bridge(ground, crm)
    bridge.calm = through.over
    links = SqlLinks(engine, ground.register, settings.links, time.time)
    post = _post(ground, wording, links)
    passings = await Passings(engine).load()
    sip = SipAccounts(
        settings.sip_host, secrets, settings.telephone_networks, settings.trunks, settings.carrier
    )
    outside = OutsideNumbers(lambda: queues.floor.hall.people, flows.current, settings.carrier)
    desk = Desk(queues.floor, bridge, bus, passings, sip, texts, outside)
    shown, pretended = (post, callers()) if settings.demonstration else (None, ())
    page = Page(flows.current, queues.floor, bus, sip, pretended, shown)
    texts.join(queues.floor, page.letters if shown else None)
    return Core(
        settings=settings,
        secrets=secrets,
        engine=engine,
        bus=bus,
        through=through,
        facts=facts,
        live=live,
        flows=flows,
        queues=queues,
        bridge=bridge,
        crm=crm,
        post=post,
        links=links,
        passings=passings,
        line=sip,
        desk=desk,
        outside=outside,
        calls=calls,
        texts=texts,
        page=page,
    )


async def _queues(ground: _Ground, texts: Texts) -> Queues:
    """Open the floor, and the line to Asterisk; whoever opens it closes it."""
    settings, flows = ground.settings, ground.flows
    line = ManagerLine("127.0.0.1", settings.ports.ami, AMI_USER, ground.secrets.ami)
    customs = Customs(
        rules=rules_of(flows.current(), flows.current), limits=Limits(wrap_up_s=settings.wrap_up_seconds)
    )
    return await Queues(ground.engine, ground.bus.publish, line, customs, beside=texts.channels).open()


async def _crm(stack: AsyncExitStack, ground: _Ground) -> Connector:
    """Open the CRM; cases come from the corporate system that has them."""
    crm = await stack.enter_async_context(crm_of(ground.settings)(ground.engine, ground.register))
    corporate, publish = ground.settings.corporate, ground.bus.publish
    return with_cases(crm, lambda: open_corporate(corporate, ground.engine, publish, time.time).cases)


def _bridge(ground: _Ground, crm: Connector) -> Bridge:
    return Bridge(
        ground.engine,
        crm,
        ground.bus.publish,
        pop=pop_of(ground.settings),
        terms=lambda *asked: terms_of(ground.flows.current(), *asked),
    )


def _post(ground: _Ground, wording: Wording, links: SqlLinks) -> Outbox:
    def limits() -> MessageLimits:
        said = ground.flows.current().messages
        return MessageLimits(said.per_number_day, said.per_call)

    return Outbox(ground.engine, ground.bus.publish, time.time, Seal(ground.register), wording, limits, links)


async def taken_up(engine: AsyncEngine, facts: FactsStore) -> SqlCalls:
    """Take up the calls of a lost server; those whose end it told are only kept in case their line was lost."""
    calls = await SqlCalls(engine).open(time.time())
    kept = {one.call: one.at for one in calls.in_progress()}
    for call, ended in (await facts.ends([*kept])).items():
        if ended >= kept[call]:  # else it came back since
            calls.lost(call, ended)
    return calls


async def _record(engine: AsyncEngine, bus: Bus, flows: Flows, facts: FactsStore) -> Live:
    """Let the record and today's figures hear everything, and say what a killed server had no time to write."""
    institution, now = flows.current(), time.time()
    live = await live_today(engine, institution.time_zone, thresholds_of(institution), now)
    for hearer in (facts.hear, live.hear):
        bus.hear(hearer)
    for lost in live.lacking(await SqlStore(engine).load(now - LOOK_BACK_S)):
        bus.publish(lost)
    return live
