"""Take a studio's recording in place of the synthetic one, until the prompt's text or voice changes."""

from pathlib import Path

import numpy as np
import soundfile

from dialplans.voice import catalogue, manifest
from dialplans.voice.build import write_audio
from dialplans.voice.catalogue import CatalogueError
from dialplans.voice.check import implausible
from dialplans.voice.manifest import Recording, fingerprint, recording_file
from dialplans.voice.sound import STORED_RATE, levelled, resampled


def adopt(institution: Path, language: str, key: str, sound_file: Path) -> Path:
    """Convert any sound file libsndfile reads to the kept form, at our level; give the file it became.

    Raises CatalogueError for an unknown key or a length that cannot be this text's, soundfile.SoundFileError
    for what is no sound.
    """
    prompts = catalogue.prompts(institution, language)
    if key not in prompts:
        raise CatalogueError(
            f"there is no prompt {key} in {language}: `ventanilla prompts script {language}` lists them"
        )
    sound, rate = soundfile.read(sound_file, dtype="float32", always_2d=True)
    mono = np.ascontiguousarray(sound.mean(axis=1))
    for what in implausible(prompts[key], len(mono) / rate):
        raise CatalogueError(
            f"{sound_file.name} is not taken for {key} in {language}: {what} ({prompts[key].text!r}). "
            "Cut it to this prompt alone, or look whether it is another prompt's recording"
        )
    kept = levelled(resampled(mono, rate, STORED_RATE), STORED_RATE)
    folder = catalogue.audio_folder(institution, language)
    file = recording_file(folder, key)
    write_audio(file, kept)
    made_from = catalogue.made_from(prompts[key], catalogue.voice(institution, language))
    seconds = round(len(kept) / STORED_RATE, 2)
    recording = Recording(made_from, seconds, adopted=True, sound=fingerprint(file))
    manifest.write(folder, manifest.read(folder) | {key: recording})
    return file
