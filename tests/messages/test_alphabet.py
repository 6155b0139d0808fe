"""Alphabets, parts and plainer letters: what every SMS is made of."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages import alias
from messages.alphabet import Alphabet, offending, sms
from messages.linter import MOST_CODE_PARTS, Line, line, report
from messages.plain import plainer
from messages.standard import LONGEST, MESSAGES
from messages.texts import Wording
from tests.messages.post import WORDING

GSM, UCS2 = Alphabet.GSM, Alphabet.UCS2


@pytest.mark.parametrize(
    ("text", "alphabet", "parts"),
    [
        ("a" * 160, GSM, 1),
        ("a" * 161, GSM, 2),
        ("a" * 306, GSM, 2),
        ("a" * 307, GSM, 3),
        ("a" * 320, GSM, 3),
        ("€" * 80, GSM, 1),
        ("€" * 81, GSM, 2),
        ("ñÑüÜéÉÇ¿¡àèìòù" * 11, GSM, 1),
        ("я" * 70, UCS2, 1),
        ("я" * 71, UCS2, 2),
        ("я" * 320, UCS2, 5),
        ("😀" * 35, UCS2, 1),
        ("😀" * 36, UCS2, 2),
        ("", GSM, 1),
    ],
)
def test_the_parts_are_those_of_the_standard(text: str, alphabet: Alphabet, parts: int) -> None:
    sent = sms(text, "xx")
    assert (sent.alphabet, len(sent.parts)) == (alphabet, parts)


@given(st.text(st.sampled_from("aé€{}я😀 \n"), max_size=400), st.integers(0, 10_000))
def test_no_part_is_too_long_none_is_lost_and_no_letter_is_cut(text: str, letter: int) -> None:
    sent = sms(text, "xx")
    assert "".join(sent.parts) == text
    for number, part in enumerate(sent.parts):
        octets = sent.octets(number, letter)
        header = octets[: octets[0] + 1] if len(sent.parts) > 1 else b""
        body = octets[len(header) :]
        room = (153 if header else 160) if sent.alphabet is GSM else 140 - len(header)
        assert len(body) <= room
        assert body.decode("gsm03.38" if sent.alphabet is GSM else "utf-16-be") == part
        assert not header or header[3:] == bytes((letter % 256, len(sent.parts), number + 1))


def test_the_letters_that_make_a_message_dear_are_named() -> None:
    assert offending("Código, teléfono; máis ç €") == ("ó", "á", "ç")


@pytest.mark.parametrize(
    ("language", "text", "plain"),
    [
        (
            "es",
            "Su código: márquelo en el teléfono. Año, pingüino.",
            "Su codigo: marquelo en el teléfono. Año, pingüino.",
        ),
        ("es", "Se ha pedido más de un código", "Se ha pedido más de un código"),
        ("es", "Si no está conforme, llámenos", "Si no está conforme, llámenos"),
        ("ca", "sol·licitud · país · força", "sol.licitud · pais · forca"),
        (
            "ca",
            "Els diners són seus: truqui i demani'ls aquí",
            "Els diners són seus: truqui i demani'ls aquí",
        ),
        ("gl", "Chámenos canto antes", "Chamenos canto antes"),
        ("eu", "Ordua: 9:30… kalea «Ávila»", "Ordua: 9:30... kalea «Avila»"),
        ("xx", "código", "código"),
    ],
)
def test_letters_become_plainer_only_where_the_word_stays_the_word(
    language: str, text: str, plain: str
) -> None:
    assert plainer(text, language) == plain


def test_plainer_letters_are_taken_only_when_they_save_a_part() -> None:
    short = "Código nuevo"
    assert sms(short, "es").text == short, "one part either way: it stays well written"
    assert sms("Código nuevo. " + "a" * 100, "es").text.startswith("Codigo")
    assert sms("Código я " + "a" * 100, "es").text.startswith("Código"), "plainer letters would not help"


@pytest.mark.parametrize("name", ["SegSocial", "INSS", "A&B_c.d+-@1", "Seg Social", "INSS 2026"])
def test_an_alias_that_the_register_takes_is_none_of_our_business(name: str) -> None:
    assert list(alias.faults(name)) == []


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("SS", "3 to 11"), ("SeguridadSocial", "3 to 11"), ("900202222", "number"), ("Información", "accents"),
        (" INSS", "spaces"), ("IN  SS", "spaces"), ("INSS!", "accents"), ("España", "SMPP"), ("", "3 to 11"),
    ],
)  # fmt: skip
def test_an_alias_that_operators_would_block_is_named_with_the_reason(name: str, why: str) -> None:
    assert any(why in fault for fault in alias.faults(name))


def test_every_shipped_message_may_go_out_as_it_is_written() -> None:
    lines = report(WORDING)
    assert len(lines) == len(MESSAGES) * len(WORDING.languages)
    assert [fault for one in lines for fault in one.faults] == []
    assert all(0 < one.characters <= LONGEST for one in lines)
    assert all(one.alphabet is GSM for one in lines), (
        "plainer letters bring each of ours into the cheap alphabet"
    )


def test_the_linter_finds_what_is_too_long_too_dear_and_a_code_that_is_hidden() -> None:
    def written(text: str) -> Line:
        spanish = WORDING.texts("es")
        other = replace(spanish, messages={**spanish.messages, "code": text})
        return line(Wording({"es": other}, "es"), "code", "es")

    assert "more than 320" in written("{code}" + "x" * 320).faults[0]
    assert f"{MOST_CODE_PARTS + 1} parts" in written("{code} más " + "я" * 130).faults[0]
    assert written("Su código es {code}").faults == ("the code does not stand first",)
