"""Where a line's calls are recorded: in its own file, in another that it leads to, in a sub-flow, or nowhere."""

from pathlib import Path

from dialplans import machine
from dialplans.check import check_institution, load_institution
from dialplans.walks import Answered, Keys, Recorded, StartRecording, WantPerson
from tests.dialplans.rich import FREE, FRONT, INSTITUTION, OUTCOMES, write

SHORT = """
title = "Short"
start = "greeting"
person = "front/agent"
farewell = "front/bye"
language = "front/language"
emergency = "front/shut"

[steps.greeting]
kind = "say"
say = ["greeting"]
next = "front/language"
"""
NUMBER = "900000002"
RECORD = 'kind = "record"\nnotice = "notice"'
OPENING = f"""
title = "Opening"
start = "notice"
person = "front/agent"
farewell = "front/bye"

[steps.notice]
{RECORD}
next = "back"

[steps.back]
kind = "return"
"""
CALLED = 'kind = "call"\ncall = "opening/notice"'


def second(recorded: str = "") -> str:
    return INSTITUTION.replace(
        "[numbers]", f'[numbers]\n{NUMBER} = {{ flow = "short", campaign = "short"{recorded} }}'
    )


def test_a_line_that_only_greets_and_leads_into_another_is_recorded_there(tmp_path: Path) -> None:
    folder = write(tmp_path, institution=second(), short=SHORT)
    assert check_institution(folder, OUTCOMES) == []
    institution = load_institution(folder, OUTCOMES)
    standing, _ = machine.advance(institution, machine.start(institution, NUMBER, None), Answered())
    standing, action = machine.advance(institution, standing, Keys("0"))
    assert action == StartRecording((), "notice"), "0 at the offer passes the notice by"
    assert isinstance(machine.advance(institution, standing, Recorded())[1], WantPerson)


def test_a_notice_in_a_sub_flow_that_every_line_calls_is_one(tmp_path: Path) -> None:
    folder = write(tmp_path, front=FRONT.replace(RECORD, CALLED), opening=OPENING)
    assert check_institution(folder, OUTCOMES) == []
    institution = load_institution(folder, OUTCOMES)
    standing, _ = machine.advance(institution, machine.start(institution, FREE, None), Answered())
    assert machine.advance(institution, standing, Keys("0"))[1] == StartRecording((), "notice")


def test_a_sub_flow_that_one_way_leads_through_without_a_notice_is_none(tmp_path: Path) -> None:
    sometimes = OPENING.replace('start = "notice"', 'start = "which"') + (
        '[steps.which]\nkind = "branch"\non = "language"\nways = { ca = "notice" }\notherwise = "back"\n'
    )
    called = FRONT.replace(RECORD, CALLED.replace("/notice", "/which"))
    (fault,) = check_institution(write(tmp_path, front=called, opening=sometimes), OUTCOMES)
    assert (fault.file, fault.field) == ("flows/front.toml", "start")
    assert "before their recording has begun" in fault.what


def test_a_sub_flow_that_calls_itself_is_told_and_nothing_goes_round(tmp_path: Path) -> None:
    ring = OPENING.replace('next = "back"', 'next = "again"') + (
        '[steps.again]\nkind = "call"\ncall = "opening/again"\nnext = "back"\n'
    )
    faults = check_institution(write(tmp_path, front=FRONT.replace(RECORD, CALLED), opening=ring), OUTCOMES)
    assert "this sub-flow calls itself" in [fault.what for fault in faults]


def test_a_line_that_says_it_is_not_recorded_and_is_recorded_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path, institution=second(", recorded = false"), short=SHORT)
    (fault,) = check_institution(folder, OUTCOMES)
    assert (fault.file, fault.field) == ("institution.toml", f"numbers.{NUMBER}.recorded")
    assert "front/notice" in fault.what
