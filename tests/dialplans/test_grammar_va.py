"""Valencian, against a table written by hand from the Academy's grammar; what it shares with Catalan is num2words'."""

import datetime as dt

import pytest

from tests.dialplans.spoken import said


@pytest.mark.parametrize(
    ("what", "value", "words"),
    [
        ("number", 8, "huit"),
        ("number", 17, "dèsset"),
        ("number", 18, "díhuit"),
        ("number", 19, "dènou"),
        ("number", 28, "vint-i-huit"),
        ("number", 68, "seixanta-huit"),
        ("number", 88, "huitanta-huit"),
        ("number", 888, "huit-cents huitanta-huit"),
        ("number", 2_026, "dos mil vint-i-sis"),
        ("number", 8_019, "huit mil dènou"),
        ("number", 1_000_000, "un milió"),
        ("number", 21, "vint-i-u"),
        ("number feminine", 21, "vint-i-una"),
        ("number feminine", 802, "huit-centes dues"),
        ("number feminine", 2_200, "dues mil dues-centes"),
        ("date", dt.date(2026, 12, 3), "tres de desembre de dos mil vint-i-sis"),
        ("date", dt.date(2024, 4, 1), "u d'abril de dos mil vint-i-quatre"),
        ("date", dt.date(1988, 8, 18), "díhuit d'agost de mil nou-cents huitanta-huit"),
        ("date", dt.date(1981, 1, 21), "vint-i-u de gener de mil nou-cents huitanta-u"),
        ("date", dt.date(2001, 1, 2), "dos de gener de dos mil u"),
        ("date", dt.date(2031, 1, 2), "dos de gener de dos mil trenta-u"),
        ("amount", 0, "zero euros"),
        ("amount", 1, "un cèntim"),
        ("amount", 101, "un euro amb un cèntim"),
        ("amount", 1_880, "díhuit euros amb huitanta cèntims"),
        ("amount", 118_702, "mil cent huitanta-set euros amb dos cèntims"),
        ("amount", 100_000_000, "un milió d'euros"),
        ("digits", "VA18", "uve a, u huit"),
        ("digits", "FLMNRSW", "efe ele eme ene erre esse uve doble"),
        ("telephone", "+34961234508", "nou-cents seixanta-u, vint-i-tres, quaranta-cinc, zero huit"),
        ("clock", dt.time(9), "les nou del matí"),
        ("clock", dt.time(13, 15), "la una i quart de la vesprada"),
        ("clock", dt.time(15, 30), "les tres i mitja de la vesprada"),
        ("clock", dt.time(15, 45), "les quatre menys quart de la vesprada"),
        ("clock", dt.time(12, 40), "la una menys vint del migdia"),
        ("clock", dt.time(20, 8), "les huit i huit de la vesprada"),
        ("minutes_range", (0, 0), "menys d'un minut"),
        ("minutes_range", (0, 11), "menys d'onze minuts"),
        ("minutes_range", (2, 8), "entre dos i huit minuts"),
        ("clock", dt.time(0), "les dotze de la nit"),
        ("position", 3, "tercera"),
        ("position", 31, "número trenta-u"),
    ],
)
def test_what_is_said_in_valencian(what: str, value: object, words: str) -> None:
    assert said("va", what, value) == words
