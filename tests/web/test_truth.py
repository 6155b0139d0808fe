"""Texts, forms, documents and bundles say the same thing."""

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from dialplans.grammar import GRAMMARS
from queues.adapters.steering import SPYING
from queues.agents import FORCED, NO_ANSWER, PAUSE_REASONS
from server.supervision import FORCIBLE
from tests.web.conftest import AXE_FOLDER
from web.app import STATIC
from web.forms import ForceAgent, Outcome, PauseReason, SpyOn

REPOSITORY = STATIC.parents[1]
TEXTS = {
    language: json.loads((STATIC / "texts" / f"{language}.json").read_text(encoding="utf-8"))
    for language in GRAMMARS
}
SCRIPTS = [file for file in STATIC.rglob("*.js") if "vendor" not in file.parts]
EVENTS = (REPOSITORY / "docs" / "events.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", TEXTS)
def test_every_text_exists_in_every_language_with_the_same_gaps(language: str) -> None:
    assert TEXTS["es"].keys() == TEXTS[language].keys()
    for key, spanish in TEXTS["es"].items():
        assert set(re.findall(r"\{\w+\}", spanish)) == set(re.findall(r"\{\w+\}", TEXTS[language][key])), key


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda file: file.relative_to(STATIC).as_posix())
def test_every_text_a_script_asks_for_exists(script: Path) -> None:
    asked = re.findall(r"\bt\('([a-z_.]+)'", script.read_text(encoding="utf-8"))
    assert [key for key in asked if key not in TEXTS["es"]] == []


@pytest.mark.parametrize(
    ("prefix", "words"),
    [
        ("pause", (*get_args(PauseReason), FORCED, NO_ANSWER)),
        ("outcome", get_args(Outcome)),
        (
            "state",
            (
                "signed_out",
                "ready",
                "reserved",
                "ringing",
                "awaiting",
                "talking",
                "wrap_up",
                "paused",
                "unreachable",
            ),
        ),
        ("case", ("received", "in_progress", "documents_missing", "granted", "refused")),
        ("next", ("wait", "send_documents", "payment", "appeal")),
        ("card.crm", ("slow", "down")),
        ("card.level", ("0", "1", "2", "3")),
        ("legs.watched", (*SPYING, "take_over")),
    ],
)
def test_every_word_of_the_trade_has_its_text(prefix: str, words: tuple[str, ...]) -> None:
    assert [word for word in words if f"{prefix}.{word}" not in TEXTS["es"]] == []


def test_the_desk_offers_the_reasons_that_the_floor_takes() -> None:
    assert set(get_args(PauseReason)) == PAUSE_REASONS


@pytest.mark.parametrize("words", [get_args(PauseReason), get_args(Outcome)])
def test_the_document_lists_what_the_forms_take(words: tuple[str, ...]) -> None:
    assert ", ".join(words) in EVENTS


def test_pages_hold_no_script_and_no_style_of_their_own() -> None:
    for page in STATIC.glob("*.html"):
        html = page.read_text(encoding="utf-8")
        assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=", html) == []
        assert "http:" not in html
        assert "https:" not in html


def test_the_bundles_are_of_the_versions_that_are_pinned() -> None:
    package = json.loads((REPOSITORY / "web" / "vendor" / "package.json").read_text(encoding="utf-8"))
    notices = (STATIC / "vendor" / "NOTICES.txt").read_text(encoding="utf-8")
    for name, version in package["dependencies"].items():
        assert f"{name} {version} (" in notices
    axe = package["devDependencies"]["axe-core"]
    assert f"axe v{axe}" in (AXE_FOLDER / "axe.min.js").read_text(encoding="utf-8")[:200]


def test_the_lockfile_names_no_registry() -> None:
    lock = (REPOSITORY / "web" / "vendor" / "package-lock.json").read_text(encoding="utf-8")
    assert "resolved" not in lock


def test_what_a_supervisor_may_ask_for_is_what_can_be_done() -> None:
    assert set(get_args(SpyOn.model_fields["how"].annotation)) == {*SPYING, "stop"}
    assert set(get_args(ForceAgent.model_fields["to"].annotation)) == set(FORCIBLE)
