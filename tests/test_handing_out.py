"""Which worker gets which tests."""

from pathlib import Path

import pytest

from tests.handing_out import GROUPS, LIVE, group_of, is_aside, turn

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("start", [start for starts in GROUPS.values() for start in starts])
def test_every_group_has_files(start: str) -> None:
    assert list(ROOT.glob(f"{start}*")) or (ROOT / start).is_dir()


@pytest.mark.parametrize("group", LIVE)
def test_what_is_live_is_a_group_or_a_file(group: str) -> None:
    assert group in GROUPS or (ROOT / group).is_file()


def test_calls_go_first_and_a_worker_aside_begins_with_the_rest() -> None:
    files = ("tests/calls/test_flows.py", "tests/ivr/test_talk.py", "tests/calls/test_case_state.py")
    groups = [group_of(f"{file}::test_one") for file in files]
    assert sorted(groups, key=turn) == ["single calls", "tests/calls/test_flows.py", "tests/ivr/test_talk.py"]
    assert max(groups, key=turn) == "tests/ivr/test_talk.py"


def test_four_workers_are_for_calls_and_those_beyond_them_are_aside() -> None:
    assert [is_aside(f"gw{number}") for number in range(6)] == [False] * 4 + [True] * 2
