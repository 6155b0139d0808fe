"""Every number to a million, every date of two years and a sample of amounts, in six languages.

The words below a thousand come from num2words (Spanish, Catalan, English; Valencian by its Academy's five words)
or from the tables written by hand (Galician, Basque); how they join is written here a second time, in another way
than the grammars do it. Months are Babel's. A share of the numbers is asked of num2words whole.
"""

import datetime as dt
import re
from collections.abc import Callable
from functools import cache

import pytest
from babel.dates import get_month_names
from num2words import num2words

from dialplans.grammar import GRAMMARS, grammar, written
from tests.dialplans import test_grammar_eu as basque
from tests.dialplans import test_grammar_gl as galician

MILLION = 1_000_000
DATES = [dt.date(2025, 1, 1) + dt.timedelta(days) for days in range(365 + 365)]
YEARS = range(1901, 2100)
AMOUNTS = [*range(0, 1_000_000, 487), *range(220), 999_999]
LOCALES = {"es": "es", "ca": "ca", "va": "ca", "gl": "gl", "eu": "eu", "en": "en"}
BY_HAND = {
    "gl": (galician.UP_TO_A_HUNDRED, galician.HUNDREDS, " "),
    "eu": (basque.UP_TO_A_HUNDRED, basque.HUNDREDS, " eta "),
}
VALENCIAN = {"vuit": "huit", "disset": "dèsset", "divuit": "díhuit", "dinou": "dènou"}


def valencian(catalan: str) -> str:
    words = re.sub(r"\b(disset|divuit|dinou)\b", lambda word: VALENCIAN[word.group()], catalan)
    return words.replace("vuit", "huit")


def shortened(spanish: str) -> str:
    """Before "mil" and nouns: veintiún, treinta y un (RAE, DPD, "uno")."""
    return re.sub(r"uno$", "un", re.sub(r"veintiuno$", "veintiún", spanish))


def alone(language: str, text: str) -> str:
    """By itself (a year, a house, a day) the Catalan numeral is "u" (CLDR: spellout-numbering-year)."""
    return re.sub(r"\bun$", "u", text) if language in {"ca", "va"} else text


@cache
def small(language: str, n: int) -> str:
    """Return the words of 0 to 999, from outside our grammars."""
    match language:
        case "gl" | "eu":
            return by_hand(language, n)
        case "va":
            return valencian(str(num2words(n, lang="ca")))
        case _:
            return str(num2words(n, lang=language))


def by_hand(language: str, n: int) -> str:
    to_a_hundred, hundreds, link = BY_HAND[language]
    if n <= 100:
        return to_a_hundred[n]
    hundred = hundreds[n // 100 - 1]
    return f"{hundred}{link}{to_a_hundred[n % 100]}" if n % 100 else hundred


@cache
def thousands(language: str, count: int) -> str:
    match language:
        case "es":
            return "mil" if count == 1 else f"{shortened(small('es', count))} mil"
        case "eu":
            return "mila" if count == 1 else f"{small('eu', count)} mila"
        case "en":
            return f"{small('en', count)} thousand"
        case _:
            return "mil" if count == 1 else f"{small(language, count)} mil"


def expected(language: str, n: int) -> str:
    count, rest = divmod(n, 1_000)
    if not count:
        return small(language, rest)
    if not rest:
        return thousands(language, count)
    if language == "eu":
        link = " " if rest > 100 and rest % 100 else " eta "
    else:
        link = " and " if language == "en" and rest < 100 else " "
    return thousands(language, count) + link + small(language, rest)


@pytest.mark.parametrize("language", GRAMMARS)
def test_every_number_below_a_million(language: str) -> None:
    speak, texts = grammar(language).number, grammar(language).FRAGMENTS
    for n in range(MILLION):
        said = " ".join(map(texts.__getitem__, speak(n)))
        assert said == alone(language, expected(language, n)), n


@pytest.mark.parametrize(
    ("language", "million"),
    [
        ("es", "un millón"),
        ("ca", "un milió"),
        ("va", "un milió"),
        ("gl", "un millón"),
        ("eu", "milioi bat"),
        ("en", "one million"),
    ],
)
def test_a_million(language: str, million: str) -> None:
    assert written(language, grammar(language).number(MILLION)) == million


def mended(language: str, text: str) -> str:
    """Take out what num2words writes and nobody says: "veintiuno mil", the comma of English."""
    match language:
        case "es":
            return re.sub(r"\buno mil\b", "un mil", text.replace("veintiuno mil", "veintiún mil"))
        case "en":
            return text.replace(",", "")
        case "va":
            return alone("va", valencian(text))
        case _:
            return alone(language, text)


@pytest.mark.parametrize("language", ["es", "ca", "va", "en"])
def test_a_share_of_the_million_is_num2words_whole(language: str) -> None:
    source = "ca" if language == "va" else language
    for n in range(0, MILLION, 97):
        assert written(language, grammar(language).number(n)) == mended(language, num2words(n, lang=source))


def spoken_date(language: str, day: dt.date) -> str:
    month = get_month_names("wide", "format", LOCALES[language])[day.month].replace(
        "\N{RIGHT SINGLE QUOTATION MARK}", "'"
    )
    number, year = alone(language, small(language, day.day)), alone(language, expected(language, day.year))
    match language:
        case "ca" | "va":
            return f"{number} {month} de {year}"
        case "eu":
            return f"{basque.YEARS[day.year]} {genitive(month)} {basque.DAYS[day.day - 1]}"
        case "en":
            return f"the {num2words(day.day, to='ordinal')} of {month} {num2words(day.year, to='year')}"
        case _:
            return f"{number} de {month} de {year}"


def genitive(month: str) -> str:
    """Babel gives "abendua"; in a date it is "abenduaren", of December."""
    return f"{month}ren"


@pytest.mark.parametrize("language", GRAMMARS)
def test_every_date_of_two_years(language: str) -> None:
    for day in DATES:
        assert written(language, grammar(language).date(day)) == spoken_date(language, day)


@pytest.mark.parametrize("language", ["es", "ca", "va", "gl"])
def test_every_year_of_two_centuries_is_the_numeral_by_itself(language: str) -> None:
    for year in YEARS:
        day = dt.date(year, 5, 2)
        assert written(language, grammar(language).date(day)) == spoken_date(language, day)


def spoken_amount(language: str, cents: int) -> str:
    euros, rest = divmod(cents, 100)
    one, many, cent, cents_, link = {
        "es": ("un euro", "euros", "un céntimo", "céntimos", " con "),
        "gl": ("un euro", "euros", "un céntimo", "céntimos", " con "),
        "ca": ("un euro", "euros", "un cèntim", "cèntims", " amb "),
        "va": ("un euro", "euros", "un cèntim", "cèntims", " amb "),
        "eu": ("euro bat", "euro", "zentimo bat", "zentimo", " eta "),
        "en": ("one euro", "euros", "one cent", "cents", " and "),
    }[language]
    before: Callable[[str], str] = shortened if language == "es" else str
    large = one if euros == 1 else f"{before(expected(language, euros))} {many}"
    little = cent if rest == 1 else f"{before(small(language, rest))} {cents_}"
    if not rest:
        return large
    return large + link + little if euros else little


@pytest.mark.parametrize("language", GRAMMARS)
def test_a_sample_of_amounts_to_ten_thousand_euros(language: str) -> None:
    for cents in AMOUNTS:
        assert written(language, grammar(language).amount(cents)) == spoken_amount(language, cents)
