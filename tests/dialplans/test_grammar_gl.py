"""Galician, against a table written by hand from the Academy's norms: no library counts in it."""

import datetime as dt

import pytest

from tests.dialplans.spoken import listed, said

UP_TO_A_HUNDRED = listed("""
cero, un, dous, tres, catro, cinco, seis, sete, oito, nove
dez, once, doce, trece, catorce, quince, dezaseis, dezasete, dezaoito, dezanove
vinte, vinte e un, vinte e dous, vinte e tres, vinte e catro, vinte e cinco, vinte e seis, vinte e sete
vinte e oito, vinte e nove
trinta, trinta e un, trinta e dous, trinta e tres, trinta e catro, trinta e cinco, trinta e seis, trinta e sete
trinta e oito, trinta e nove
corenta, corenta e un, corenta e dous, corenta e tres, corenta e catro, corenta e cinco, corenta e seis
corenta e sete, corenta e oito, corenta e nove
cincuenta, cincuenta e un, cincuenta e dous, cincuenta e tres, cincuenta e catro, cincuenta e cinco
cincuenta e seis, cincuenta e sete, cincuenta e oito, cincuenta e nove
sesenta, sesenta e un, sesenta e dous, sesenta e tres, sesenta e catro, sesenta e cinco, sesenta e seis
sesenta e sete, sesenta e oito, sesenta e nove
setenta, setenta e un, setenta e dous, setenta e tres, setenta e catro, setenta e cinco, setenta e seis
setenta e sete, setenta e oito, setenta e nove
oitenta, oitenta e un, oitenta e dous, oitenta e tres, oitenta e catro, oitenta e cinco, oitenta e seis
oitenta e sete, oitenta e oito, oitenta e nove
noventa, noventa e un, noventa e dous, noventa e tres, noventa e catro, noventa e cinco, noventa e seis
noventa e sete, noventa e oito, noventa e nove
cen
""")
HUNDREDS = listed(
    "cento, douscentos, trescentos, catrocentos, cincocentos, seiscentos, setecentos, oitocentos, novecentos"
)
MONTHS = listed(
    "xaneiro, febreiro, marzo, abril, maio, xuño, xullo, agosto, setembro, outubro, novembro, decembro"
)


@pytest.mark.parametrize("n", range(101))
def test_every_number_to_a_hundred(n: int) -> None:
    assert said("gl", "number", n) == UP_TO_A_HUNDRED[n]


@pytest.mark.parametrize(
    ("what", "value", "words"),
    [
        ("number", 101, "cento un"),
        ("number", 200, "douscentos"),
        ("number", 515, "cincocentos quince"),
        ("number", 999, "novecentos noventa e nove"),
        ("number", 1_000, "mil"),
        ("number", 1_001, "mil un"),
        ("number", 2_026, "dous mil vinte e seis"),
        ("number", 21_000, "vinte e un mil"),
        ("number", 100_100, "cen mil cen"),
        ("number", 123_456, "cento vinte e tres mil catrocentos cincuenta e seis"),
        ("number", 1_000_000, "un millón"),
        ("number", 2_000_001, "dous millóns un"),
        ("number feminine", 1, "unha"),
        ("number feminine", 2, "dúas"),
        ("number feminine", 22, "vinte e dúas"),
        ("number feminine", 231, "duascentas trinta e unha"),
        ("number feminine", 2_500, "dúas mil cincocentas"),
        ("date", dt.date(2026, 12, 3), "tres de decembro de dous mil vinte e seis"),
        ("date", dt.date(2024, 4, 1), "un de abril de dous mil vinte e catro"),
        ("date", dt.date(1999, 6, 22), "vinte e dous de xuño de mil novecentos noventa e nove"),
        ("amount", 0, "cero euros"),
        ("amount", 1, "un céntimo"),
        ("amount", 101, "un euro con un céntimo"),
        ("amount", 520, "cinco euros con vinte céntimos"),
        ("amount", 118_702, "mil cento oitenta e sete euros con dous céntimos"),
        ("amount", 200_000_050, "dous millóns de euros con cincuenta céntimos"),
        ("digits", "TS26000123", "te ese, dous seis, cero cero cero, un dous tres"),
        ("digits", "XWYJGZ", "xe uve dobre i grego iota gue zeta"),
        ("telephone", "+34981234506", "novecentos oitenta e un, vinte e tres, corenta e cinco, cero seis"),
        ("clock", dt.time(9), "as nove da mañá"),
        ("clock", dt.time(13, 15), "a unha e cuarto da tarde"),
        ("clock", dt.time(14, 30), "as dúas e media da tarde"),
        ("clock", dt.time(15, 45), "as catro menos cuarto da tarde"),
        ("clock", dt.time(12, 40), "a unha menos vinte do mediodía"),
        ("clock", dt.time(22, 5), "as dez e cinco da noite"),
        ("minutes_range", (0, 0), "menos dun minuto"),
        ("minutes_range", (0, 11), "menos de once minutos"),
        ("minutes_range", (2, 4), "entre dous e catro minutos"),
        ("minutes_range", (8, 8), "uns oito minutos"),
        ("minutes_range", (1, 1), "arredor dun minuto"),
        ("clock", dt.time(0), "as doce da noite"),
        ("position", 3, "terceira"),
    ],
)
def test_what_is_said_in_galician(what: str, value: object, words: str) -> None:
    assert said("gl", what, value) == words
