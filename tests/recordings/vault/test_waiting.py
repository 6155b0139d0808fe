"""What waits for a second person, and who sees that it does."""

from sqlalchemy import insert

from recordings.adapters.tables import keeping
from recordings.adapters.vault.listenings import Listenings
from recordings.listening import Asked, Keeping, Person, Purpose, Role
from tests.recordings.vault.conftest import BEGAN, Room, call


async def test_only_the_authority_sees_that_a_blocked_recording_waits_for_a_second_person(room: Room) -> None:
    listenings = Listenings(room.engine)
    for number in (1, 2):
        await room.seal(b"\0" * 1_000, number)
        who = Person("marta", Role.AUTHORITY)
        reason = "Juzgado 3, 77/2027"
        await listenings.write(
            Asked(str(number) * 32, call(number), Purpose.LISTEN, who, reason, BEGAN, protected=True)
        )
    async with room.engine.begin() as connection:
        await connection.execute(insert(keeping).values(call=call(2), keeping=Keeping.BLOCKED))
    seen = {role: [one.call for one in await listenings.waiting(role, BEGAN - 1)] for role in Role}
    assert seen[Role.AUTHORITY] == [call(1), call(2)]
    assert seen[Role.SUPERVISOR] == seen[Role.AUDITOR] == [call(1)]
