"""The tables of all rooms, for the migrations. A room's tables are its own; nobody joins across rooms but by call."""

from sqlalchemy import MetaData

import corporate.adapters.tables
import crm_bridge.adapters.tables
import ivr.adapters.tables
import messages.adapters.tables
import queues.adapters.tables
import recordings.adapters.evidence.tables  # beside the others of its room
import recordings.adapters.tables
import server.closures
import server.facts_store
import server.hooks
import server.legs_store
import server.passings
import server.promises
import server.spooled
import server.voice_messages
import web.adapters.tables

ALL: list[MetaData] = [
    ivr.adapters.tables.metadata,
    queues.adapters.tables.metadata,
    recordings.adapters.tables.metadata,
    crm_bridge.adapters.tables.metadata,
    corporate.adapters.tables.metadata,
    messages.adapters.tables.metadata,
    web.adapters.tables.metadata,
    server.closures.metadata,
    server.facts_store.metadata,
    server.hooks.metadata,
    server.legs_store.metadata,
    server.passings.metadata,
    server.promises.metadata,
    server.spooled.metadata,
    server.voice_messages.metadata,
]
