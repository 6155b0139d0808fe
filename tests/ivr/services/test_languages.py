"""Every service in all six languages: nothing is said that has no text there."""

from pathlib import Path

import pytest

from dialplans import texts
from dialplans.grammar import GRAMMARS, grammar
from ivr.services import catalogue
from tests.dialplans.institutions import INSS
from tests.ivr.services.counter import counters
from tests.ivr.services.scenarios import SCENARIOS


def test_these_are_all_the_languages_there_are() -> None:
    assert set(GRAMMARS) == set(texts.languages(INSS))


@pytest.mark.parametrize("language", GRAMMARS)
@pytest.mark.parametrize("service", sorted(catalogue()))
def test_every_prompt_of_a_service_has_its_text(service: str, language: str) -> None:
    said, faults = texts.read(INSS, language)
    assert faults == []
    assert catalogue()[service].prompts <= said.keys()


@pytest.mark.parametrize("language", GRAMMARS)
@pytest.mark.parametrize("service", sorted(catalogue()))
async def test_what_is_told_to_the_end_is_all_sayable(tmp_path: Path, service: str, language: str) -> None:
    said, _ = texts.read(INSS, language)
    sayable = said.keys() | grammar(language).FRAGMENTS.keys()
    for place, scenario in enumerate(
        one for one in SCENARIOS if one.service == service and one.outcome == "done"
    ):
        folder = tmp_path / str(place)
        folder.mkdir()
        async with counters(folder) as counter:
            counter.person, counter.level, counter.caller = scenario.person, scenario.level, scenario.caller
            counter.language = language
            await scenario.prepare(counter)
            outcome, box = await counter.serve(service, *scenario.presses)
        assert outcome.name == "done"
        assert set(box.keys_heard) <= sayable, scenario.label
