"""What checking a package found: one sentence for each check, and whether it is as it should be."""

from dataclasses import dataclass
from enum import StrEnum


class Check(StrEnum):
    """What is checked, in this order."""

    CONTAINER = "container"
    MANIFEST = "manifest"
    SEAL = "seal"
    SIGNATURE = "signature"
    CERTIFICATE = "certificate"
    AUDIO = "audio"
    STAMP = "time stamp"
    TIME = "time"
    LOG = "log"
    HEAD = "head"


class Verdict(StrEnum):
    """How a check ended: `remark` is for what is not wrong, and must be known."""

    GOOD = "good"
    REMARK = "remark"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check of one package."""

    check: Check
    verdict: Verdict
    sentence: str


def good(check: Check, sentence: str) -> Finding:
    """Say that a check found what it should."""
    return Finding(check, Verdict.GOOD, sentence)


def remark(check: Check, sentence: str) -> Finding:
    """Say something that who relies on the package must know."""
    return Finding(check, Verdict.REMARK, sentence)


def wrong(check: Check, sentence: str) -> Finding:
    """Say what is wrong."""
    return Finding(check, Verdict.WRONG, sentence)
