"""Names, headers, flaws and the comparison of files with rows."""

import io
import wave
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.marks import offset_ms
from recordings.naming import call_of, mixmonitor_arguments, raw_path, wav_path
from recordings.reconcile import FileSeen, Gone, Leftover, Orphan, RowSeen, Unfinished, compare
from recordings.recording import Flaw, Sealed, State, Taken, end_of, flaw_of, seal_again_after
from recordings.wave import MOST_FRAMES, header

AT = 1_795_345_200.0
CALL = "ventanilla-1795345200.12"
RAW, WAV = raw_path(CALL), wav_path(CALL, AT)


def test_a_file_is_named_by_its_call_and_found_by_its_name() -> None:
    assert RAW.as_posix() == f"running/{CALL}.raw"
    assert WAV.as_posix() == f"sealed/2026/11/22/{CALL}.wav"
    assert call_of(RAW) == call_of(WAV) == CALL
    for other in ("notes.txt", "x.wav", f"{CALL}.part", f"{CALL}"):
        assert call_of(Path(other)) is None


@given(st.text())
def test_no_text_names_a_file_outside_the_vault(text: str) -> None:
    try:
        path = raw_path(text)
    except ValueError:
        return
    assert path.parent == Path("running")
    assert "/" not in path.name


def test_mixmonitor_gets_one_path_and_option_d() -> None:
    assert mixmonitor_arguments(Path("/var/vault") / RAW) == f"/var/vault/running/{CALL}.raw,D"
    for path in ("/a,b/c.raw", "/a/${EVIL}.raw", '/a"/c.raw', "relative.raw", "/a/c.wav", "/a\n/c.raw"):
        with pytest.raises(ValueError, match="absolute path"):
            mixmonitor_arguments(Path(path))


@pytest.mark.parametrize("frames", [0, 1, 8_000])
def test_the_header_is_read_by_others(frames: int) -> None:
    with wave.open(io.BytesIO(header(frames) + b"\0" * (4 * frames))) as played:
        assert (played.getnframes(), played.getnchannels(), played.getframerate()) == (frames, 2, 8_000)


def test_more_than_a_wav_file_holds_is_refused() -> None:
    assert len(header(MOST_FRAMES)) == 44
    with pytest.raises(ValueError, match="37 hours"):
        header(MOST_FRAMES + 1)


@pytest.mark.parametrize(
    ("seconds", "ended", "cut", "orderly", "flaw"),
    [
        (10.0, 10.2, 0, True, Flaw.NONE),
        (10.0, 10.9, 0, True, Flaw.NONE),
        (10.0, 11.5, 0, True, Flaw.PARTIAL),
        (596.0, 600.0, 0, True, Flaw.NONE),
        (300.0, 600.0, 0, True, Flaw.PARTIAL),
        (10.0, 10.0, 2, True, Flaw.PARTIAL),
        (10.0, 10.0, 0, False, Flaw.NONE),
        (40.96, 40.96, 0, False, Flaw.PARTIAL),  # whole buffers of 32 kB: never closed
        (40.96, 40.96, 0, True, Flaw.NONE),
        (10.01, 10.01, 0, False, Flaw.PARTIAL),  # it ends within 20 ms: cut off
        (10.01, 10.01, 0, True, Flaw.NONE),
        (10.0, -5.0, 0, True, Flaw.NONE),
        (0.0, 10.0, 0, True, Flaw.EMPTY),
    ],
)
def test_a_flaw_is_told_by_what_is_missing(
    seconds: float, ended: float, cut: int, *, orderly: bool, flaw: Flaw
) -> None:
    sealed = Sealed(0, round(seconds * 8_000), "", cut)
    assert flaw_of(Taken(CALL, AT, AT + ended, orderly), sealed) is flaw


@pytest.mark.parametrize(
    ("told", "changed", "orderly", "end"),
    [
        (10.0, 10.02, True, 10.02),
        (10.0, 4.0, True, 10.0),
        (100.0, 10.0, False, 10.0),
        (100.0, -5, False, 0.0),
    ],
)
def test_the_end_is_what_was_heard_or_else_what_the_file_says(
    told: float, changed: float, *, orderly: bool, end: float
) -> None:
    assert end_of(Taken(CALL, AT, AT + told, orderly), AT + changed) == AT + end


def test_an_offset_is_never_before_the_start() -> None:
    assert (offset_ms(AT, AT + 1.5), offset_ms(AT, AT - 3)) == (1_500, 0)


def _row(state: State, path: Path) -> dict[str, RowSeen]:
    return {CALL: RowSeen(CALL, state, path, AT)}


def test_what_belongs_together_is_no_finding() -> None:
    raw, wav = FileSeen(RAW, 4, AT), FileSeen(WAV, 48, AT)
    later = AT + 3_600
    assert compare([raw], _row(State.RECORDING, RAW), frozenset({CALL}), later) == ()
    assert compare([raw, wav], _row(State.ENDED, RAW), frozenset(), later) == ()
    assert compare([wav], _row(State.SEALED, WAV), frozenset(), later) == ()
    assert compare([], _row(State.MISSING, RAW), frozenset(), later) == ()
    assert compare([raw], _row(State.EMPTY, RAW), frozenset(), later) == ()
    assert compare([FileSeen(WAV.with_suffix(".part"), 9, later - 599)], {}, frozenset(), later) == ()
    assert compare([FileSeen(Path("running/copy.part"), 9, AT)], {}, frozenset(), later) == ()


def test_each_kind_of_finding_is_found() -> None:
    raw, wav = FileSeen(RAW, 4, AT + 10), FileSeen(WAV, 48, AT)
    assert compare([raw], {}, None, AT) == (Orphan(raw, CALL),)
    assert compare([raw, wav], _row(State.SEALED, WAV), None, AT) == (Leftover(RAW),)
    tink, other = WAV.with_name(f"{WAV.name}.tink"), WAV.with_name("ventanilla-1795345200.7.wav.tink")
    files = [FileSeen(path, 8, AT) for path in (tink, other)]
    for forged in (other, Path("stored/a.wav.tink"), Path("stored", *tink.parts[1:])):
        assert not [
            one
            for one in compare(
                [wav, *files][forged.parts[0] == "stored" :], _row(State.SEALED, forged), None, AT
            )
            if isinstance(one, Leftover)
        ], "a row deletes no file by naming another"
    assert compare([], _row(State.SEALED, WAV), None, AT) == (Gone(CALL, WAV),)
    half = FileSeen(WAV.with_suffix(".part"), 9, AT)
    for rows in ({}, _row(State.ENDED, RAW), _row(State.SEALED, WAV)):
        found = compare([wav, half], rows, None, AT + 600)
        assert [one for one in found if not isinstance(one, Orphan)] == [Leftover(half.path)]
    assert compare([raw], _row(State.RECORDING, RAW), frozenset(), AT + 69) == ()
    assert compare([raw], _row(State.RECORDING, RAW), frozenset(), AT + 70) == (Unfinished(CALL, AT + 10),)
    assert compare([], _row(State.RECORDING, RAW), frozenset(), AT + 60) == (Unfinished(CALL, AT),)


def test_an_original_whose_sealed_file_is_gone_is_never_tidied_away() -> None:
    found = compare([FileSeen(RAW, 4, AT)], _row(State.SEALED, WAV), None, AT)
    assert found == (Gone(CALL, WAV),)


def test_a_full_disk_is_looked_at_more_and_more_rarely() -> None:
    assert [seal_again_after(tries) for tries in (0, 1, 2, 3, 8, 9, 99)] == [0, 2, 4, 8, 256, 300, 300]


def test_of_a_long_call_no_more_than_seconds_may_be_missing() -> None:
    hour = Taken(CALL, AT, AT + 3_600.0)
    assert flaw_of(hour, Sealed(0, (3_600 - 4) * 8_000, "", 0)) is Flaw.NONE
    assert flaw_of(hour, Sealed(0, (3_600 - 6) * 8_000, "", 0)) is Flaw.PARTIAL
