"""Templates and values: what is missing or dangerous is refused by name."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.runtime.credentials import Secrets
from server.runtime.render import fill, media_lines, number_lines, site_values, templates
from server.runtime.site import OUTSIDE, AgentLine, Site
from server.runtime.trouble import RuntimeTrouble

FOLDERS = {name: Path("/x") / name for name in ("ETC", "HOME", "LOGS", "RUN", "MODULES", "MUSIC")}
KEYS = Secrets("a1", "b2", "c3", "d4", "e5", {"ana": "f6", "luis": "07"})
AGENTS = (AgentLine("ana"), AgentLine("luis", browser=False, contact="sip:luis@10.0.0.7:5060"))
SITE = Site(numbers=("901166565", "900202222"), agents=AGENTS)


def rendered(site: Site = SITE) -> dict[str, str]:
    values = site_values(site, KEYS, FOLDERS)
    return {name: fill(name, text, values) for name, text in templates().items()}


def test_no_placeholder_is_left_in_any_file() -> None:
    left = {name: re.findall(r"^[^;\n]*@[A-Z_]+@", text, re.MULTILINE) for name, text in rendered().items()}
    assert not [name for name, found in left.items() if found]


def test_every_value_is_asked_for_by_some_file() -> None:
    asked = set(re.findall(r"@([A-Z_]+)@", "".join(templates().values())))
    assert set(site_values(SITE, KEYS, FOLDERS)) <= asked


def test_a_value_that_nobody_sets_is_named() -> None:
    with pytest.raises(RuntimeTrouble, match=r"asterisk-conf/x\.conf asks for @NOBODY@"):
        fill("x.conf", "a = @NOBODY@", {})


def test_no_pattern_stands_in_the_dialplan() -> None:
    extensions = re.findall(r"^exten => ([^,]+),", rendered()["extensions.conf"], re.MULTILINE)
    assert sorted(set(extensions)) == ["900202222", "901166565", "h", "s"]


def test_a_number_is_also_known_as_it_is_dialled_from_abroad() -> None:
    text = rendered(replace(SITE, numbers=("901166565", "112"), country="ES"))["extensions.conf"]
    listed = re.findall(r"^exten => ([^s,]+),1,Set\(__VT_NUMBER=(\d+)\)", text, re.MULTILINE)
    forms = ("+34901166565", "0034901166565", "34901166565", "901166565")
    assert sorted(listed) == sorted([("112", "112"), *((form, "901166565") for form in forms)])


def test_a_number_of_ours_is_never_taken_for_a_form_of_another() -> None:
    text = number_lines(("901166565", "34901166565"), "ES")
    assert "exten => 34901166565,1,Set(__VT_NUMBER=34901166565)" in text
    assert text.count("exten => 34901166565,") == 1


def test_only_citizens_reach_the_numbers_and_nobody_reaches_a_dial() -> None:
    text = rendered()["extensions.conf"]
    assert re.findall(r"\[(from-\w+)\]\ninclude => numbers", text) == ["from-trunk", "from-browser"]
    assert "Dial(" not in text


def test_an_agents_telephone_is_a_page_or_a_sip_telephone() -> None:
    text = rendered()["pjsip.conf"]
    assert "[agent-ana](agent-browser)" in text
    assert "[agent-luis](agent-telephone)" in text
    assert "contact = sip:luis@10.0.0.7:5060" in text


def test_a_number_outside_is_nobody_who_calls_and_stands_in_no_file() -> None:
    line = AgentLine("ana", browser=False, role=OUTSIDE)
    text = rendered(replace(SITE, agents=(*AGENTS, line)))["pjsip.conf"]
    section = text.partition("[outside-ana]")[2]
    assert section.startswith("(agent-outside)\ncallerid = ana <outside-ana>\n")
    assert "identify_by = ip" in text.partition("[agent-outside](!,agent)")[2].partition("[")[0]
    assert text.count("[outside-ana]") == 1


def test_media_stays_on_the_address_of_sip() -> None:
    assert "media_address = 10.1.2.3" in media_lines("10.1.2.3")
    assert "media_address" not in media_lines("0.0.0.0")


@pytest.mark.parametrize(
    "site",
    [
        Site(numbers=()),
        Site(numbers=("_X.",)),
        Site(numbers=("901\n",)),
        Site(numbers=("901166565",), agents=(AgentLine("ana]\n[evil"),)),
        Site(numbers=("901166565",), agents=(AgentLine("ana", contact="sip:x@y;z\n"),)),
        Site(numbers=("901166565",), sip_address="localhost\nbind=0"),
        Site(numbers=("901166565",), trunk_matches=("carrier.example",)),
    ],
)
def test_a_value_that_breaks_out_of_its_line_is_refused(site: Site) -> None:
    with pytest.raises(RuntimeTrouble):
        site_values(site, KEYS, FOLDERS)


@given(st.text(min_size=1).filter(lambda text: not re.fullmatch(r"\+?[0-9]{3,15}", text)))
def test_only_digits_are_a_number_to_be_called(number: str) -> None:
    with pytest.raises(RuntimeTrouble):
        Site(numbers=(number,)).check()


def test_a_folder_asterisk_cannot_read_is_refused() -> None:
    with pytest.raises(RuntimeTrouble, match="move the folder"):
        site_values(SITE, KEYS, {**FOLDERS, "HOME": Path("/a;b")})
