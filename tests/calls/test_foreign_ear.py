"""What every service says, on a real Asterisk, read back from the line by an ear that is not ours."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from crm_bridge.demonstration import MARIA
from dialplans.voice.catalogue import prompts
from server.probe.call import place
from server.probe.catalogue import RATE, Catalogue
from server.probe.hearing import Heard
from server.probe.script import Script, parse_steps
from server.probe.sounds import load_catalogue, read_sound
from tests.calls.centre import Centre
from tests.calls.keys import identified_by
from tests.calls.test_appointment import FIND, TO_APPOINTMENTS, nothing_booked
from tests.calls.test_case_state import TO_THE_CASE
from tests.calls.test_languages import KEYS
from tests.calls.test_services import PROVEN, UNPROVEN, Calls, Citizen, asked_after_a_talk, ears, hold
from tests.ear import Ear, unread, unread_words

__all__ = ["ears"]  # a fixture

pytestmark = [pytest.mark.asterisk, pytest.mark.slow, pytest.mark.timeout(600)]

MOST_UNREAD = {"es": 0.15, "en": 0.15, "ca": 0.25, "va": 0.25, "gl": 0.25, "eu": 0.35}
"""Letters not read, of those said: a recogniser of this size read little Basque. Numbers are not looked for."""


@pytest.fixture(scope="session")
def ear(tmp_path_factory: pytest.TempPathFactory) -> Ear:
    return Ear(tmp_path_factory.mktemp("ear"))


def spoken(centre: Centre, heard: Iterable[Heard]) -> str:
    """Write what our own ear says was said."""
    folder = centre.settings.institution_folder
    return " ".join(prompts(folder, one.language)[one.key].text for one in heard)


def sound_of(citizen: Citizen) -> np.ndarray:
    return np.frombuffer(bytes(citizen.person.call.tape.pcm), dtype="<i2").astype(np.float32) / 32768


def last_told(heard: Iterable[Heard], since: float) -> list[Heard]:
    """Give what was said to the end since then: nothing is pressed any more."""
    return [one for one in heard if one.start_s >= since - 0.1 and one.whole]


def read_back(ear: Ear, centre: Centre, told: list[Heard], sound: np.ndarray) -> None:
    """Let the other ear read what ours says it heard: nearly every letter, and every longer word and figure."""
    read = ear.reads(sound[int(told[0].start_s * RATE) : int(told[-1].end_s * RATE)], "es")
    said = spoken(centre, told)
    assert unread(said, read, "es") < MOST_UNREAD["es"], (said, read)
    assert not unread_words(said, read, "es"), (said, read)


@pytest.mark.parametrize("calls", [UNPROVEN, PROVEN], ids=["without proof", "with proof"])
async def test_what_each_service_says_is_read_back(
    centre: Centre, ears: Catalogue, ear: Ear, calls: Calls
) -> None:
    for one in await hold(centre, ears, calls):
        read_back(ear, centre, last_told(one.person.heard, one.pressed_at), sound_of(one))


async def test_the_survey_is_read_back(centre: Centre, ears: Catalogue, ear: Ear) -> None:
    one = await asked_after_a_talk(centre, ears)
    read_back(ear, centre, last_told(one.person.heard, one.pressed_at), sound_of(one))


CASE = f"{TO_THE_CASE},{identified_by(MARIA.citizen.document, MARIA.answers)}"
BOOKING = (
    f"{TO_APPOINTMENTS},{FIND},1@appointment.later_times~0,"
    f"{identified_by(MARIA.citizen.document, MARIA.answers)},1@service.confirm~0"
)


@pytest.mark.parametrize("press", [CASE, BOOKING], ids=["case_state", "appointment"])
async def test_dates_and_states_are_read_back(centre: Centre, ear: Ear, tmp_path: Path, press: str) -> None:
    await nothing_booked(centre)
    catalogue = load_catalogue(centre.settings.institution_folder, ("es",))
    steps, end, wav = parse_steps(press), ("menu.after_service",), tmp_path / "heard.wav"
    script = Script("901166565", centre.sip, "+34911000031", steps, end, wav=wav, seconds=280)
    call = await place(script, catalogue)
    assert (call.trouble, call.unmet) == ("", ())
    last_key = max(one.at for one in call.moments if one.what.startswith("pressed"))
    read_back(ear, centre, last_told(call.heard, last_key), read_sound(wav))


@pytest.mark.parametrize("language", KEYS)
async def test_each_language_is_read_back(centre: Centre, ear: Ear, language: str, tmp_path: Path) -> None:
    catalogue = load_catalogue(centre.settings.institution_folder, ("es", language))
    steps = parse_steps(f"{KEYS[language]}@language.offer~0,1@menu.main~0")
    expected = ("menu.main", "menu.info")
    wav = tmp_path / "heard.wav"
    call = await place(
        Script("901166565", centre.sip, "+34911000001", steps, expected, wav=wav, seconds=90), catalogue
    )
    assert (call.trouble, call.unmet) == ("", ())
    for key in ("recording.notice", "menu.info"):
        one = next(heard for heard in call.heard if heard.key == key and heard.language == language)
        read = ear.reads(read_sound(wav)[int(one.start_s * RATE) : int(one.end_s * RATE)], language)
        assert unread(spoken(centre, [one]), read, language) < MOST_UNREAD[language], read
