"""An agent on a number outside is rung at the carrier's, with the key; in writing no telephone is rung."""

from contextlib import suppress
from dataclasses import replace

from ivr.adapters.line import HungUp
from ivr.conversation import converse
from ivr.ports.floor import Outside
from tests.ivr.box import Box
from tests.ivr.rooms import Rooms


async def test_who_is_rung_outside_is_rung_with_the_number_and_the_key_and_without_it_costs_nobody_the_place(
    around: Rooms,
) -> None:
    around.desks.free += ["ana", "luis"]
    outside = {
        "agent-ana": Outside("outside-ana/sip:+34612345678@192.0.2.7:5060", "im(default)f(1234)U(accept^ca)")
    }
    box = Box(presses=["1", "0"], dials=["BUSY", "ANSWER"])
    with suppress(HungUp):
        await converse(replace(around.house, outside=outside.get), box)
    rung = [line for line in box.sent if line.startswith("EXEC Dial")]
    assert rung == [
        'EXEC Dial "PJSIP/outside-ana/sip:+34612345678@192.0.2.7:5060,25,gim(default)f(1234)U(accept^ca)"',
        "EXEC Dial PJSIP/agent-luis,15,g",
    ]
    assert around.desks.told == ["rang out", "ended"]
