"""What a voice makes of figures in a text: "2 xifres" is spoken "dos xifres", so such a figure is written in words."""

import re
from collections.abc import Iterator

import pytest

from dialplans import texts
from tests.dialplans.institutions import INSS

FEMININE = re.compile(r"\b(\d*[12])\s+(\w+(?:es|as|a))\b")
ARTICLES = re.compile(r"\b(?:les|las|unha|una|as|ás|das)\s+\d*[12]\b")
"""Hours: "a les 2" too is spoken as a masculine number."""
MASCULINE = {"dies", "días", "mesos", "deles"}


def spoken_wrongly(text: str) -> Iterator[str]:
    """Find figures that end in 1 or 2 (but 11 and 12 have one form) before what is feminine."""
    for match in FEMININE.finditer(text):
        if match[1][-2:] not in {"11", "12"} and match[2] not in MASCULINE:
            yield match[0]
    yield from (match[0] for match in ARTICLES.finditer(text) if match[0][-2:] not in {"11", "12"})


@pytest.mark.parametrize("language", ["ca", "va", "gl"])
def test_no_one_or_two_stands_as_a_figure_before_a_feminine_noun(language: str) -> None:
    said, faults = texts.read(INSS, language)
    assert faults == []
    assert {key: [*spoken_wrongly(text)] for key, text in said.items() if [*spoken_wrongly(text)]} == {}


@pytest.mark.parametrize(
    "text", ["Marqui 2 xifres.", "les 22 xifres", "días 1, 21 cifras", "a les 2 de la tarda", "1 semana"]
)
def test_such_a_figure_is_found(text: str) -> None:
    assert [*spoken_wrongly(text)]


@pytest.mark.parametrize(
    "text", ["les 12 xifres", "prema el 2. Sobre les altres", "2 dies", "tecla 2. D, E, F"]
)
def test_what_is_right_is_not(text: str) -> None:
    assert [*spoken_wrongly(text)] == []
