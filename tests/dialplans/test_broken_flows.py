"""Flows edited wrongly, as people do it, and three settings around them: each fault names file, step and remedy."""

from pathlib import Path

import pytest

from dialplans.check import check_institution, load_institution
from dialplans.faults import FlowError
from tests.dialplans.rich import FRONT, INSTITUTION, OPINION, OUTCOMES, THANKS, write

FRONT_FILE, OPINION_FILE = "flows/front.toml", "flows/opinion.toml"


def mended(text: str, was: str, becomes: str) -> str:
    assert text.count(was) >= 1, was
    return text.replace(was, becomes, 1)


BROKEN = {
    "a target that is misspelt": (
        {"front": mended(FRONT, '3 = "opinion"', '3 = "opinoin"')},
        (FRONT_FILE, "main", "keys.3", "there is no step opinoin", "Name a step of this file"),
    ),
    "a step nobody is led to any more": (
        {"front": mended(FRONT, '7 = "night"', '7 = "main"')},
        (FRONT_FILE, "night", "", "no call ever comes to this step", "Lead a key or a next to it"),
    ),
    "an outcome nobody answers": (
        {"front": mended(FRONT, 'outcomes = { sunny = "excuse" }\n', "")},
        (FRONT_FILE, "weather", "outcomes.sunny", "this outcome is not answered", "Give it a target here"),
    ),
    "an outcome of every proof that the flow's table forgets": (
        {"front": mended(FRONT, 'protected = "team"\n', "")},
        (FRONT_FILE, "weather", "outcomes.protected", "this outcome is not answered", "Give it a target here"),
    ),
    "a menu without a person behind 0": (
        {"front": mended(FRONT, 'person = "agent"', 'person = "closed"')},
        (FRONT_FILE, "", "person", "no person is found there", "Name a step of kind person"),
    ),
    "a ring that only speaks": (
        {"front": mended(FRONT, 'say = ["excuse"]\nnext = "main"', 'say = ["excuse"]\nnext = "strike"')},
        (FRONT_FILE, "excuse", "", "this goes round without ever asking the caller", "Put a menu into the ring"),
    ),
    "a service that is down and leads back to itself": (
        {"front": mended(FRONT, 'down = "main"', 'down = "weather"')},
        (FRONT_FILE, "weather", "", "this goes round without ever asking the caller", "Put a menu into the ring"),
    ),
    "a person who is not there and leads back to nobody": (
        {"front": mended(FRONT, 'closed = "main"\ncallback', 'closed = "agent"\ncallback')},
        (FRONT_FILE, "agent", "", "this goes round without ever asking the caller", "Put a menu into the ring"),
    ),
    "a prompt without a text": (
        {"opinion": mended(OPINION, 'say = ["menu.why"]', 'say = ["menu.why_so"]')},
        (OPINION_FILE, "why", "say", "the prompt menu.why_so has no text in es", "Write its text into languages/"),
    ),
    "a sub-flow that never returns": (
        {"thanks": mended(THANKS, 'kind = "return"', 'kind = "hangup"\nsay = ["goodbye"]')},
        (OPINION_FILE, "deeper", "call", "this sub-flow never returns", "Lead some way through it"),
    ),
    "a sub-flow that calls itself": (
        {"thanks": mended(THANKS, 'next = "end"', 'next = "more"')
         + '[steps.more]\nkind = "call"\ncall = "say"\nnext = "end"\n'},
        ("flows/thanks.toml", "more", "call", "this sub-flow calls itself", "Lead back with a step of kind return"),
    ),
    "a return where nobody was called": (
        {"front": mended(FRONT, '7 = "night"', '7 = "night", 8 = "opinion/back"')},
        (OPINION_FILE, "back", "", "a call comes here that no sub-flow was called for", "Reach it by a step"),
    ),
    "a menu that gives the language's key away": (
        {"front": mended(FRONT, '7 = "night"', '9 = "night"')},
        (FRONT_FILE, "main", "keys.9", "this key changes the language", "Give the option another key"),
    ),
    "menus in which the language cannot be changed": (
        {"opinion": mended(OPINION, 'language = "front/language"\n', "")},
        (OPINION_FILE, "", "language", "callers cannot change the language here", "Name the step that key 9 leads to"),
    ),
    "an emergency that leads into the menus": (
        {"front": mended(FRONT, 'emergency = "shut"', 'emergency = "closed"')},
        (FRONT_FILE, "", "emergency", "this does not lead straight to an end", "Name a step of kind hangup"),
    ),
    "a calendar, a switch, a level, a language and a campaign that nobody has": (
        {"front": mended(FRONT, 'calendar = "night"', 'calendar = "noon"')},
        (FRONT_FILE, "night", "calendar", "there is no calendar noon", "Name one of: desk, night"),
    ),
    "a person who is talked to without end": (
        {"front": mended(FRONT, 'callback = "callback"\nnext = "bye"', 'callback = "callback"\nnext = "agent"')},
        (FRONT_FILE, "agent", "", "this goes round without ever asking the caller", "Put a menu into the ring"),
    ),
    "two people who hand a caller to and fro": (
        {"front": mended(mended(FRONT, 'next = "bye"\n\n[steps.agent]', 'next = "agent"\n\n[steps.agent]'),
                         'callback = "callback"\nnext = "bye"', 'callback = "callback"\nnext = "night_agent"')},
        (FRONT_FILE, "agent", "", "this goes round without ever asking the caller", "Put a menu into the ring"),
    ),
    "a service that is barred and leads back to itself": (
        {"front": mended(FRONT, 'blocked = "main"', 'blocked = "weather"')},
        (FRONT_FILE, "weather", "", "this goes round without ever asking the caller", "Put a menu into the ring"),
    ),
    "a question that gives up to itself": (
        {"front": mended(FRONT, 'gave_up = "no_day"', 'gave_up = "day"')},
        (FRONT_FILE, "day", "gave_up", "who cannot answer is asked the same again without end", "Lead it to a person"),
    ),
    "a service that gives up to itself, in words": (
        {"front": mended(FRONT, 'outcomes = { sunny = "excuse" }', 'outcomes = { sunny = "main", gave_up = "again" }')
         + '[steps.again]\nkind = "say"\nsay = ["thanks"]\nnext = "weather"\n'},
        (FRONT_FILE, "weather", "outcomes.gave_up", "who cannot answer is asked the same again without", "Lead it to"),
    ),
    "a protected person led to a menu": (
        {"front": mended(FRONT, 'protected = "team"', 'protected = "main"')},
        (FRONT_FILE, "", "outcomes.protected", "a protected person would come elsewhere than to the team", "Lead it"),
    ),
    "a protected person led to anybody's first level": (
        {"front": mended(FRONT, "level = 2\n", "level = 1\n")},
        (FRONT_FILE, "", "outcomes.protected", "a protected person would come elsewhere than to the team", "Lead it"),
    ),
    "a protected person asked for under another subject": (
        {"front": mended(FRONT, "level = 2\n", 'level = 2\nsubject = "general"\n')},
        (FRONT_FILE, "", "outcomes.protected", "a protected person would come elsewhere than to the team", "Lead it"),
    ),
    "a protected person whose subject the words before change": (
        {"front": mended(FRONT, 'outcomes = { sunny = "excuse" }',
                         'outcomes = { sunny = "excuse", protected = "kindly" }')
         + '[steps.kindly]\nkind = "say"\nsubject = "night"\nsay = ["thanks"]\nnext = "team"\n'},
        (FRONT_FILE, "weather", "outcomes.protected", "a protected person would come elsewhere than to the", "Lead it"),
    ),
    "the first level asked for protected persons": (
        {"front": mended(FRONT, 'subject = "night"\nclosed', 'subject = "protected"\nclosed')},
        (FRONT_FILE, "night_agent", "level", "anybody of the first level would be asked", "Write level = 2"),
    ),
    "nought in a service that leads to a menu": (
        {"front": mended(FRONT, 'back = "main"\nperson = "agent"', 'back = "main"\nperson = "main"')},
        (FRONT_FILE, "", "outcomes.person", "who asks for a person here is led to none", "Lead it to a step of kind"),
    ),
    "a line that cannot be closed at once": (
        {"front": mended(FRONT, 'emergency = "shut"\n', "") .replace('3 = "opinion"', '3 = "shut"')},
        (FRONT_FILE, "", "emergency", "this line cannot be closed in an emergency", "Name the step that says so"),
    ),
    "a line without a step that records": (
        {"front": mended(FRONT, 'kind = "record"\nnotice = "notice"', 'kind = "say"\nsay = ["notice"]')},
        (FRONT_FILE, "", "steps", "calls of this line are not recorded", "Lead its calls to a step of kind record"),
    ),
    "a line whose notice is passed by": (
        {"front": mended(FRONT, 'keys = { 1 = "es", 2 = "ca" }\nnext = "notice"',
                         'keys = { 1 = "es", 2 = "ca" }\nnext = "hours"')
         .replace('7 = "night"', '7 = "night", 8 = "notice"')},
        (FRONT_FILE, "", "start", "calls come to front/night_agent before their recording has begun", "Lead them"),
    ),
    "a date of six digits": (
        {"front": mended(FRONT, "least = 8\nmost = 8", "least = 1\nmost = 6")},
        (FRONT_FILE, "day", "most", "nobody can answer this: a date has 8 digits, and 6 are taken", "Write most = 8"),
    ),
    "a postcode of six digits": (
        {"front": mended(FRONT, "least = 5\nmost = 5", "least = 6\nmost = 6")},
        (FRONT_FILE, "file", "least", "nobody can answer this: a postcode has 5 digits, fewer than 6", "Write least"),
    ),
    "a campaign that never comes here": (
        {"front": mended(FRONT, 'on = "switch"\nname = "strike"\nways = { on = "excuse" }',
                         'on = "campaign"\nways = { free = "excuse" }')},
        (FRONT_FILE, "strike", "ways.free", "no call of the campaign free comes here", "Take this way out"),
    ),
    "a language that was told apart already": (
        {"front": mended(FRONT, 'ways = { ca = "excuse" }', 'ways = { ca = "sooner" }')
         + '[steps.sooner]\nkind = "branch"\non = "language"\nways = { es = "excuse" }\notherwise = "main"\n'},
        (FRONT_FILE, "sooner", "ways.es", "nobody who speaks es comes here", "Take this way out"),
    ),
    "a level asked for before anybody can be proven": (
        {"front": mended(FRONT, 'say = ["greeting"]\nnext = "language"', 'say = ["greeting"]\nnext = "early"')
         + '[steps.early]\nkind = "branch"\non = "level"\nways = { 1 = "notice" }\notherwise = "language"\n'},
        (FRONT_FILE, "early", "ways.1", "nobody who comes here can have been proven yet", "Take this way out"),
    ),
    "digits that are fewer than none": (
        {"front": mended(FRONT, "least = 8", "least = 9")},
        (FRONT_FILE, "day", "", "least is more than most", "Correct the value"),
    ),
    "a rule that does not exist": (
        {"front": mended(FRONT, 'rule = "date"', 'rule = "moon"')},
        (FRONT_FILE, "day", "rule", "'moon' is nothing that can stand here", "Write"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_flow_is_refused_and_its_fault_names_file_step_and_remedy(tmp_path: Path, case: str) -> None:
    flows, (file, step, field, what, remedy) = BROKEN[case]
    folder = write(tmp_path, **flows)
    found = [one for one in check_institution(folder, OUTCOMES) if what in one.what and one.step == step]
    assert [(one.file, one.field) for one in found] == [(file, field)]
    assert found[0].remedy.startswith(remedy)
    with pytest.raises(FlowError, match=file):
        load_institution(folder, OUTCOMES)


def test_the_same_flows_unbroken_are_served(tmp_path: Path) -> None:
    assert check_institution(write(tmp_path), OUTCOMES) == []


@pytest.mark.parametrize(
    ("was", "becomes", "field", "what"),
    [
        ('name = "strike"', 'name = "sleep"', "name", "there is no switch sleep"),
        ("ways = { 1 = ", "ways = { 4 = ", "ways.4", "there is no level 4"),
        ("ways = { ca = ", "ways = { fr = ", "ways.fr", "there is no language fr"),
        ("ways = { paid = ", "ways = { dear = ", "ways.dear", "there is no campaign dear"),
        ("ways = { known = ", "ways = { rich = ", "ways.rich", "there is no way rich"),
        ("ways = { on = ", "ways = { up = ", "ways.up", "there is no way up"),
    ],
)
def test_a_branch_names_only_what_there_is(
    tmp_path: Path, was: str, becomes: str, field: str, what: str
) -> None:
    found = check_institution(write(tmp_path, front=mended(FRONT, was, becomes)), OUTCOMES)
    assert (field, what) in [(one.field, one.what) for one in found]


def test_an_announcement_is_checked_like_a_flow(tmp_path: Path) -> None:
    faults = check_institution(
        write(tmp_path, announcements='[[announcement]]\nsay = "no.such"\nfrom = 2026-01-01T00:00:00\n'
              'until = 2026-02-01T00:00:00\nflows = ["back"]\n'), OUTCOMES,
    )  # fmt: skip
    assert {(one.file, one.field) for one in faults} == {
        ("announcements.toml", "flows.back"), ("announcements.toml", "say"),
    }  # fmt: skip
    over = '[[announcement]]\nsay = "thanks"\nfrom = 2026-02-01T00:00:00\nuntil = 2026-01-01T00:00:00\n'
    (fault,) = check_institution(write(tmp_path, announcements=over), OUTCOMES)
    assert (fault.file, fault.what) == ("announcements.toml", "it is over before it begins")


SETTINGS = {
    "protected persons who have no subject": (
        "protected = {}\n", "", "subjects.protected", "there is no subject protected",
    ),
    "a switch that nobody can turn": (
        "emergency = false\n", "", "switches.emergency", "nobody can close the centre in an emergency",
    ),
    "hours at which nobody ever works": (
        'friday = ["18:00-24:00"]\nsaturday = ["00:00-06:00"]\n', "", "hours.night", "it is never open",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SETTINGS)
def test_what_the_flows_need_of_the_settings_is_missed(tmp_path: Path, case: str) -> None:
    was, becomes, field, what = SETTINGS[case]
    folder = write(tmp_path, institution=mended(INSTITUTION, was, becomes))
    (fault,) = check_institution(folder, OUTCOMES)
    assert (fault.file, fault.field) == ("institution.toml", field)
    assert what in fault.what
    assert fault.remedy


def test_a_line_may_say_that_it_records_nothing(tmp_path: Path) -> None:
    spoken = mended(FRONT, 'kind = "record"\nnotice = "notice"', 'kind = "say"\nsay = ["notice"]')
    unrecorded = INSTITUTION.replace(" }\n901", ", recorded = false }\n901").replace(
        '"paid" }', '"paid", recorded = false }'
    )
    assert check_institution(write(tmp_path, front=spoken, institution=unrecorded), OUTCOMES) == []


def test_who_finds_nobody_may_be_led_from_a_service_back_to_the_menu(tmp_path: Path) -> None:
    """The call that is offered where nobody works: 0 in it cannot lead to a person."""
    offered = mended(FRONT, 'closed = "main"\ncallback', 'closed = "instead"\ncallback') + INSTEAD
    assert check_institution(write(tmp_path, front=offered), OUTCOMES) == []
    asked = mended(offered, '7 = "night"', '7 = "night", 8 = "instead"')
    (fault,) = check_institution(write(tmp_path, front=asked), OUTCOMES)
    assert (fault.step, fault.field) == ("instead", "outcomes.person")


INSTEAD = """
[steps.instead]
kind = "service"
service = "weather"
outcomes = { sunny = "main", person = "main", gave_up = "bye" }
"""
