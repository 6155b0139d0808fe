"""Who calls, out of headers that anybody may have written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr import caller

AREAS = {"93": "ca", "972": "ca", "97": "es"}


@pytest.mark.parametrize(
    "header",
    [
        "<sip:+34931234567@carrier.example;user=phone>;tag=1",
        '"Ana \\"la\\" García" <sip:931234567@10.0.0.1:5060>',
        "sip:0034931234567@x;tag=9",
        "Ana <tel:+34931234567>",
        "<sips:+34931234567@x>",
    ],
)
def test_a_number_is_found_in_every_lawful_form(header: str) -> None:
    assert caller.from_header(header, "ES") == "+34931234567"


@pytest.mark.parametrize(
    "header",
    [
        "",
        '"Anonymous" <sip:anonymous@anonymous.invalid>',
        "<sip:931234567%0d%0a@x>",
        "<sip:931234567@x>\r\nX: y",
        "<sip:931234567@x>, <sip:912345678@x>",
        "<sip:ana@x>",
        "<sip:000@x>",
        "<sip:+999123456789@x>",
        "<sip:٩٣١٢٣٤٥٦٧@x>",
        "<http:931234567@x>",
        '"unclosed <sip:931234567@x>',
        "<sip:931234567@x>" + " " * 600,
    ],
)
def test_what_is_hidden_or_malformed_gives_no_number(header: str) -> None:
    assert caller.from_header(header, "ES") is None


@given(st.text(max_size=600))
def test_no_header_breaks_the_reading(header: str) -> None:
    number = caller.from_headers(header, header, "ES")
    assert number is None or (number.startswith("+") and number[1:].isdecimal())


def test_the_asserted_identity_is_believed_before_from() -> None:
    asserted, sender = "<sip:+34931234567@x>", "<sip:+34911234567@x>"
    assert caller.from_headers(asserted, sender, "ES") == "+34931234567"
    assert caller.from_headers("", sender, "ES") == "+34911234567"
    assert caller.from_headers("nonsense", sender, "ES") is None


@pytest.mark.parametrize(
    ("number", "language"),
    [
        ("+34931234567", "ca"),
        ("+34972123456", "ca"),
        ("+34971123456", "es"),
        ("+34911234567", None),
        ("+33931234567", None),
        (None, None),
    ],
)
def test_the_longest_area_that_fits_proposes_the_language(number: str | None, language: str | None) -> None:
    assert caller.proposed_language(number, "ES", AREAS) == language


@pytest.mark.parametrize("header", ["", "0" * 31, "0" * 33, "g" * 32, "A" * 32, "0" * 32 + "\n"])
def test_what_is_no_page_is_none(header: str) -> None:
    assert caller.page(header) is None
