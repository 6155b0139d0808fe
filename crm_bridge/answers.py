"""The right answers of the identification protocol, as they are kept: keyed hashes that tell nobody anything.

An answer is a handful of digits, so that a plain hash of it would be guessed in a moment: without the key
of this installation, which is not in the database, a copy of the table is of no use.
"""

import hmac
from collections.abc import Mapping


def keyed(key: bytes, citizen: str, question: str, answer: str) -> str:
    """Give the hash of a citizen's answer (HMAC-SHA-256, hex); the same digits of another are another hash."""
    said = "\0".join((citizen, question, normalised(answer)))
    return hmac.digest(key, said.encode(), "sha256").hex()


def all_keyed(key: bytes, citizen: str, answers: Mapping[str, str]) -> dict[str, str]:
    """Give the hashes of all of a citizen's answers (question to digits)."""
    return {question: keyed(key, citizen, question, answer) for question, answer in answers.items()}


def normalised(answer: str) -> str:
    """Strip leading noughts, so that 02 children are 2, and keep at least one digit."""
    return answer.lstrip("0") or "0"


def hold(key: bytes, citizen: str, kept: Mapping[str, str], answers: Mapping[str, str]) -> bool:
    """Say whether every answer is right, in a time that does not tell which was wrong, or of whom.

    `kept` maps questions to hashes; without the citizen (nobody's document) it is empty, and the work is
    the same.
    """
    right = bool(answers)
    for question, answer in answers.items():
        expected = kept.get(question, "")
        right &= hmac.compare_digest(expected, keyed(key, citizen, question, answer))
    return right
