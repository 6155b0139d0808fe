"""Basque, against a table written by hand from the Academy's rules: no library counts in it."""

import datetime as dt

import pytest

from dialplans.grammar import grammar
from tests.dialplans.spoken import listed, said

UP_TO_A_HUNDRED = listed("""
zero, bat, bi, hiru, lau, bost, sei, zazpi, zortzi, bederatzi
hamar, hamaika, hamabi, hamahiru, hamalau, hamabost, hamasei, hamazazpi, hemezortzi, hemeretzi
hogei, hogeita bat, hogeita bi, hogeita hiru, hogeita lau, hogeita bost, hogeita sei, hogeita zazpi
hogeita zortzi, hogeita bederatzi
hogeita hamar, hogeita hamaika, hogeita hamabi, hogeita hamahiru, hogeita hamalau, hogeita hamabost
hogeita hamasei, hogeita hamazazpi, hogeita hemezortzi, hogeita hemeretzi
berrogei, berrogeita bat, berrogeita bi, berrogeita hiru, berrogeita lau, berrogeita bost, berrogeita sei
berrogeita zazpi, berrogeita zortzi, berrogeita bederatzi
berrogeita hamar, berrogeita hamaika, berrogeita hamabi, berrogeita hamahiru, berrogeita hamalau
berrogeita hamabost, berrogeita hamasei, berrogeita hamazazpi, berrogeita hemezortzi, berrogeita hemeretzi
hirurogei, hirurogeita bat, hirurogeita bi, hirurogeita hiru, hirurogeita lau, hirurogeita bost, hirurogeita sei
hirurogeita zazpi, hirurogeita zortzi, hirurogeita bederatzi
hirurogeita hamar, hirurogeita hamaika, hirurogeita hamabi, hirurogeita hamahiru, hirurogeita hamalau
hirurogeita hamabost, hirurogeita hamasei, hirurogeita hamazazpi, hirurogeita hemezortzi
hirurogeita hemeretzi
laurogei, laurogeita bat, laurogeita bi, laurogeita hiru, laurogeita lau, laurogeita bost, laurogeita sei
laurogeita zazpi, laurogeita zortzi, laurogeita bederatzi
laurogeita hamar, laurogeita hamaika, laurogeita hamabi, laurogeita hamahiru, laurogeita hamalau
laurogeita hamabost, laurogeita hamasei, laurogeita hamazazpi, laurogeita hemezortzi, laurogeita hemeretzi
ehun
""")
HUNDREDS = listed(
    "ehun, berrehun, hirurehun, laurehun, bostehun, seiehun, zazpiehun, zortziehun, bederatziehun"
)
MONTHS = listed("""
urtarrilaren, otsailaren, martxoaren, apirilaren, maiatzaren, ekainaren
uztailaren, abuztuaren, irailaren, urriaren, azaroaren, abenduaren
""")
DAYS = listed("""
lehena, bia, hirua, laua, bosta, seia, zazpia, zortzia, bederatzia, hamarra, hamaika, hamabia, hamahirua, hamalaua
hamabosta, hamaseia, hamazazpia, hemezortzia, hemeretzia, hogeia, hogeita bata, hogeita bia, hogeita hirua
hogeita laua, hogeita bosta, hogeita seia, hogeita zazpia, hogeita zortzia, hogeita bederatzia
hogeita hamarra, hogeita hamaika
""")
YEARS = {2025: "bi mila eta hogeita bosteko", 2026: "bi mila eta hogeita seiko"}


@pytest.mark.parametrize("n", range(101))
def test_every_number_to_a_hundred(n: int) -> None:
    assert said("eu", "number", n) == UP_TO_A_HUNDRED[n]


@pytest.mark.parametrize(
    ("what", "value", "words"),
    [
        ("number", 101, "ehun eta bat"),
        ("number", 200, "berrehun"),
        ("number", 345, "hirurehun eta berrogeita bost"),
        ("number", 999, "bederatziehun eta laurogeita hemeretzi"),
        ("number", 1_000, "mila"),
        ("number", 1_005, "mila eta bost"),
        ("number", 1_100, "mila eta ehun"),
        ("number", 1_234, "mila berrehun eta hogeita hamalau"),
        ("number", 2_026, "bi mila eta hogeita sei"),
        ("number", 21_000, "hogeita bat mila"),
        ("number", 30_500, "hogeita hamar mila eta bostehun"),
        ("number", 123_456, "ehun eta hogeita hiru mila laurehun eta berrogeita hamasei"),
        ("number", 1_000_000, "milioi bat"),
        ("number", 2_000_005, "bi milioi eta bost"),
        ("number", 1_200_000, "milioi bat eta berrehun mila"),
        ("number feminine", 21, "hogeita bat"),
        ("date", dt.date(2026, 12, 3), "bi mila eta hogeita seiko abenduaren hirua"),
        ("date", dt.date(2025, 1, 1), "bi mila eta hogeita bosteko urtarrilaren lehena"),
        ("date", dt.date(2010, 4, 11), "bi mila eta hamarreko apirilaren hamaika"),
        ("date", dt.date(2000, 2, 29), "bi milako otsailaren hogeita bederatzia"),
        (
            "date",
            dt.date(1999, 8, 21),
            "mila bederatziehun eta laurogeita hemeretziko abuztuaren hogeita bata",
        ),
        ("date", dt.date(1900, 5, 10), "mila eta bederatziehuneko maiatzaren hamarra"),
        ("date", dt.date(2100, 5, 31), "bi mila eta ehuneko maiatzaren hogeita hamaika"),
        ("amount", 0, "zero euro"),
        ("amount", 1, "zentimo bat"),
        ("amount", 100, "euro bat"),
        ("amount", 101, "euro bat eta zentimo bat"),
        ("amount", 520, "bost euro eta hogei zentimo"),
        ("amount", 2_121, "hogeita bat euro eta hogeita bat zentimo"),
        ("amount", 118_702, "mila ehun eta laurogeita zazpi euro eta bi zentimo"),
        ("amount", 100_000_000, "milioi bat euro"),
        ("digits", "TS26000123", "te ese, bi sei, zero zero zero, bat bi hiru"),
        ("digits", "XWYJCZ", "ixa uve bikoitza i grekoa jota ze zeta"),
        (
            "telephone",
            "+34943123406",
            "bederatziehun eta berrogeita hiru, hamabi, hogeita hamalau, zero sei",
        ),
        ("clock", dt.time(9), "goizeko bederatziak"),
        ("clock", dt.time(13, 15), "arratsaldeko ordu bata eta laurden"),
        ("clock", dt.time(14, 30), "arratsaldeko ordu biak eta erdi"),
        ("clock", dt.time(15, 45), "arratsaldeko laurak laurden gutxiago"),
        ("clock", dt.time(12, 40), "eguerdiko ordu bata hogei gutxiago"),
        ("clock", dt.time(0, 10), "gaueko hamabiak eta hamar"),
        ("clock", dt.time(3, 5), "goizaldeko hirurak eta bost"),
        ("minutes_range", (0, 0), "minutu bat baino gutxiago"),
        ("minutes_range", (0, 5), "bost minutu baino gutxiago"),
        ("minutes_range", (2, 4), "bi eta lau minutu artean"),
        ("minutes_range", (8, 8), "zortzi minutu inguru"),
        ("minutes_range", (1, 1), "minutu bat inguru"),
        ("position", 3, "hirugarrena"),
    ],
)
def test_what_is_said_in_basque(what: str, value: object, words: str) -> None:
    assert said("eu", what, value) == words


@pytest.mark.parametrize(
    ("number", "genitive"),
    [
        (1, "bateko"),
        (2, "biko"),
        (4, "lauko"),
        (5, "bosteko"),
        (10, "hamarreko"),
        (11, "hamaikako"),
        (15, "hamabosteko"),
        (20, "hogeiko"),
        (30, "hogeita hamarreko"),
        (85, "laurogeita bosteko"),
    ],
)
def test_the_genitive_of_a_year_follows_its_last_sound(number: int, genitive: str) -> None:
    assert grammar("eu").FRAGMENTS[f"n.{number}.ko"] == genitive


def test_a_year_that_no_citizen_has_is_refused() -> None:
    for year in (1899, 2200):
        with pytest.raises(ValueError, match="1900"):
            grammar("eu").date(dt.date(year, 1, 1))
