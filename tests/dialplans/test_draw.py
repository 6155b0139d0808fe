"""A flow's picture: every step once, every way out named, nothing over anything else."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from dialplans.draw import BOX, draw
from dialplans.institution import Institution
from dialplans.ways import targets
from tests.dialplans.institutions import inss
from tests.dialplans.rich import rich

SVG = "{http://www.w3.org/2000/svg}"
INSS = inss()
PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures" / "flows"
FLOWS = [(INSS, flow) for flow in INSS.flows] + [(rich(), flow) for flow in rich().flows]


def drawn(institution: Institution, flow: str) -> ET.Element:
    return ET.fromstring(draw(institution, flow, "es"))  # noqa: S314 - we wrote it ourselves


@pytest.mark.parametrize("flow", INSS.flows)
def test_the_pictures_of_the_documentation_are_of_the_flows_as_they_stand(flow: str) -> None:
    kept = PICTURES / f"{flow}.svg"
    remedy = "run: .venv/bin/ventanilla flows draw"
    assert kept.read_text(encoding="utf-8") == draw(INSS, flow, INSS.languages[0]), remedy


def test_there_is_no_picture_of_a_flow_that_is_gone() -> None:
    assert {file.stem for file in PICTURES.glob("*.svg")} == set(INSS.flows)


@pytest.mark.parametrize(("institution", "flow"), FLOWS)
def test_every_step_and_every_way_out_is_in_the_picture(institution: Institution, flow: str) -> None:
    words = [text.text or "" for text in drawn(institution, flow).iter(f"{SVG}text")]
    for name, step in institution.flows[flow].steps.items():
        assert name in words
        for target in targets(step).values():
            assert target in words or f"↪ {target}" in words


@pytest.mark.parametrize(("institution", "flow"), FLOWS)
def test_no_box_lies_over_another_and_all_lie_on_the_page(institution: Institution, flow: str) -> None:
    picture = drawn(institution, flow)
    boxes = [
        (float(rect.get("x", "0")), float(rect.get("y", "0")), float(rect.get("height", "0")))
        for rect in picture.iter(f"{SVG}rect")
        if rect.get("width") == str(BOX)
    ]
    assert len(boxes) >= len(institution.flows[flow].steps)
    for number, (x, y, high) in enumerate(boxes):
        assert x + BOX < float(picture.get("width", "0"))
        assert y + high < float(picture.get("height", "0"))
        for x2, y2, high2 in boxes[number + 1 :]:
            assert x + BOX <= x2 or x2 + BOX <= x or y + high <= y2 or y2 + high2 <= y


def test_what_is_said_cannot_break_the_picture() -> None:
    picture = draw(rich(), "front", "es")
    assert re.search(r"<text[^>]*>es greeting</text>", picture)
    assert "<script" not in picture
