"""A CRM is chosen by the name of its file."""

import sys
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge import connectors
from crm_bridge.connectors import NoSuchCrm, builtin, chosen, names


async def test_the_built_in_crm_is_chosen_by_its_name(engine: AsyncEngine) -> None:
    async with chosen("builtin", {})(engine, b"secret") as crm:
        assert crm.name == "builtin"
        assert await crm.citizen("nobody") is None


def test_an_unknown_crm_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(NoSuchCrm, match=r"no crm_bridge/connectors/bultin\.py; did you mean builtin"):
        chosen("bultin", {})


def test_a_name_that_is_a_path_or_a_part_of_us_is_no_crm() -> None:
    for name in ("", "..", "../bridge", "os", "__init__", "builtin.Builtin"):
        with pytest.raises(NoSuchCrm, match="there is no"):
            chosen(name, {})


def test_an_option_the_connector_does_not_know_is_named_without_its_value() -> None:
    with pytest.raises(NoSuchCrm, match="builtin knows no token; it takes: none") as refused:
        chosen("builtin", {"token": "very secret"})
    assert "very secret" not in str(refused.value)


async def test_a_new_file_in_the_folder_is_a_new_crm(
    engine: AsyncEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = names()
    (tmp_path / "their_crm.py").write_text(
        "from crm_bridge.connectors.builtin import connect as connect\nOPTIONS = {'url'}\n"
    )
    monkeypatch.setattr(connectors, "__path__", [*connectors.__path__, str(tmp_path)])
    monkeypatch.delitem(sys.modules, "crm_bridge.connectors.their_crm", raising=False)
    assert set(names()) == {*before, "their_crm"}
    with pytest.raises(NoSuchCrm, match="their_crm also needs url"):
        chosen("their_crm", {})
    async with chosen("their_crm", {"url": "https://crm.example"})(engine, b"secret") as crm:
        assert crm.name == "builtin"


def test_a_file_that_lacks_something_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(builtin, "OPTIONS")
    with pytest.raises(NoSuchCrm, match=r"builtin\.py lacks OPTIONS"):
        chosen("builtin", {})
    assert isinstance(builtin, ModuleType)
