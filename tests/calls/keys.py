"""What citizens key to say who they are."""

from collections.abc import Mapping

from ivr.identity import KEYPAD

NIE = {"X": "*1", "Y": "*2"}
"""How the first letter of a foreigner's number is keyed."""
OPEN_ENDED = {"last_payment_euros", "children_count", "contributed_years", "withholding_percent"}


def typed(question: str, digits: str) -> str:
    """Close an answer with # where the question does not say how many digits it wants."""
    return f"{digits}#" if question in OPEN_ENDED else digits


def numbered(document: str) -> str:
    """Give the keys of a document but for its last letter, which is asked apart."""
    return NIE.get(document[0], document[0]) + document[1:-1]


def identified_by(document: str, answers: Mapping[str, str]) -> str:
    """Key the document and its letter, confirm, and answer whichever three questions are asked, as a script."""
    either = "|".join(
        f"{typed(question, digits)}@id.question.{question}~0" for question, digits in answers.items()
    )
    letter = KEYPAD[document[-1]]
    return f"{numbered(document)}@id.ask_document,{letter}@id.ask_letter~0,1@id.confirm~0,{either},{either},{either}"
