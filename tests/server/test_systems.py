"""Which implementation stands behind a corporate system: one file and one setting, wrong ones named."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import create_async_engine

import corporate.adapters.pensions
from corporate import CorporateDown
from corporate.adapters.seeding import seed
from corporate.adapters.tables import metadata
from server.runtime.trouble import RuntimeTrouble
from server.settings import Settings
from server.systems import Systems, open_corporate

OTHER = '''
"""The pensions of another institution."""


class Other:
    """Answers a question and has no others."""

    def __init__(self, around):
        self._ends = around.options["ends"]

    async def account_last4(self, person):
        """Give what the operator set."""
        return self._ends

    async def benefits(self, person):
        """Lie."""
        return "much"

    async def certificate(self, person, kind, delivery, key):
        """Fail."""
        raise OSError

    async def change_account(self, person, iban, key):
        """Fail."""
        raise OSError


def open_system(around):
    """Open it."""
    return Other(around)
'''


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that counts as corporate/adapters/pensions/ too."""
    here = [*corporate.adapters.pensions.__path__, str(tmp_path)]
    monkeypatch.setattr(corporate.adapters.pensions, "__path__", here)
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("corporate.adapters.pensions.other")]:
        del sys.modules[name]


def nothing_heard(_: object) -> None: ...


async def test_another_implementation_is_one_file_and_one_setting(
    beside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (beside / "other.py").write_text(OTHER)
    monkeypatch.setenv("VENTANILLA_CORPORATE__PENSIONS", "other")
    monkeypatch.setenv("VENTANILLA_CORPORATE__OPTIONS", '{"pensions": {"ends": "4711"}}')
    engine = create_async_engine("sqlite+aiosqlite://")
    systems = open_corporate(Settings().corporate, engine, nothing_heard, time.time)
    assert await systems.pensions.account_last4("anybody") == "4711"
    with pytest.raises(CorporateDown):
        await systems.pensions.benefits("anybody")
    await engine.dispose()


def test_an_implementation_that_is_not_there_is_refused_and_those_that_are_there_are_named() -> None:
    with pytest.raises(
        ValidationError, match=r"no corporate/adapters/pensions/sap\.py; there are: reference"
    ):
        Systems.model_validate({"pensions": "sap"})


@pytest.mark.parametrize("name", ["../reference", "reference.py", "", "os"])
def test_an_implementation_is_a_files_name_and_nothing_else(name: str) -> None:
    with pytest.raises(ValidationError):
        Systems.model_validate({"content": name})


@pytest.mark.parametrize(
    ("text", "wrong"),
    [("", "no open_system"), ("def open_system(around): return 5", "does not answer .*account_last4")],
)
def test_a_file_that_does_not_implement_its_system_stops_the_start_with_a_sentence(
    beside: Path, text: str, wrong: str
) -> None:
    (beside / "other.py").write_text(text)
    with pytest.raises(RuntimeTrouble, match=wrong):
        open_corporate(
            Systems(pensions="other"), create_async_engine("sqlite+aiosqlite://"), nothing_heard, time.time
        )


async def test_unset_every_system_is_our_own() -> None:
    engine = create_async_engine("sqlite+aiosqlite://")
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    await seed(engine, time.time())
    assert await open_corporate(Settings().corporate, engine, nothing_heard, time.time).content.form(
        "retirement"
    )
    await engine.dispose()
