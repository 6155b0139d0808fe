"""The last resort: what it makes of keys, what it keeps, what the server reads back. pyst2 is the real one."""

import contextlib
import io
import json
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from asterisk.agi import AGI, AGIException
from hypothesis import given
from hypothesis import strategies as st

from ivr.adapters.spool import read_spool, write_spool
from ivr.callbacks import Callback, CallbackBroken, decode, encode, telephone
from ivr.last_resort import converse

LEFT = Callback("ventanilla-1763791200.12", "+34931234567", "ca", 1763791234.5)
GREETING = "agi_uniqueid: ventanilla-1763791200.12\nagi_language: ca\n\n"
PLAYED, MISSING, UP = "200 result=0 endpos=1\n", "200 result=-1\n", "200 result=6\n"


@pytest.fixture(autouse=True)
def kept_signal() -> Iterator[None]:
    """pyst2 takes over SIGHUP, which is right in a script of its own."""
    before = signal.getsignal(signal.SIGHUP)
    yield
    signal.signal(signal.SIGHUP, before)


def call(folder: Path, *answers: str) -> tuple[bool, str]:
    """Let pyst2 talk to these answers; gives whether a number was kept, and the commands it sent."""
    said = io.StringIO()
    caller = AGI(io.StringIO(GREETING + "200 result=0\n" + "".join(answers)), said, io.StringIO())
    return converse(caller, folder, "ES", 1763791234.5), said.getvalue()


def test_a_keyed_number_is_kept_in_the_callers_language(tmp_path: Path) -> None:
    kept, _ = call(tmp_path, PLAYED, "200 result=931234567\n", PLAYED)
    assert kept
    assert [one.callback for one in read_spool(tmp_path)] == [LEFT]


def test_a_wrong_number_is_asked_again(tmp_path: Path) -> None:
    kept, said = call(tmp_path, PLAYED, "200 result=12\n", PLAYED, "200 result=931234567\n", PLAYED)
    assert kept
    assert "vt/last_resort.invalid" in said


def test_silence_ends_kindly_and_keeps_nothing(tmp_path: Path) -> None:
    silent = "200 result= (timeout)\n"
    kept, said = call(tmp_path, PLAYED, silent, PLAYED, silent, PLAYED, silent, PLAYED)
    assert not kept
    assert "vt/goodbye" in said
    assert read_spool(tmp_path) == []


def test_without_any_sound_the_keys_are_still_taken(tmp_path: Path) -> None:
    keys = "".join(f"200 result={ord(key)}\n" for key in "931234567#")
    missing = MISSING + UP
    kept, _ = call(tmp_path, missing, missing, missing, keys, missing)
    assert kept
    assert read_spool(tmp_path)[0].callback.number == "+34931234567"


def test_a_caller_who_leaves_ends_it(tmp_path: Path) -> None:
    with pytest.raises(AGIException):
        call(tmp_path, MISSING, "200 result=-1\n")
    assert read_spool(tmp_path) == []


@pytest.mark.parametrize(
    ("keys", "number"),
    [
        ("931234567", "+34931234567"),
        ("0034931234567", "+34931234567"),
        ("600123123", "+34600123123"),
        ("0033142685300", "+33142685300"),
        ("", None),
        ("12345", None),
        ("999999999999999999999", None),
        ("9٣1234567", None),
        ("93*234567", None),
    ],
)
def test_only_a_number_that_exists_is_taken(keys: str, number: str | None) -> None:
    assert telephone(keys, "ES") == number


@given(st.text())
def test_no_text_is_taken_for_a_number_unless_it_is_one(keys: str) -> None:
    number = telephone(keys, "ES")
    assert number is None or (number.startswith("+") and number[1:].isdigit())


def test_what_is_written_is_read_back() -> None:
    assert decode(encode(LEFT)) == LEFT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[" * 2000,
        "[]",
        "{}",
        json.dumps({"call": None, "number": "931234567", "language": "es", "at": 1.0}),
        json.dumps({"call": "../../etc", "number": "+34931234567", "language": "es", "at": 1.0}),
        json.dumps({"call": None, "number": "+34931234567", "language": "es", "at": True}),
        json.dumps({"call": None, "number": "+34931234567", "language": "es", "at": 1.0, "more": 1}),
    ],
)
def test_a_broken_file_says_why(text: str) -> None:
    with pytest.raises(CallbackBroken):
        decode(text)


@given(st.text())
def test_no_text_breaks_the_reader_otherwise(text: str) -> None:
    with contextlib.suppress(CallbackBroken):
        assert decode(text).number.startswith("+")


def test_the_spool_is_private_and_forgets_what_was_stored(tmp_path: Path) -> None:
    file = write_spool(tmp_path / "callbacks", LEFT)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    (one,) = read_spool(tmp_path / "callbacks")
    one.forget()
    one.forget()
    assert read_spool(tmp_path / "callbacks") == []


def test_a_broken_file_is_set_aside_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{")
    (tmp_path / "y.json").write_bytes(b"\xff\xfe")
    (tmp_path / "z.json").symlink_to("/etc/passwd")
    write_spool(tmp_path, LEFT)
    assert [one.callback for one in read_spool(tmp_path)] == [LEFT]
    aside = tmp_path / "broken"
    assert (aside / "x.json").read_text() == "{"
    assert (aside / "x.json.reason").read_text() == "not JSON\n"
    assert len(list(aside.glob("*.reason"))) == 3
