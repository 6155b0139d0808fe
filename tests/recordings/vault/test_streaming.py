"""The format of encrypted recordings, with Tink (Google's own) on the other side of every claim."""

import io
import random
from functools import cache

import pytest
import tink
from hypothesis import given, settings
from hypothesis import strategies as st
from tink import cleartext_keyset_handle, streaming_aead
from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2, tink_pb2

from recordings.vault.streaming import (
    HEADER_BYTES,
    KEY_BYTES,
    SEGMENT_BYTES,
    TAG_BYTES,
    Cipher,
    Layout,
    NotAuthentic,
    encrypted,
    header_of,
)
from tests.recordings.vault.conftest import noise

KEY = bytes(range(KEY_BYTES))
CALL = "ventanilla-1795345200.1"
SMALL = 4096  # Tink's template AES256_GCM_HKDF_4KB


@cache
def outsider(segment: int) -> streaming_aead.StreamingAead:
    """Tink with the same key, and segments of so many bytes."""
    streaming_aead.register()
    params = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingParams(
        ciphertext_segment_size=segment, derived_key_size=32, hkdf_hash_type=common_pb2.SHA256
    )
    key = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey(version=0, params=params, key_value=KEY)
    keyset = tink_pb2.Keyset(primary_key_id=1)
    one = keyset.key.add()
    one.key_id, one.status, one.output_prefix_type = 1, tink_pb2.ENABLED, tink_pb2.RAW
    one.key_data.type_url = "type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey"
    one.key_data.value = key.SerializeToString()
    one.key_data.key_material_type = tink_pb2.KeyData.SYMMETRIC
    handle = cleartext_keyset_handle.read(tink.BinaryKeysetReader(keyset.SerializeToString()))
    return handle.primitive(streaming_aead.StreamingAead)


def ours(plain: bytes, segment: int = SEGMENT_BYTES, call: str = CALL, seed: int = 1) -> bytes:
    chance = random.Random(seed)  # noqa: S311 - made-up sound, the same each time
    header = header_of(chance.randbytes(32), chance.randbytes(7))
    pieces = (plain[at : at + 1000] for at in range(0, len(plain), 1000))
    return b"".join(encrypted(pieces, Cipher(KEY, header, call), header, segment))


def opened(
    file: bytes, plain: int, span: tuple[int, int], segment: int = SEGMENT_BYTES, call: str = CALL
) -> bytes:
    """Read a range of a file as the vault does: only the segments that it touches."""
    layout = Layout(plain, segment)
    if len(file) != layout.ciphertext_bytes:
        raise NotAuthentic("length")
    cipher = Cipher(KEY, file[:HEADER_BYTES], call)
    found, first = b"", None
    for one in layout.touched(*span):
        first = one.plain_start if first is None else first
        found += cipher.open(one, file[one.start : one.end])
    return found[max(0, span[0] - (first or 0)) : span[1] - (first or 0)]


def by_tink(file: bytes, segment: int, call: str = CALL) -> bytes:
    with outsider(segment).new_decrypting_stream(io.BytesIO(file), call.encode()) as stream:
        return bytes(stream.read())


def written_by_tink(plain: bytes, segment: int, call: str = CALL) -> bytes:
    kept = io.BytesIO()
    kept.close = lambda: None  # type: ignore[method-assign] # Tink closes what it wrote into
    with outsider(segment).new_encrypting_stream(kept, call.encode()) as stream:
        stream.write(plain)
    return kept.getvalue()


FIRST, NEXT = SMALL - HEADER_BYTES - TAG_BYTES, SMALL - TAG_BYTES
LENGTHS = [0, 1, FIRST - 1, FIRST, FIRST + 1, FIRST + NEXT, FIRST + NEXT + 1, FIRST + 5 * NEXT, 100_000]


@pytest.mark.parametrize("length", LENGTHS)
def test_tink_opens_what_we_wrote(length: int) -> None:
    plain = noise(length, length)
    assert by_tink(ours(plain, SMALL), SMALL) == plain


@pytest.mark.parametrize("segment", [SMALL, SEGMENT_BYTES, 1 << 20])
def test_tink_opens_a_longer_recording_in_every_size_of_segment(segment: int) -> None:
    plain = noise(segment, 2_500_000)
    assert by_tink(ours(plain, segment), segment) == plain


@pytest.mark.parametrize("length", LENGTHS)
def test_we_open_what_tink_wrote(length: int) -> None:
    plain = noise(length, length)
    file = written_by_tink(plain, SMALL)
    assert len(file) == Layout(length, SMALL).ciphertext_bytes
    assert opened(file, length, (0, length), SMALL) == plain


@pytest.mark.parametrize("author", [ours, written_by_tink])
def test_a_hundred_random_places_are_those_of_the_plain_file(author: object) -> None:
    chance = random.Random(7)  # noqa: S311 - made-up sound, the same each time
    plain = chance.randbytes(3_000_001)
    file = author(plain, SEGMENT_BYTES)  # type: ignore[operator] # either of two functions
    for _ in range(100):
        start = chance.randrange(len(plain))
        end = start + chance.choice([1, 1000, 65_000, 200_000])
        assert opened(file, len(plain), (start, end)) == plain[start:end]


@given(length=st.integers(0, 40_000), start=st.integers(-5, 45_000), end=st.integers(-5, 45_000))
@settings(max_examples=150, deadline=None)
def test_whatever_is_asked_for_is_what_a_slice_would_give(length: int, start: int, end: int) -> None:
    plain = noise(length, length)
    got = opened(ours(plain, SMALL), length, (start, end), SMALL)
    assert got == plain[max(0, start) : max(0, end)]


def test_a_seek_reads_no_more_than_two_segments() -> None:
    layout = Layout(19_200_044)
    assert all(len(list(layout.touched(at, at + 1000))) <= 2 for at in range(0, layout.plain, 99_991))


@pytest.mark.parametrize("cut", [1, TAG_BYTES, SMALL, 2 * SMALL])
def test_a_truncated_file_opens_for_nobody(cut: int) -> None:
    plain = noise(cut, 5 * SMALL)
    shorter = ours(plain, SMALL)[:-cut]
    with pytest.raises(NotAuthentic):
        opened(shorter, len(plain), (0, 10), SMALL)
    with pytest.raises(tink.TinkError):
        by_tink(shorter, SMALL)


def test_a_file_cut_between_segments_does_not_open_even_when_its_row_is_cut_too() -> None:
    file = ours(bytes(3 * NEXT), SMALL)
    length = FIRST + NEXT  # exactly two segments are left
    with pytest.raises(NotAuthentic):
        opened(file[: 2 * SMALL], length, (0, length), SMALL)


def test_segments_that_changed_places_open_for_nobody() -> None:
    file = ours(bytes(5 * SMALL), SMALL)
    swapped = file[:SMALL] + file[2 * SMALL : 3 * SMALL] + file[SMALL : 2 * SMALL] + file[3 * SMALL :]
    with pytest.raises(NotAuthentic):
        opened(swapped, 5 * SMALL, (SMALL, 2 * SMALL), SMALL)
    with pytest.raises(tink.TinkError):
        by_tink(swapped, SMALL)


def test_a_recording_under_another_calls_name_opens_for_nobody() -> None:
    file = ours(b"sound", SMALL)
    with pytest.raises(NotAuthentic):
        opened(file, 5, (0, 5), SMALL, call="ventanilla-1795345200.2")
    with pytest.raises(tink.TinkError):
        by_tink(file, SMALL, "ventanilla-1795345200.2")


def test_one_changed_bit_anywhere_is_noticed() -> None:
    plain = bytes(2 * SMALL)
    file = ours(plain, SMALL)
    for at in [0, 1, 33, 39, 40, SMALL - 1, SMALL, len(file) - 1]:
        broken = file[:at] + bytes([file[at] ^ 1]) + file[at + 1 :]
        with pytest.raises(NotAuthentic):
            opened(broken, len(plain), (0, len(plain)), SMALL)


def test_the_wrong_key_opens_nothing() -> None:
    file = ours(b"sound", SMALL)
    with pytest.raises(NotAuthentic):
        Cipher(bytes(KEY_BYTES), file[:HEADER_BYTES], CALL).open(
            next(Layout(5, SMALL).all()), file[HEADER_BYTES:]
        )


@pytest.mark.parametrize("header", [b"", bytes(HEADER_BYTES), b"RIFF" + bytes(36)])
def test_what_is_no_file_of_this_format_is_refused(header: bytes) -> None:
    with pytest.raises(NotAuthentic):
        Cipher(KEY, header, CALL)
