"""Every fault of an institution's files is found, named by file, step and field, and comes with its remedy."""

from pathlib import Path

import pytest

from dialplans.check import check_institution, load_institution
from dialplans.faults import Fault, FlowError
from ivr import services
from server import flows
from tests.dialplans.institutions import GOOD_FLOW, GOOD_INSTITUTION, GOOD_TEXTS, INSS, write

SERVICE = """
[steps.ask]
kind = "service"
service = "weather"
outcomes.sunny = "main"
"""
GOOD_ANSWER = 'outcomes.wet = "main"\n'
FRAME_OUTCOMES = """
[outcomes]
done = "main"
back = "main"
person = "agent"
gave_up = "agent"
down = "main"
"""


def faults(folder: Path, flow: str = GOOD_FLOW, **files: str) -> list[Fault]:
    return check_institution(
        write(folder, flows={"front": flow}, **files), {"weather": frozenset({"sunny", "wet"})}
    )


def test_the_institution_that_is_served_has_no_fault() -> None:
    assert check_institution(INSS, services.outcomes(), flows.spoken()) == []


def test_a_text_that_a_service_lacks_is_reported_with_the_services_file(tmp_path: Path) -> None:
    spoken = {"case.nothing": "ivr/services/case_state.py"}
    found = check_institution(write(tmp_path), {}, spoken)
    assert [(one.file, one.what) for one in found if "case.nothing" in one.what] == [
        ("ivr/services/case_state.py", "the prompt case.nothing has no text in es")
    ]
    assert flows.spoken()["case.none"] == "ivr/services/case_state.py"


def test_a_small_institution_is_served_too(tmp_path: Path) -> None:
    assert faults(tmp_path) == []


@pytest.mark.parametrize(
    ("was", "becomes", "step", "field", "what"),
    [
        ('keys = { 1 = "news" }', 'keys = { 1 = "olds" }', "main", "keys.1", "there is no step olds"),
        ('next = "main"', 'next = "back/main"', "news", "next", "there is no step back/main"),
        ('start = "notice"', 'start = "front"', "", "start", "there is no step front"),
        ('person = "agent"', 'person = "news"', "", "person", "no person is found there"),
        ('farewell = "bye"', 'farewell = "news"', "", "farewell", "this does not lead straight to an end"),
        ('kind = "menu"', 'kind = "meny"', "main", "", "does not match any of the expected tags"),
        ('kind = "menu"\n', "", "main", "", "Unable to extract tag"),
        ('say = ["news"]\n', "", "news", "say", "Field required"),
        (
            'say = ["news"]',
            'say = ["news"]\ncolour = "red"',
            "news",
            "colour",
            "Extra inputs are not permitted",
        ),
        ('keys = { 1 = "news" }', 'keys = { 0 = "news" }', "main", "keys.0", "pattern"),
        ('say = ["news"]', 'say = ["newest"]', "news", "say", "the prompt newest has no text in es"),
        ('say = ["news"]', 'say = ["news"]\nsubject = "tax"', "news", "subject", "there is no subject tax"),
    ],
)
def test_a_fault_names_its_step_and_field(
    tmp_path: Path, was: str, becomes: str, step: str, field: str, what: str
) -> None:
    assert was in GOOD_FLOW
    found = faults(tmp_path, GOOD_FLOW.replace(was, becomes, 1))
    (fault,) = [one for one in found if what in one.what]
    assert (fault.file, fault.step, fault.field) == ("flows/front.toml", step, field)
    assert fault.remedy


def test_a_step_nobody_reaches_is_named(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, GOOD_FLOW + '[steps.cellar]\nkind = "hangup"\nsay = ["goodbye"]\n')
    assert (fault.step, fault.what) == ("cellar", "no call ever comes to this step")


def test_a_ring_that_only_speaks_is_named(tmp_path: Path) -> None:
    found = faults(tmp_path, GOOD_FLOW.replace('next = "main"', 'next = "news"'))
    assert [fault.step for fault in found if "without ever asking" in fault.what] == ["news"]


def test_a_flow_from_which_no_call_ends_is_named(tmp_path: Path) -> None:
    endless = GOOD_FLOW.replace('kind = "hangup"', 'kind = "say"').replace(
        'say = ["goodbye"]', 'say = ["goodbye"]\nnext = "main"'
    )
    assert {fault.step for fault in faults(tmp_path, endless) if "never ends" in fault.what} == {
        "notice", "main", "news", "agent", "bye",
    }  # fmt: skip


def test_outcomes_of_services_must_be_answered_and_must_exist(tmp_path: Path) -> None:
    flow = GOOD_FLOW.replace('keys = { 1 = "news" }', 'keys = { 1 = "news", 2 = "ask" }') + SERVICE
    flow = flow.replace("[steps.main]", FRAME_OUTCOMES + "\n[steps.main]")
    (missing,) = faults(tmp_path, flow)
    assert (missing.step, missing.field) == ("ask", "outcomes.wet")
    assert missing.what == "this outcome is not answered"
    both = flow + 'outcomes.wet = "main"\noutcomes.foggy = "main"\n'
    (strange,) = faults(tmp_path, both)
    assert strange.field == "outcomes.foggy"
    (unknown,) = faults(tmp_path, flow.replace('"weather"', '"whether"'))
    assert unknown.what == "there is no service whether"


def test_the_flows_own_table_answers_what_a_step_does_not_name(tmp_path: Path) -> None:
    flow = GOOD_FLOW.replace('keys = { 1 = "news" }', 'keys = { 1 = "news", 2 = "ask" }')
    flow = flow.replace("[steps.main]", FRAME_OUTCOMES + "\n[steps.main]") + SERVICE
    assert faults(tmp_path, flow.replace("down =", 'wet = "news"\ndown =')) == []
    fields = {fault.field for fault in faults(tmp_path, flow.replace('down = "main"', "") + GOOD_ANSWER)}
    assert fields == {"outcomes.down"}


def test_a_service_that_asks_for_proof_may_end_unproven(tmp_path: Path) -> None:
    flow = GOOD_FLOW.replace('keys = { 1 = "news" }', 'keys = { 1 = "news", 2 = "ask" }')
    flow = flow.replace("[steps.main]", FRAME_OUTCOMES + "\n[steps.main]") + SERVICE + GOOD_ANSWER
    levelled = GOOD_INSTITUTION + "[services.weather]\nlevel = 1\n"
    fields = [fault.field for fault in faults(tmp_path, flow, institution=levelled)]
    assert fields == ["outcomes.blocked", "outcomes.protected", "outcomes.refused"]


def test_an_answer_nobody_needs_and_a_level_of_no_service_are_named(tmp_path: Path) -> None:
    flow = GOOD_FLOW.replace("[steps.main]", FRAME_OUTCOMES + "\n[steps.main]")
    assert {fault.field for fault in faults(tmp_path, flow)} == {
        "outcomes.done", "outcomes.back", "outcomes.person", "outcomes.gave_up", "outcomes.down",
    }  # fmt: skip
    levelled = GOOD_INSTITUTION + "[services.whether]\nlevel = 1\n"
    (fault,) = faults(tmp_path, institution=levelled)
    assert (fault.file, fault.field) == ("institution.toml", "services.whether")


def test_languages_that_are_not_offered_are_named(tmp_path: Path) -> None:
    offer = '[steps.ask]\nkind = "language"\nsay = ["news"]\nkeys = { 1 = "fr" }\nnext = "notice"\n'
    flow = GOOD_FLOW.replace('start = "notice"', 'start = "ask"') + offer
    (fault,) = faults(tmp_path, flow)
    assert (fault.step, fault.field) == ("ask", "keys")


@pytest.mark.parametrize(
    ("was", "becomes", "field"),
    [
        ('"Europe/Madrid"', '"Europe/Madriz"', "time_zone"),
        ('"09:00-14:00"', '"14:00-09:00"', "hours.agents.monday"),
        ('"09:00-14:00"', '"9-14"', "hours.agents.monday.0"),
        ('flow = "front"', 'flow = "back"', "numbers.901166565.flow"),
        ("901166565 =", '"_X." =', "numbers._X."),
        ('country = "ES"\n', "", "country"),
        ('country = "ES"', 'country = "EN"', "country"),
        ('country = "ES"', 'country = "EL"', "country"),
        ('country = "ES"', 'country = "UK"', "country"),
        ("[subjects]", "[figures]\ntarget = 95\n[subjects]", "figures.target"),
        ("[subjects]", "[figures]\nservice_level_s = 0\n[subjects]", "figures.service_level_s"),
        ("[subjects]", "[figures]\nshort_abandon_s = -5\n[subjects]", "figures.short_abandon_s"),
    ],
)
def test_faults_of_the_institution_name_their_field(
    tmp_path: Path, was: str, becomes: str, field: str
) -> None:
    assert was in GOOD_INSTITUTION
    found = faults(tmp_path, institution=GOOD_INSTITUTION.replace(was, becomes))
    assert [(fault.file, fault.field) for fault in found] == [("institution.toml", field)]


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    flow = GOOD_FLOW.replace('"news"', '"olds"')
    folder = write(tmp_path, flows={"front": flow}, texts=GOOD_TEXTS.replace('"goodbye"', '"good.bye"'))
    with pytest.raises(FlowError) as refused:
        load_institution(folder)
    said = str(refused.value)
    assert len(refused.value.faults) >= 3
    for part in (
        "flows/front.toml, step main, field keys.1: there is no step olds",
        "goodbye",
        "olds has no text",
    ):
        assert part in said


@pytest.mark.parametrize("broken", ["= 1\n", "[steps\n", '"unclosed\n'])
def test_a_file_that_is_no_toml_is_named_with_its_line(tmp_path: Path, broken: str) -> None:
    (fault,) = faults(tmp_path, broken)
    assert fault.file == "flows/front.toml"
    assert "line 1" in fault.what


def test_a_folder_that_is_empty_is_told_so(tmp_path: Path) -> None:
    assert {fault.file for fault in check_institution(tmp_path)} == {"institution.toml", "flows"}


def test_a_number_whose_calls_are_about_nothing_we_know_is_a_fault(tmp_path: Path) -> None:
    wrong = GOOD_INSTITUTION.replace('campaign = "general"', 'campaign = "general", subject = "tax"')
    assert "a number's calls are about tax" in str(faults(tmp_path, institution=wrong)[0])


def test_a_waiting_time_that_is_none_is_a_fault(tmp_path: Path) -> None:
    wrong = f"{GOOD_INSTITUTION}\n[routing]\nsupport_after_s = -1\n"
    assert faults(tmp_path, institution=wrong)[0].field == "routing.support_after_s"
