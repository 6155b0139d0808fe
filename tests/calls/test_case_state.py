"""The state of a case, by telephone, from the number dialled to the goodbye: heard, and read in Asterisk's own log."""

import asyncio

import pytest

from server.probe.call import Outcome, place
from server.probe.catalogue import Catalogue
from server.probe.script import Script, parse_steps
from tests.calls.centre import Centre

pytestmark = pytest.mark.asterisk

TO_THE_CASE = "1@language.offer~0,2@menu.main~0"


async def call(
    centre: Centre, catalogue: Catalogue, press: str, *expect: str, caller: str = "+34911000001"
) -> Outcome:
    script = Script("901166565", centre.sip, caller, parse_steps(press), expect, seconds=110)
    return await place(script, catalogue)


async def test_a_number_that_is_not_ours_is_refused(centre: Centre, catalogue: Catalogue) -> None:
    outcome = await place(Script("901166566", centre.sip, seconds=5), catalogue)
    assert outcome.why is not None
    assert "404" in outcome.trouble


async def test_half_a_call_disturbs_nobody(centre: Centre, catalogue: Catalogue) -> None:
    outcomes = await asyncio.gather(
        call(centre, catalogue, "1@language.offer~0,*@menu.main~0", "greeting.general", "menu.main"),
        call(centre, catalogue, "2@language.offer~0,1@menu.main~0", "greeting.general", "menu.info"),
    )
    assert [outcome.unmet for outcome in outcomes] == [(), ()]
