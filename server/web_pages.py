"""The pages, with what each is given of the other rooms, and Prometheus' page."""

from __future__ import annotations

import time
from contextlib import AsyncExitStack

from crm_bridge.adapters.claims import Claims
from crm_bridge.adapters.folders import Folders
from crm_bridge.adapters.handling import Handling
from crm_bridge.adapters.ledger import Ledger
from crm_bridge.adapters.unsealing import Unsealings
from ivr.adapters.fastagi import Door
from ivr.adapters.proofs import SqlProofs
from server.core import Core
from server.crm import told_keys_of
from server.demand import DemandToday
from server.folders import DeskFolders, Rooms
from server.hooks import Incoming
from server.metrics import Metrics, Parts
from server.mqtt import MqttSpeaker
from server.subjects import subjects
from server.supervision import Supervision
from server.talks import Talks
from server.wall import Wall
from web.adapters.accounts import Accounts
from web.adapters.serving import serving
from web.app import create_app
from web.house import House as Pages
from web.ports import ListeningPort
from web.settings import WRITERS_PER_ADDRESS, WebSettings
from web.text_limits import SEATS


async def open_pages(
    stack: AsyncExitStack,
    core: Core,
    wall: Wall,
    metrics: Metrics,
    supervision: Supervision,
    listening: ListeningPort,
) -> None:
    """Serve every page until the stack is left."""
    settings, keys = core.settings, told_keys_of(core.settings)
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
        hooks=Incoming(core.engine, keys, core.bridge, core.bus.publish) if keys else None,
        links=core.links.opened,
        listening=listening,
        folder=folders_of(core),
        demand=DemandToday(core.engine, core.flows.current, time.time),
    )
    await stack.enter_async_context(
        serving(create_app(pages), str(settings.address), settings.ports.web, settings.proxies)
    )


def folders_of(core: Core) -> DeskFolders:
    """Give who reads folders, requests and the work between calls for the desks."""
    publish, talks = core.bus.publish, Talks(core.engine)
    core.bus.hear(talks.hear)
    rooms = Rooms(
        floor=core.floor,
        folders=Folders(core.crm, publish, time.time),
        handling=Handling(core.bridge, Ledger(core.engine), publish, time.time),
        unsealings=Unsealings(core.engine, publish, time.time),
        claims=Claims(core.engine),
        proofs=SqlProofs(core.engine),
        talks=talks,
        institution=core.flows.current,
        clock=time.time,
        settled=core.facts.settled,
    )
    return DeskFolders(rooms)


def metrics_of(core: Core, speaker: MqttSpeaker, doors: list[Door]) -> Metrics:
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
