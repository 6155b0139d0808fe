"""How a carrier may write a number of ours that was dialled: nationally, and internationally in its three ways."""

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberFormat

INTERNATIONAL = "00"  # ITU-T E.164's prefix, where a country has its own for each carrier


def forms(number: str, country: str) -> tuple[str, ...]:
    """Give all forms of a number of `country` (ES), itself first: 901166565, +34901166565, 34…, 0034….

    A short number (112), or one without a country, has only itself: nobody dials it from abroad.
    """
    try:
        parsed = phonenumbers.parse(number, country or None)
    except phonenumbers.NumberParseException:
        return (number,)
    if not phonenumbers.is_possible_number(parsed):
        return (number,)
    whole = phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
    digits = whole.removeprefix("+")
    return (number, whole, digits, f"{_prefix(country)}{digits}")


def _prefix(country: str) -> str:
    metadata = PhoneMetadata.metadata_for_region(country)
    prefix = metadata.international_prefix if metadata else None
    return prefix if prefix and prefix.isdecimal() else INTERNATIONAL
