"""English, against a table written by hand; its numbers are num2words' as well."""

import datetime as dt

import pytest
from num2words import num2words

from tests.dialplans.spoken import said


@pytest.mark.parametrize(
    ("what", "value", "words"),
    [
        ("number", 101, "one hundred and one"),
        ("number", 1_001, "one thousand and one"),
        ("number", 1_100, "one thousand one hundred"),
        ("number", 12_000, "twelve thousand"),
        ("number", 12_012, "twelve thousand and twelve"),
        ("number", 1_000_001, "one million and one"),
        ("number", 1_005_000, "one million five thousand"),
        ("number feminine", 21, "twenty-one"),
        ("date", dt.date(2026, 12, 3), "the third of December twenty twenty-six"),
        ("date", dt.date(2005, 1, 12), "the twelfth of January two thousand and five"),
        ("date", dt.date(2000, 10, 31), "the thirty-first of October two thousand"),
        ("date", dt.date(1905, 5, 22), "the twenty-second of May nineteen oh five"),
        ("date", dt.date(1900, 7, 30), "the thirtieth of July nineteen hundred"),
        ("amount", 0, "zero euros"),
        ("amount", 1, "one cent"),
        ("amount", 101, "one euro and one cent"),
        ("amount", 520, "five euros and twenty cents"),
        ("amount", 118_702, "one thousand one hundred and eighty-seven euros and two cents"),
        ("amount", 200_000_050, "two million euros and fifty cents"),
        ("digits", "TS26000123", "T S, two six, zero zero zero, one two three"),
        ("telephone", "+34931234567", "nine three, one two three, four five, six seven"),
        ("telephone", "+33123456789", "plus three three, one two three, four five six, seven eight nine"),
        ("clock", dt.time(9), "nine o'clock in the morning"),
        ("clock", dt.time(13, 15), "a quarter past one in the afternoon"),
        ("clock", dt.time(14, 30), "half past two in the afternoon"),
        ("clock", dt.time(15, 45), "a quarter to four in the afternoon"),
        ("clock", dt.time(18, 10), "ten past six in the evening"),
        ("clock", dt.time(22, 38), "twenty-two minutes to eleven at night"),
        ("clock", dt.time(8, 1), "one minute past eight in the morning"),
        ("clock", dt.time(8, 59), "one minute to nine in the morning"),
        ("clock", dt.time(12), "twelve noon"),
        ("clock", dt.time(0), "twelve midnight"),
        ("minutes_range", (0, 0), "less than one minute"),
        ("minutes_range", (0, 11), "less than eleven minutes"),
        ("minutes_range", (2, 4), "between two and four minutes"),
        ("minutes_range", (1, 1), "about one minute"),
        ("position", 10, "tenth"),
    ],
)
def test_what_is_said_in_english(what: str, value: object, words: str) -> None:
    assert said("en", what, value) == words


@pytest.mark.parametrize("year", range(1900, 2200))
def test_a_year_is_said_as_num2words_says_it(year: int) -> None:
    spoken = said("en", "date", dt.date(year, 6, 2)).removeprefix("the second of June ")
    assert spoken == num2words(year, lang="en", to="year").replace("oh-", "oh ")


@pytest.mark.parametrize("day", range(1, 32))
def test_a_day_is_the_ordinal_of_num2words(day: int) -> None:
    assert said("en", "date", dt.date(2026, 1, day)).startswith(f"the {num2words(day, to='ordinal')} of ")
