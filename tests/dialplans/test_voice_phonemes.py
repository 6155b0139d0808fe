"""What the synthesiser is given for each language; only where its reader is installed (group `voice`)."""

from pathlib import Path

import dialplans
from dialplans.voice import catalogue
from dialplans.voice.kokoro import in_words, sentences
from dialplans.voice.phonemes import COTOVIA, phonemiser

INSS = Path(dialplans.__file__).parent / "inss"


def test_galician_keeps_its_sounds_and_stress_and_the_pauses_between_phrases() -> None:
    say = phonemiser(COTOVIA)
    assert say("Prema o dous. Para falar cun axente, agarde.") == (
        "pɾˈema o ðˈows. pˈaɾa falˈaɾ kuŋ aʃˈente, aɣˈaɾðe."  # noqa: RUF001 - the signs of the phonetic alphabet
    )
    assert say("unha") == "ˈuŋa"  # noqa: RUF001 - as above
    assert say("o") == "ˈo", "a letter by itself is stressed, the article is not"  # noqa: RUF001 - as above


def test_basque_comes_without_the_signs_the_model_does_not_know() -> None:
    spoken = phonemiser("eu")("Eskerrik asko, zure txanda.")
    assert not {"\u033a", "\u033b"} & set(spoken)
    assert "tʃanda" in spoken.replace("ˈ", "")  # noqa: RUF001 - as above


def test_valencian_says_este_with_an_e() -> None:
    voice = catalogue.voice(INSS, "va")
    prompt = catalogue.prompts(INSS, "va")["hours.closed"]
    assert prompt.text.startswith("En este moment")
    spoken = phonemiser("ca-va")(sentences(in_words(catalogue.spoken_as(prompt, voice), "va"))[0])
    assert "ˈeste" in spoken  # noqa: RUF001 - as above
