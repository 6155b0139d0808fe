"""How Catalan and Valencian make their numbers: the same way, of their own words.

The numeral by itself is "u" (the digit, the day of the month, the year), the counted thing "un".
"""

from collections.abc import Sequence

from dialplans.grammar.cardinals import SPOKEN_YEARS

_TEN, _TWENTIES = 10, 2


def below_hundred(units: Sequence[str], tens: Sequence[str], n: int) -> str:
    """Return 0 to 99: vint-i-dos, but trenta-dos."""
    if n < len(units):
        return units[n]
    ten, unit = divmod(n, _TEN)
    link = "-i-" if ten == _TWENTIES else "-"
    return tens[ten - 2] + (f"{link}{units[unit]}" if unit else "")


def alone(text: str) -> str:
    """Return the numeral by itself: u, vint-i-u, trenta-u; any other as it is."""
    return text[:-1] if text == "un" or text.endswith("-un") else text


def numbers(units: Sequence[str], tens: Sequence[str]) -> dict[str, str]:
    """Return the fragments of every number, and of the years that are recorded whole."""
    plain = {f"n.{n}": below_hundred(units, tens, n) for n in range(100)}
    ones = {key: text for key, text in plain.items() if alone(text) != text}
    twos = {key: text for key, text in plain.items() if text == "dos" or text.endswith("-dos")}
    hundreds = {f"n.{n}00": f"{units[n]}-cents" for n in range(2, 10)}
    years = {year: alone(below_hundred(units, tens, year - 2000)) for year in SPOKEN_YEARS}
    return {
        **plain,
        **{f"{key}.u": alone(text) for key, text in ones.items()},
        **{f"{key}.f": f"{text}a" for key, text in ones.items()},
        **{f"{key}.f": f"{text[:-3]}dues" for key, text in twos.items()},
        "n.100": "cent",
        **hundreds,
        **{f"{key}.f": text.replace("dos", "dues")[:-1] + "es" for key, text in hundreds.items()},
        "n.1000": "mil",
        **{f"n.{n}000": f"{units[n]} mil" for n in range(2, 10)},
        "n.2000.f": "dues mil",
        "n.1000000": "un milió",
        "n.millions": "milions",
        **{f"year.{year}": f"dos mil {text}" for year, text in years.items()},
    }
