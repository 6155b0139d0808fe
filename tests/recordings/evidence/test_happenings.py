"""What happens to recordings is entered into the log out of the rooms' own rows, once, whoever wrote them."""

from sqlalchemy import update

from recordings.adapters.evidence.happenings import reference_of
from recordings.adapters.tables import keeping, listenings, recordings
from recordings.listening import Keeping, Purpose
from recordings.recording import State
from tests.recordings.evidence.house import CALL, House


async def kinds(house: House) -> list[str]:
    return [line.decode().split(" ")[0] for line in await house.log.lines()]


async def test_listening_blocking_holding_and_destroying_are_entered_once(any_house: House) -> None:
    house = any_house
    await house.record()
    await house.notary.round()
    asked = {
        "call": CALL,
        "person": "eva",
        "role": "supervisor",
        "reason": "a complaint of María's",
        "asked_at": house.now,
        "protected": False,
    }
    async with house.engine.begin() as connection:
        await connection.execute(
            listenings.insert(),
            [
                {**asked, "id": "a" * 32, "purpose": Purpose.LISTEN, "opened_at": house.now},
                {**asked, "id": "b" * 32, "purpose": Purpose.EXPORT, "opened_at": house.now},
                {**asked, "id": "c" * 32, "purpose": Purpose.LISTEN, "opened_at": None},
            ],
        )
        await connection.execute(
            keeping.insert().values(
                call=CALL, keeping=Keeping.BLOCKED, since=house.now, hold="a court's", held_at=house.now
            )
        )
    for _ in range(3):
        await house.notary.round()
    assert sorted(await kinds(house)) == ["begun", "blocked", "exported", "held", "listened", "sealed"]
    async with house.engine.begin() as connection:
        await connection.execute(update(keeping).values(keeping=Keeping.DESTROYED, since=house.now + 1))
        await connection.execute(update(recordings).values(state=State.DESTROYED))
    for _ in range(2):
        await house.notary.round()
    assert sorted(await kinds(house)) == [
        *("begun", "blocked", "destroyed", "exported", "held", "listened", "sealed"),
    ]
    whole = b"\n".join(await house.log.lines()).decode()
    assert reference_of(CALL) in whole
    for personal in ("María", "eva", "citizen-7", CALL, "court"):
        assert personal not in whole
