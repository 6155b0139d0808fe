"""The grammars against an outside oracle (num2words) and against tables written by hand."""

import datetime as dt
import itertools
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from num2words import num2words

from dialplans.grammar import GRAMMARS, grammar, written

EVERY_SHAPE = sorted(
    {
        *range(2_200),
        *(thousands * 1_000 + rest for thousands in range(1, 1_000, 7) for rest in (0, 1, 21, 100, 101, 999)),
        *(
            millions * 1_000_000 + rest
            for millions in (1, 2, 21, 31, 100, 101, 121, 500, 999)
            for rest in (0, 1, 1_000)
        ),
        123_456_789,
        700_021_031,
        999_999_999,
    }
)


def shortened(text: str) -> str:
    """Mend num2words: "veintiuno mil", "treinta y uno millones" are no Spanish (RAE, DPD, "uno")."""
    text = re.sub(r"\bveintiuno (mil|millones)\b", r"veintiún \1", text)
    return re.sub(r"\buno (mil|millones)\b", r"un \1", text)


def alone(text: str) -> str:
    """Mend num2words: by itself the Catalan numeral is "u", vint-i-u (IEC, Gramàtica, "Els numerals")."""
    return re.sub(r"\bun$", "u", text)


@pytest.mark.parametrize(("language", "mend"), [("es", shortened), ("ca", alone)])
def test_numbers_read_as_num2words_writes_them(language: str, mend: Callable[[str], str]) -> None:
    for n in EVERY_SHAPE:
        assert written(language, grammar(language).number(n)) == mend(num2words(n, lang=language))


@given(st.integers(0, 999_999_999))
def test_any_number_reads_as_num2words_writes_it(n: int) -> None:
    assert written("es", grammar("es").number(n)) == shortened(num2words(n, lang="es"))
    assert written("ca", grammar("ca").number(n)) == alone(num2words(n, lang="ca"))


@given(st.integers(0, 99_999_999_999))
def test_any_amount_reads_as_num2words_writes_it_but_for_zero_euros_and_whole_millions(cents: int) -> None:
    euros, rest = divmod(cents, 100)
    if not euros or euros % 1_000_000 == 0:  # num2words: "cero euros con…", "un millón euros"
        return
    said = written("es", grammar("es").amount(cents))
    written_out = num2words(cents / 100, lang="es", to="currency", currency="EUR")
    if not rest:
        assert said + " con cero céntimos" == shortened(written_out)
    elif cents < 10**9:  # beyond, a float no longer holds the cents num2words is given
        assert said == shortened(written_out)


@pytest.mark.parametrize("language", GRAMMARS)
@given(
    n=st.integers(0, 999_999_999),
    day=st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)),
    time=st.times(),
    text=st.from_regex(r"[0-9A-Za-z .\-/]{0,12}[0-9A-Za-z]", fullmatch=True),
    number=st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True),
)
def test_every_key_that_can_be_said_is_a_fragment(
    language: str, n: int, day: dt.date, time: dt.time, text: str, number: str
) -> None:
    spoken = grammar(language)
    ranges = itertools.product((n % 90,), (n % 90, n % 90 + 7))
    keys = {
        *spoken.number(n, feminine=True),
        *spoken.number(n),
        *spoken.date(day),
        *spoken.clock(time),
        *spoken.digits(text),
        *spoken.telephone(number),
        *spoken.amount(n),
        *(key for low, high in ranges for key in spoken.minutes_range(low, high)),
        *spoken.position(n % 500 + 1),
    }
    assert keys <= spoken.FRAGMENTS.keys()


@pytest.mark.parametrize(
    ("day", "spanish", "catalan"),
    [
        (
            dt.date(2026, 12, 3),
            "tres de diciembre de dos mil veintiséis",
            "tres de desembre de dos mil vint-i-sis",
        ),
        (dt.date(2024, 4, 1), "uno de abril de dos mil veinticuatro", "u d'abril de dos mil vint-i-quatre"),
        (
            dt.date(1999, 8, 21),
            "veintiuno de agosto de mil novecientos noventa y nueve",
            "vint-i-u d'agost de mil nou-cents noranta-nou",
        ),
        (
            dt.date(1991, 5, 2),
            "dos de mayo de mil novecientos noventa y uno",
            "dos de maig de mil nou-cents noranta-u",
        ),
        (dt.date(2021, 5, 2), "dos de mayo de dos mil veintiuno", "dos de maig de dos mil vint-i-u"),
        (dt.date(2041, 5, 2), "dos de mayo de dos mil cuarenta y uno", "dos de maig de dos mil quaranta-u"),
        (dt.date(2000, 10, 31), "treinta y uno de octubre de dos mil", "trenta-u d'octubre de dos mil"),
    ],
)
def test_a_date_is_said_with_its_month_and_whole_year(day: dt.date, spanish: str, catalan: str) -> None:
    assert written("es", grammar("es").date(day)) == spanish
    assert written("ca", grammar("ca").date(day)) == catalan


@pytest.mark.parametrize(
    ("cents", "spanish", "catalan"),
    [
        (0, "cero euros", "zero euros"),
        (1, "un céntimo", "un cèntim"),
        (50, "cincuenta céntimos", "cinquanta cèntims"),
        (100, "un euro", "un euro"),
        (101, "un euro con un céntimo", "un euro amb un cèntim"),
        (2121, "veintiún euros con veintiún céntimos", "vint-i-un euros amb vint-i-un cèntims"),
        (
            123_456,
            "mil doscientos treinta y cuatro euros con cincuenta y seis céntimos",
            "mil dos-cents trenta-quatre euros amb cinquanta-sis cèntims",
        ),
        (100_000_000, "un millón de euros", "un milió d'euros"),
        (
            200_000_050,
            "dos millones de euros con cincuenta céntimos",
            "dos milions d'euros amb cinquanta cèntims",
        ),
    ],
)
def test_an_amount_agrees_in_number_and_takes_de_after_millions(
    cents: int, spanish: str, catalan: str
) -> None:
    assert written("es", grammar("es").amount(cents)) == spanish
    assert written("ca", grammar("ca").amount(cents)) == catalan


@pytest.mark.parametrize(
    ("n", "spanish", "catalan"),
    [
        (1, "una", "una"),
        (2, "dos", "dues"),
        (21, "veintiuna", "vint-i-una"),
        (232, "doscientas treinta y dos", "dues-centes trenta-dues"),
        (501, "quinientas una", "cinc-centes una"),
        (2_200, "dos mil doscientas", "dues mil dues-centes"),
        (1_000_001, "un millón una", "un milió una"),
    ],
)
def test_feminine_numbers_agree_in_ones_and_hundreds(n: int, spanish: str, catalan: str) -> None:
    assert written("es", grammar("es").number(n, feminine=True)) == spanish
    assert written("ca", grammar("ca").number(n, feminine=True)) == catalan


@pytest.mark.parametrize(
    ("text", "spanish", "catalan"),
    [
        (
            "12345678Z",
            "uno dos, tres cuatro cinco, seis siete ocho, zeta",
            "u dos, tres quatre cinc, sis set vuit, zeta",
        ),
        (
            "X1234567L",
            "equis, uno, dos tres cuatro, cinco seis siete, ele",
            "ics, u, dos tres quatre, cinc sis set, ela",
        ),
        ("0042", "cero cero cuatro dos", "zero zero quatre dos"),
        ("wy-9", "uve doble i griega, nueve", "ve doble i grega, nou"),
        ("A_1:B@2~C+3", "a, uno, be, dos, ce, tres", "a, u, be, dos, ce, tres"),
    ],
)
def test_signs_are_spelled_in_groups_an_ear_can_follow(text: str, spanish: str, catalan: str) -> None:
    assert written("es", grammar("es").digits(text)) == spanish
    assert written("ca", grammar("ca").digits(text)) == catalan


@pytest.mark.parametrize(
    ("number", "spanish"),
    [
        ("+34931234567", "noventa y tres, ciento veintitrés, cuarenta y cinco, sesenta y siete"),
        ("+34612045678", "seiscientos doce, cero cuatro, cincuenta y seis, setenta y ocho"),
        ("+34901166565", "novecientos uno, dieciséis, sesenta y cinco, sesenta y cinco"),
        ("+33123456789", "más tres tres, uno dos tres, cuatro cinco seis, siete ocho nueve"),
    ],
)
def test_a_telephone_is_said_in_the_groups_people_say(number: str, spanish: str) -> None:
    assert written("es", grammar("es").telephone(number)) == spanish


@pytest.mark.parametrize(
    ("time", "spanish", "catalan"),
    [
        (dt.time(9), "las nueve de la mañana", "les nou del matí"),
        (dt.time(13, 5), "la una y cinco de la tarde", "la una i cinc de la tarda"),
        (dt.time(14, 15), "las dos y cuarto de la tarde", "un quart de tres de la tarda"),
        (dt.time(14, 30), "las dos y media de la tarde", "dos quarts de tres de la tarda"),
        (dt.time(12, 45), "la una menos cuarto del mediodía", "tres quarts d'una del migdia"),
        (dt.time(23, 50), "las doce menos diez de la noche", "tres quarts i cinc de dotze de la nit"),
        (dt.time(0), "las doce de la noche", "les dotze de la nit"),
        (dt.time(20), "las ocho de la tarde", "les vuit del vespre"),
        (dt.time(1), "la una de la madrugada", "la una de la matinada"),
        (dt.time(0, 22), "las doce y veintidós de la noche", "un quart i set d'una de la nit"),
    ],
)
def test_the_time_is_said_as_each_language_counts_it(time: dt.time, spanish: str, catalan: str) -> None:
    assert written("es", grammar("es").clock(time)) == spanish
    assert written("ca", grammar("ca").clock(time)) == catalan


@pytest.mark.parametrize(
    ("low", "high", "spanish", "catalan"),
    [
        (0, 0, "menos de un minuto", "menys d'un minut"),
        (0, 5, "menos de cinco minutos", "menys de cinc minuts"),
        (0, 11, "menos de once minutos", "menys d'onze minuts"),
        (1, 1, "alrededor de un minuto", "aproximadament un minut"),
        (2, 4, "entre dos y cuatro minutos", "entre dos i quatre minuts"),
        (20, 21, "entre veinte y veintiún minutos", "entre vint i vint-i-un minuts"),
        (8, 8, "unos ocho minutos", "uns vuit minuts"),
    ],
)
def test_a_waiting_time_is_a_range_said_naturally(low: int, high: int, spanish: str, catalan: str) -> None:
    assert written("es", grammar("es").minutes_range(low, high)) == spanish
    assert written("ca", grammar("ca").minutes_range(low, high)) == catalan


def test_a_place_is_an_ordinal_up_to_the_tenth_and_a_number_beyond() -> None:
    assert [written("es", grammar("es").position(place)) for place in (1, 10, 11)] == [
        "primera",
        "décima",
        "número once",
    ]
    assert [written("ca", grammar("ca").position(place)) for place in (1, 10, 11, 21)] == [
        "primera",
        "desena",
        "número onze",
        "número vint-i-u",
    ]


@pytest.mark.parametrize("language", GRAMMARS)
def test_what_cannot_be_said_is_refused_not_half_said(language: str) -> None:
    spoken = grammar(language)
    refused: list[tuple[Callable[..., object], tuple[object, ...]]] = [
        (spoken.number, (-1,)),
        (spoken.number, (1_000_000_000,)),
        (spoken.amount, (-1,)),
        (spoken.digits, ("",)),
        (spoken.digits, ("12?4",)),
        (spoken.digits, ("ñ",)),
        (spoken.telephone, ("612345678",)),
        (spoken.telephone, ("+34 612 345 678",)),
        (spoken.minutes_range, (4, 2)),
        (spoken.position, (0,)),
    ]
    for say, arguments in refused:
        with pytest.raises(ValueError, match=r"."):
            say(*arguments)


def test_a_language_without_a_grammar_is_not_pretended() -> None:
    with pytest.raises(KeyError):
        grammar("fr")
