"""Who goes first whatever the call is about: persons whose file says that they are old, or have a disability.

No system says anybody's age. The pensions system says which pension somebody is paid, and the institution which of
them let their callers go first (`[waiting.first]`). It is asked of proven persons only: a number proves nobody.
"""

import asyncio

from corporate import Corporate, CorporateDown
from dialplans.institution import Institution

LOOKED_UP_S = 1.0
"""How long somebody who asks for a person waits for it in silence; who is not looked up in time has the usual turn."""


async def priority(corporate: Corporate, institution: Institution, person: str | None) -> int:
    """Give the priority (0 to 9) that a proven person's own pensions give them; 0 when nobody says so in time."""
    first = institution.waiting.first.benefits
    if person is None or not first:
        return 0
    try:
        async with asyncio.timeout(LOOKED_UP_S):
            paid = await corporate.pensions.benefits(person)
    except (CorporateDown, TimeoutError):
        return 0
    return max((first.get(one.kind, 0) for one in paid), default=0)
