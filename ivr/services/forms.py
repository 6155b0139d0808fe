"""A form, please: which one, and the link to it in a text message."""

from dialplans.machine import Outcome
from ivr import numbers, receipts
from ivr.dialogue import choose, tell
from ivr.ports.requests import Recipient
from ivr.services import Visit

OUTCOMES = frozenset[str]()
LEAST_LEVEL = 0

FORMS = {
    "1": "retirement", "2": "disability", "3": "widowhood", "4": "birth_and_care", "5": "minimum_income",
}  # fmt: skip

PROMPTS = numbers.PROMPTS | {"forms.menu", "forms.sent", "forms.unavailable"}


async def serve(visit: Visit) -> Outcome:
    """Take the form and a mobile, send the link."""
    code = FORMS[await choose(visit, FORMS, "forms.menu")]
    form = await visit.corporate.content.form(code)
    if form is None:
        return Outcome(await tell(visit, "forms.unavailable"))
    number = await numbers.ask(visit, mobile=True)
    to = Recipient(visit.talk.language, number)
    if not await receipts.leave(visit, "form.link", to, title=form.title, link=form.link):
        return Outcome("down")
    return Outcome(await tell(visit, "forms.sent"))
