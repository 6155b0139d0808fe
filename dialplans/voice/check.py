"""What is wrong with the recordings, said with language, key and remedy.

`faults_of` is pure: it compares what should be with what was measured. `check` reads the files for it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import soundfile

from dialplans.faults import Fault
from dialplans.voice import catalogue, manifest
from dialplans.voice.catalogue import CatalogueError, Prompt
from dialplans.voice.kokoro import in_words
from dialplans.voice.manifest import Recording, fingerprint
from dialplans.voice.sound import LEVEL_DB, Measures, measure

LEVEL_BAND_DB = 2.5
"""An ear notices about 3 dB between two prompts."""

HIGHEST_PEAK_DB = -0.5
_LONGEST_LEAD, _LONGEST_TAIL = 0.25, 0.6
_LONGEST_FRAGMENT_EDGE = 0.12
_LETTERS_A_SECOND = (3.0, 26.0)
"""Slower is a stumble or a hole, faster a sentence cut off. Speech of this pace has 12 to 18."""

_SLACK_SECONDS = 0.7
"""Short words are not spoken at the pace of sentences."""

_LONG_TEXT, _ENOUGH_TEXTS = 40, 10
"""Letters from which a sentence has the pace of its language, and how many sentences tell that pace."""

_PACE_BAND = (0.55, 1.5)
"""Of the language's own pace. Six languages keep within 0.63 (letters spelled) and 1.3; what is cut in half is at 2."""

_BUILD = "Run: make prompts"
_ADOPTED = (
    "Record it anew (ventanilla prompts script {0} says how) and run: ventanilla prompts adopt {0} {1} FILE"
)


@dataclass(frozen=True, slots=True)
class Found:
    """What was found under a key: measures (None: it cannot be decoded), and whether the text is newer.

    `adopted`: a studio recorded it; to build it again would throw that away. `exchanged`: the file is not the one
    that was built or adopted.
    """

    measures: Measures | None
    outdated: bool
    adopted: bool = False
    exchanged: bool = False


def check(institution: Path) -> list[Fault]:
    """Return all faults of all languages that are served; empty when all is well."""
    texts: dict[str, Mapping[str, Prompt]] = {}
    faults: list[Fault] = []
    for language in catalogue.served(institution):
        try:
            texts[language] = catalogue.prompts(institution, language)
            faults += faults_of(language, texts[language], _found(institution, language))
        except CatalogueError as error:
            file = f"languages/{language}"
            faults.append(Fault(file, "", "", str(error), "Mend the file it names"))
    return sorted([*faults, *untranslated(texts)])


def untranslated(texts: Mapping[str, Mapping[str, Prompt]]) -> Iterator[Fault]:
    """Yield a fault for each key that one language says and another does not, fragments apart."""
    for language, prompts in texts.items():
        others = {
            key for other in texts.values() for key, prompt in other.items() if not prompt.fragment
        } - prompts.keys()
        for key in sorted(others):
            what = f"the prompt {key} has no text in {language}"
            yield Fault(f"languages/{language}", "", key, what, f"Write it. {_BUILD} LANGUAGE={language}")


def faults_of(language: str, prompts: Mapping[str, Prompt], found: Mapping[str, Found]) -> list[Fault]:
    """Return the faults of one language: prompts without audio, audio without prompt, bad audio."""
    said = [(key, what) for key, prompt in prompts.items() for what in _complaints(prompt, found.get(key))]
    said += _out_of_pace(language, prompts, found)
    faults = [_fault(language, key, what, _remedy(language, key, found.get(key))) for key, what in said]
    strangers = sorted(found.keys() - prompts.keys())
    remedy = f"Remove the file, or write the text into a file of languages/{language}"
    return [*faults, *(_fault(language, key, "there is audio but no text", remedy) for key in strangers)]


def _remedy(language: str, key: str, found: Found | None) -> str:
    """Say what mends a prompt: what a studio recorded and still fits its text is recorded anew, not built over."""
    if found is not None and found.adopted and not found.outdated:
        return _ADOPTED.format(language, key)
    return f"{_BUILD} LANGUAGE={language}"


def _out_of_pace(
    language: str, prompts: Mapping[str, Prompt], found: Mapping[str, Found]
) -> Iterator[tuple[str, str]]:
    """Yield the long texts that are spoken much faster or slower than their language is: cut off, or with a hole."""
    paces = {
        key: len(in_words(prompt.text, language)) / sound.seconds
        for key, prompt in prompts.items()
        if not prompt.fragment and len(prompt.text) >= _LONG_TEXT
        if key in found and not found[key].outdated
        if (sound := found[key].measures) is not None and sound.seconds
    }
    if len(paces) < _ENOUGH_TEXTS:
        return
    usual = median(paces.values())
    slow, fast = (factor * usual for factor in _PACE_BAND)
    for key, pace in paces.items():
        if not slow <= pace <= fast:
            yield key, f"it is spoken at {pace:.0f} letters a second, this language at {usual:.0f}"


def _fault(language: str, key: str, what: str, remedy: str) -> Fault:
    return Fault(f"languages/audio/{language}/{key}.opus", "", key, f"{key} in {language}: {what}", remedy)


def _complaints(prompt: Prompt, found: Found | None) -> Iterator[str]:
    if found is None:
        yield "there is no audio for this text"
    elif found.measures is None:
        yield "the audio cannot be decoded"
    else:
        if found.outdated:
            yield "the text or the voice has changed since it was spoken"
        if found.exchanged:
            yield "the file is not the one that was built or adopted: it may say something else"
        if not prompt.silent:
            yield from _heard(prompt, found.measures)


def _heard(prompt: Prompt, sound: Measures) -> Iterator[str]:
    """Yield what an ear would complain about."""
    if sound.peak > HIGHEST_PEAK_DB:
        yield f"it clips: the peak is {sound.peak:.1f} dBFS, at most {HIGHEST_PEAK_DB} is allowed"
    if abs(sound.level - LEVEL_DB) > LEVEL_BAND_DB:
        yield f"its level is {sound.level:.1f} dBFS, not {LEVEL_DB} ± {LEVEL_BAND_DB}"
    if sound.lead > (_LONGEST_FRAGMENT_EDGE if prompt.fragment else _LONGEST_LEAD):
        yield f"it begins with {sound.lead:.2f} s of silence"
    if sound.tail > (_LONGEST_FRAGMENT_EDGE if prompt.fragment else _LONGEST_TAIL):
        yield f"it ends with {sound.tail:.2f} s of silence"
    yield from implausible(prompt, sound.seconds)


def implausible(prompt: Prompt, seconds: float) -> Iterator[str]:
    """Yield what is wrong with a recording of this length for this text, if anything is."""
    slow, fast = _LETTERS_A_SECOND
    letters = len(prompt.text)
    if not letters / fast <= seconds <= letters / slow + _SLACK_SECONDS:
        yield f"{seconds:.1f} s is implausible for a text of {letters} letters"


def _found(institution: Path, language: str) -> dict[str, Found]:
    folder = catalogue.audio_folder(institution, language)
    recordings = manifest.read(folder)
    voice = catalogue.voice(institution, language)
    wanted = {
        key: catalogue.made_from(prompt, voice)
        for key, prompt in catalogue.prompts(institution, language).items()
    }
    found = {}
    for file in sorted(folder.glob("*.opus")):
        key = file.name.removesuffix(".opus")
        recording = recordings.get(key, Recording("", 0.0))
        outdated = recording.made_from != wanted.get(key, recording.made_from)
        exchanged = recording.sound != fingerprint(file)
        found[key] = Found(_measures(file), outdated, recording.adopted, exchanged)
    return found


def _measures(file: Path) -> Measures | None:
    try:
        with file.open("rb") as stream:
            sound, rate = soundfile.read(stream, dtype="float32")
    except (soundfile.SoundFileError, OSError):
        return None
    return measure(sound, rate) if sound.ndim == 1 else None
