"""The table of attacks in docs/evidence.md: each test in it is there, and fails once a check that it names is blind."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from recordings.evidence.findings import Check
from tests.recordings.evidence.blinded import BLIND, OTHERS

HERE = Path(__file__).parents[3]
ROW = re.compile(r"\| ([^|]+) \| (`test_[^|]+) \| ([^|]+) \|")
MATRIX = ("1 ", "2 ", "3 ", "3b ", "4 ", "4b ", "4c ", "5 ", "5b ", "6 ", "7, 8, 9 ", "9b ")
LIMIT_S = 600
"""A run of a dozen tests on a busy machine."""


def rows() -> list[tuple[str, list[str], list[str]]]:
    """What is attacked, the tests, and the checks that are named."""
    text = (HERE / "docs" / "evidence.md").read_text(encoding="utf-8").partition("### Row by row")[2]
    found = (match.groups() for match in map(ROW.fullmatch, text.splitlines()) if match)
    return [
        (what, re.findall(r"`([^`]+)`", tests), re.findall(r"`([^`]+)`", checks))
        for what, tests, checks in found
    ]


def node(named: str) -> str:
    """Give pytest's name of a test, `file.function` in the table."""
    file, _, function = named.partition(".")
    (path,) = (HERE / "tests" / "recordings").rglob(f"{file}.py")
    assert re.search(rf"^(async )?def {function}\(", path.read_text(encoding="utf-8"), re.MULTILINE), named
    return f"{path.relative_to(HERE)}::{function}"


BLINDS = sorted({check for _, _, checks in rows() for check in checks})


def test_every_row_of_the_matrix_has_its_tests_and_they_are_there() -> None:
    assert [wanted for wanted in MATRIX if not any(what.startswith(wanted) for what, _, _ in rows())] == []
    assert all(node(named) for _, tests, _ in rows() for named in tests)


def test_every_check_is_named_and_can_be_blinded() -> None:
    assert set(BLINDS) == {*Check, *OTHERS}


@pytest.mark.slow
@pytest.mark.parametrize("blind", BLINDS)
def test_who_is_blind_for_a_check_lets_every_attack_through_that_it_alone_catches(blind: str) -> None:
    wanted = {node(named) for _, tests, checks in rows() for named in tests if blind in checks}
    words = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-rfE",
        "-p",
        "tests.recordings.evidence.blinded",
        "-m",
        "",
    ]
    words += ["-p", "no:cacheprovider", "-p", "no:xdist", *sorted(wanted)]
    surroundings = os.environ | {BLIND: blind}
    done = subprocess.run(
        words, cwd=HERE, env=surroundings, capture_output=True, text=True, check=False, timeout=LIMIT_S
    )
    failed = {
        line.split()[1].partition("[")[0] for line in done.stdout.splitlines() if line.startswith("FAILED ")
    }
    assert failed == wanted, done.stdout[-3_000:]
