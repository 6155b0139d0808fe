"""Another body is competent: who wants to get there is not sent to an agent who knows nothing of it."""

from ivr.facts import OtherBodyWanted
from tests.ivr.services.counter import Counter


async def test_who_wants_another_body_comes_to_an_agent_with_its_name_and_telephone(counter: Counter) -> None:
    outcome, _ = await counter.serve("competent", "1", "3")
    assert outcome.name == "transfer"
    body = await counter.corporate().content.competent("contributions")
    assert body is not None
    (wanted,) = [one for one in counter.facts if isinstance(one, OtherBodyWanted)]
    assert (wanted.body, wanted.telephone) == (body.code, body.telephone) == ("tgss", body.telephone)
