"""The language that a caller's area code proposes, as the institution is shipped."""

import pytest

from ivr.caller import proposed_language
from tests.dialplans.institutions import inss


@pytest.mark.parametrize(
    ("number", "language"),
    [
        ("+34931234567", "ca"),
        ("+34872123456", "ca"),
        ("+34971123456", "ca"),
        ("+34963123456", "va"),
        ("+34864123456", "va"),
        ("+34966123456", "va"),
        ("+34981123456", "gl"),
        ("+34888123456", "gl"),
        ("+34943123456", "eu"),
        ("+34946123456", "eu"),
        ("+34915421176", None),  # Madrid
        ("+34967123456", None),  # Albacete, though its code begins like Valencia's
        ("+34968123456", None),  # Murcia
        ("+34948123456", None),  # Navarre, where both are spoken: the caller says
        ("+34612345678", None),
        ("+33123456789", None),
        (None, None),
    ],
)
def test_every_province_with_a_language_of_its_own_is_spoken_to_in_it(
    number: str | None, language: str | None
) -> None:
    institution = inss()
    assert proposed_language(number, institution.country, institution.area_languages) == language
