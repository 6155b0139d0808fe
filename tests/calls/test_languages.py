"""Each language on a real Asterisk: chosen by its key, heard in its own voice to the main menu."""

import pytest

from dialplans.flows import ChooseLanguage
from server.probe.call import place
from server.probe.script import Script, parse_steps
from server.probe.sounds import load_catalogue
from tests.calls.centre import Centre
from tests.dialplans.institutions import inss

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(300)]

OFFER = inss().steps["general/language"]
assert isinstance(OFFER, ChooseLanguage)
KEYS = {language: key for key, language in OFFER.keys.items()}
SHORT = ("eu",)
"""The short form in every run; `make proofs` hears all six."""
LANGUAGES = [pytest.param(one, marks=() if one in SHORT else pytest.mark.slow) for one in KEYS]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_language_chosen_by_its_key_is_heard_from_then_on(centre: Centre, language: str) -> None:
    catalogue = load_catalogue(centre.settings.institution_folder, ("es", language))
    steps = parse_steps(f"{KEYS[language]}@language.offer~0,1@menu.main~0")
    expected = ("greeting.general", "recording.notice", "menu.main", "menu.info")
    call = await place(
        Script("901166565", centre.sip, "+34911000001", steps, expected, seconds=90), catalogue
    )
    assert (call.trouble, call.unmet) == ("", ())
    after = [heard for heard in call.heard if heard.key in ("recording.notice", "menu.main", "menu.info")]
    assert {heard.language for heard in after} == {language}
