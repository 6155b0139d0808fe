"""Agreeing on record, in whole calls: the notice and the recording before it where no flow has seen to that."""

from dataclasses import replace

import pytest

from ivr import serving
from ivr.services import catalogue
from tests.dialplans.institutions import inss
from tests.ivr.box import Box
from tests.ivr.rooms import Rooms
from tests.ivr.services.counter import Counter
from tests.ivr.services.scenarios import AGREED, GOOD_IBAN, OTHER, YES
from tests.ivr.services.test_through_the_flows import call, citizen

CHANGE = ("1", GOOD_IBAN, YES, AGREED, OTHER)


def unrecorded(around: Rooms) -> None:
    """Let the line go on from the languages without its notice."""
    institution = inss()
    steps = dict(institution.steps)
    steps["general/language"] = steps["general/language"].model_copy(update={"next": "hours"})
    changed = replace(institution, steps=steps)
    around.house = replace(around.house, institution=lambda: changed)


async def test_a_call_that_no_flow_records_is_recorded_for_the_act_after_its_notice(
    around: Rooms, counter: Counter
) -> None:
    unrecorded(around)
    box = citizen(counter, "bank_account", *CHANGE)
    assert await call(around, counter, "bank_account", box) == "done"
    told = [
        line for line in box.sent if "recording.notice" in line or "MixMonitor" in line or "consent." in line
    ]
    assert "recording.notice" in told[0]
    assert "MixMonitor" in told[1]
    assert "consent.bank_account" in told[2]
    assert [begun[2] for begun in around.tape.begun] == ["recording.notice"]
    assert around.tape.over == [box.call]


async def test_a_call_that_is_recorded_already_hears_no_second_notice(
    around: Rooms, counter: Counter
) -> None:
    box = citizen(counter, "bank_account", *CHANGE)
    assert await call(around, counter, "bank_account", box) == "done"
    assert box.keys_heard.count("recording.notice") == 1


@pytest.mark.parametrize("language", ["es", "ca", "va", "gl", "eu", "en"])
async def test_the_words_on_record_are_those_that_are_spoken(counter: Counter, language: str) -> None:
    counter.language = language
    _, box = await counter.serve("bank_account", *CHANGE)
    (held,) = counter.agreements.held
    assert held.asked.language == language
    assert held.asked.text.startswith(inss().texts[language]["consent.bank_account"])
    assert held.asked.text.replace(" ", "").endswith("1332")
    statement = next(files for files in box.heard if any("consent.bank_account" in file for file in files))
    assert all(file.startswith(f"{language}/") for file in statement)


async def test_a_statement_that_was_not_said_whole_is_agreed_to_by_nobody(counter: Counter) -> None:
    box = Box(presses=CHANGE, missing=frozenset({"vt/consent.bank_account"}))
    box.variables["CHANNEL(language)"] = "es"
    visit = counter.visit("bank_account", box)
    assert (await serving.serve(visit, catalogue()["bank_account"])).name == "person"
    (held,) = counter.agreements.held
    assert held.said == ["interrupted: not_said"]


async def test_nobody_is_recorded_whose_notice_was_not_said(around: Rooms, counter: Counter) -> None:
    unrecorded(around)
    box = citizen(counter, "bank_account", *CHANGE)
    box.missing = frozenset({"vt/recording.notice"})
    counter.agreements.recorded = False
    await call(around, counter, "bank_account", box)
    assert around.tape.begun == []
    assert not [line for line in box.sent if "MixMonitor" in line]
