"""What citizens key to say who they are."""

from collections.abc import Mapping

from ivr.identity import KEYPAD

OPEN_ENDED = {"last_payment_euros", "children_count", "contributed_years", "withholding_percent"}


def typed(question: str, digits: str) -> str:
    """Close an answer with # where the question does not say how many digits it wants."""
    return f"{digits}#" if question in OPEN_ENDED else digits


def identified_by(document: str, answers: Mapping[str, str]) -> str:
    """Key the document and its letter, confirm, and answer whichever three questions are asked, as a script."""
    either = "|".join(
        f"{typed(question, digits)}@id.question.{question}~0" for question, digits in answers.items()
    )
    letter = KEYPAD[document[-1]]
    return (
        f"{document[:-1]}@id.ask_document,{letter}@id.ask_letter~0,1@id.confirm~0,{either},{either},{either}"
    )
