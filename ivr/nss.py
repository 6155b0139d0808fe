"""The number of affiliation to the Social Security (NSS): 12 digits, PP NNNNNNNN CC, checked modulo 97. Pure.

PP is the province that issued it, N the number, CC the check. The rule, as the Social Security's own forms
apply it: N below ten million counts as seven digits after the province, any other N as eight; the remainder
of that whole number by 97 is CC. 97 is prime and divides no power of ten times a digit's difference, so
every slip of one digit and every swap of two neighbours is noticed, with one exception that lies in the
rule: where a slip makes the first digit of N nought, or a nought something else, the rule counts
differently before and after, and for a few provinces the two remainders meet. Such numbers are `doubtful`:
valid, but not to be believed when keyed only once.
"""

from collections.abc import Iterator

LENGTH = 12
_PRIME = 97
_SHORT = 10_000_000  # numbers below it were issued with seven digits
PROVINCES = frozenset({*range(1, 54), 66})
"""The 52 provinces and cities, and the two series that were issued beside them."""


def check_digits(province: int, number: int) -> int:
    """Give CC, 0 to 96."""
    scale = _SHORT if number < _SHORT else 10 * _SHORT
    return (province * scale + number) % _PRIME


def is_valid(digits: str) -> bool:
    """Say whether these are the digits of an NSS."""
    if len(digits) != LENGTH or not (digits.isascii() and digits.isdecimal()):
        return False
    province, number, check = int(digits[:2]), int(digits[2:10]), int(digits[10:])
    return province in PROVINCES and number > 0 and check == check_digits(province, number)


def doubtful(digits: str) -> bool:
    """Say whether a slip of one digit, or a swap of two neighbours, makes another valid number of it."""
    return any(is_valid(slip) for slip in slips(digits))


def slips(digits: str) -> Iterator[str]:
    """Give every number that differs in one digit or by a swap of two neighbours."""
    for place, right in enumerate(digits):
        yield from (digits[:place] + wrong + digits[place + 1 :] for wrong in "0123456789" if wrong != right)
    for place in range(len(digits) - 1):
        first, second = digits[place], digits[place + 1]
        if first != second:
            yield digits[:place] + second + first + digits[place + 2 :]
