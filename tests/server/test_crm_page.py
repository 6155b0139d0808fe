"""What docs/connect-your-crm.md shows is what the code takes: settings, mapping, webhook, names of facts."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from crm_bridge.adapters.http import LARGEST_ANSWER
from crm_bridge.adapters.mappings import SHIPPED
from crm_bridge.facts import RequestOpened
from crm_bridge.mapping import ASKED, WRITTEN, MappingFault
from crm_bridge.mapping_check import read
from crm_bridge.webhooks import keys_of, verified
from server.crm import broker_of, crm_of, hook_of, pop_of
from server.hooks import message_of, tellable
from server.settings import Settings
from server.topics import written
from web.defence import BODY_BYTES

PAGE = (Path(__file__).parents[2] / "docs" / "connect-your-crm.md").read_text(encoding="utf-8")
TOML: list[str] = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


def _snippet(with_: str) -> str:
    (found,) = (one for one in TOML if with_ in one)
    return found


def _settings(text: str, tmp_path: Path) -> Settings:
    """The snippet with secrets in place of its dots."""
    whole = text.replace("whsec_…", "whsec_" + "A" * 43 + "=").replace("…", "a secret")
    return Settings(runtime=tmp_path, **tomllib.loads(whole))


@pytest.mark.parametrize("text", TOML, ids=range(len(TOML)))
def test_every_snippet_is_toml(text: str) -> None:
    assert tomllib.loads(text)


def test_all_settings_at_once_are_settings_and_each_of_them_is_taken(tmp_path: Path) -> None:
    ours = _settings(_snippet('crm = "http"\npop_url'), tmp_path)
    hook, broker = hook_of(ours), broker_of(ours)
    assert crm_of(ours) is not None
    assert pop_of(ours)
    assert hook is not None
    assert broker is not None
    assert (hook.types, broker.port, broker.user) == (tellable(), 8883, "ventanilla")


def test_the_facts_that_the_page_names_are_told(tmp_path: Path) -> None:
    text = _snippet('webhook_facts = ["')
    hook = hook_of(_settings(text, tmp_path))
    assert hook is not None
    assert hook.types == frozenset(tomllib.loads(text)["webhook_facts"]) < tellable()


def test_the_pages_webhook_is_one_of_ours_and_signed_with_the_secret_that_is_printed() -> None:
    (example,) = re.findall(r"POST /hooks/ventanilla\n(.*?)```", PAGE, re.DOTALL)
    head, _, body = example.strip().partition("\n\n")
    headers = {
        name: value.split("  ")[0] for name, value in re.findall(r"^([\w-]+): (.*)$", head, re.MULTILINE)
    }
    (secret,) = re.findall(r"signed with `(whsec_\S+)`", PAGE)
    assert verified(keys_of(secret), headers, body.encode(), 1_795_345_201.0) == headers["webhook-id"]
    fact = RequestOpened(
        "ventanilla-1795345200.1", "2026-0000077-2", "pension", 1_795_345_200.0, "telephone", "enquiry"
    )
    row = written(fact) or {}
    ours: dict[str, Any] = json.loads(message_of(row["type"], row["at"], row["body"]))
    assert json.loads(body) == ours


def test_the_pages_mapping_lacks_only_what_it_leaves_out_with_dots() -> None:
    text = _snippet('name = "our_crm"')
    with pytest.raises(MappingFault) as lacks:
        read(text)
    assert all("is missing" in line or "add" in line for line in str(lacks.value).splitlines()), lacks.value
    whole = tomllib.loads(text)
    assert set(whole["questions"]) < set(ASKED)


def test_every_field_that_a_mapping_may_say_stands_on_the_page() -> None:
    for field in set().union(*ASKED.values()) - {"telephone"} | WRITTEN:
        named = (f"{{{field}}}", f"`{field}`")
        assert any(name in PAGE for name in named), field


def test_limits_and_names_of_the_page_are_the_codes() -> None:
    assert f"at most {LARGEST_ANSWER:,} bytes" in PAGE
    assert f"at most {BODY_BYTES:,} bytes" in PAGE
    for file in SHIPPED.glob("*.toml"):
        assert f"](../crm_bridge/mappings/{file.name})" in PAGE
