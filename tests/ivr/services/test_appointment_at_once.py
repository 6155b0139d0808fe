"""Nobody is at two offices at once: who asks for a time at which they have an appointment is told and asked again."""

from tests.ivr.services.counter import Counter
from tests.ivr.services.test_appointment import ASK, FIRST, OTHER, SEE_TO, YES, at, book, in_the_book


async def test_who_holds_one_at_that_very_time_elsewhere_hears_which_and_is_offered_another(
    counter: Counter,
) -> None:
    await book(counter)
    other = (ASK, "28013", "2", *FIRST, "2", YES)
    outcome, box = await counter.serve("appointment", *other, "1", "2", YES, OTHER)
    assert outcome.name == "done"
    assert "appointment.too_many" not in box.keys_heard
    assert box.keys_heard.count("appointment.already") == 2
    assert await in_the_book(counter) == [("madrid_1", at(9, 0)), ("madrid_2", at(9, 15))]


async def test_one_is_not_moved_to_the_very_time_of_another_that_is_kept(counter: Counter) -> None:
    await book(counter)
    await book(counter, nth=8, office="madrid_2")
    outcome, box = await counter.serve("appointment", SEE_TO, "2", "1", *FIRST, YES, "1", "2", YES, OTHER)
    assert outcome.name == "done"
    assert "appointment.already" in box.keys_heard
    assert "appointment.too_many" not in box.keys_heard
    assert [when for _, when in await in_the_book(counter)] == [at(9, 0), at(9, 15)]
