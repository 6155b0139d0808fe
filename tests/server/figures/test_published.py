"""What docs/figures.md publishes is what is computed, and the command says it."""

import csv
import io
import json
import re
import sqlite3
from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner, Result

from dialplans.institution import Figures
from queues.thresholds import Thresholds
from server.database import migrate
from server.figures import differences, spans
from server.figures.agreed import thresholds_of
from server.figures.counts import Counts
from server.figures.kpis import KPIS
from server.figures.records import ServiceUse
from server.figures.sheet import Sheet, services, sheet, write
from server.figures_cli import cli
from server.metrics import Metrics
from server.runtime.trouble import RuntimeTrouble
from server.topics import written
from tests.dialplans.institutions import inss
from tests.server.figures.stories import Day

PAGE = (Path(__file__).parents[3] / "docs/figures.md").read_text("utf-8")
MADRID, DAY = ZoneInfo("Europe/Madrid"), date(2026, 11, 20)


def rows(heading: str) -> list[tuple[str, ...]]:
    """Give the rows of the first table below a heading of the page, without its head."""
    below = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in below.splitlines() if line.startswith("| ")]
    return [tuple(cell.strip() for cell in line.strip("|").split(" | ")) for line in lines[1:]]


def test_every_figure_is_published_with_its_unit_and_its_formula() -> None:
    published = [row[:3] for row in rows("The figures")]
    assert published == [(f"`{kpi.name}`", kpi.unit, kpi.formula) for kpi in KPIS]


def test_every_difference_that_can_be_named_is_published() -> None:
    words = {value for name, value in vars(differences).items() if name.isupper()}
    published = {name.strip("`") for row in rows("Beside Asterisk's records") for name in row[0].split(", ")}
    assert published == words
    assert len(words) > 6


def test_every_metric_is_published() -> None:
    source = Path(str(Metrics.__init__.__code__.co_filename)).read_text("utf-8")
    page = ", ".join(row[0] for row in rows("Prometheus"))
    names = re.findall(r'(?:counter|_gauge|_family)\(\s*"(\w+)"', source)
    names += [name.removeprefix("ventanilla_") for name in re.findall(r'"(ventanilla_\w+_seconds)"', source)]
    assert len(names) > 12
    for name in names:
        assert f"`ventanilla_{name}" in page, name


def test_the_institution_sets_what_the_figures_turn_on() -> None:
    wanted = Figures(service_level_s=20, short_abandon_s=3, target=0.8)
    assert thresholds_of(replace(inss(), figures=wanted)) == Thresholds(20, 3, 0.8)
    assert thresholds_of(inss()) == Thresholds(180, 5, 0.95)


def test_an_empty_day_has_no_perfect_score() -> None:
    (row,) = sheet((), {(): Counts()}).rows
    told = dict(zip((kpi.name for kpi in KPIS), row, strict=True))
    assert {name for name, value in told.items() if value is None} == {
        "service_level", "service_level_of_answered", "asa_s", "talk_s", "hold_s", "wrap_up_s", "aht_s", "occupancy",
        "repeat_share",
    }  # fmt: skip


def test_a_sheet_is_csv_that_no_spreadsheet_takes_for_a_formula() -> None:
    file = io.StringIO()
    write(Sheet(("subject", "share"), (("=1+1", 0.5), ("-", None))), file)
    assert [*csv.reader(io.StringIO(file.getvalue()))] == [
        ["subject", "share"],
        ["'=1+1", "0.5000"],
        ["'-", ""],
    ]
    made = services(Counts().services + type(Counts().services)({ServiceUse("forms", "done"): 2}))
    assert made.rows == (("forms", "done", 2),)


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A runtime folder whose database has the facts of a day."""
    folder = tmp_path_factory.mktemp("figures")
    file = folder / "ventanilla.sqlite3"
    migrate(f"sqlite+aiosqlite:///{file}")
    rows: list[dict[str, object]] = []

    def tell(fact: object) -> None:
        kept = written(fact, lambda number: number[-4:])
        if kept is not None:
            rows.append(kept)

    Day(11, spans.begins(DAY, MADRID) + 36_000, tell).goes_on(1500)
    with sqlite3.connect(file) as database:
        database.executemany(
            "INSERT INTO server_facts (type, call, agent, at, body) VALUES (:type, :call, :agent, :at, :body)",
            rows,
        )
    database.close()
    assert json.loads(str(rows[0]["body"]))
    return folder


def ask(runtime: Path, *words: str) -> Result:
    """Run the command in this process."""
    surroundings = {"VENTANILLA_RUNTIME": str(runtime), "COLUMNS": "200"}
    return CliRunner().invoke(cli, [*words], env=surroundings, terminal_width=200)


def figures(runtime: Path, *words: str) -> str:
    said = ask(runtime, *words)
    assert said.exit_code == 0, said.output
    return said.stdout


def test_the_command_gives_each_line_as_csv_and_they_add_up(runtime: Path) -> None:
    day = ("--day", DAY.isoformat())
    (total,) = csv.DictReader(io.StringIO(figures(runtime, *day, "--csv", "-")))
    lines = [*csv.DictReader(io.StringIO(figures(runtime, *day, "--by", "subject,level", "--csv", "-")))]
    assert int(total["offered"]) > 100
    for name in ("calls", "offered", "answered", "abandoned", "turned_away", "waiting", "rang_out"):
        assert int(total[name]) == sum(int(line[name]) for line in lines), name
    ended = ("answered", "abandoned", "turned_away", "called_back", "waiting")
    assert int(total["offered"]) == sum(int(total[name]) for name in ended)
    assert int(total["repeated"]) > 0


def test_the_command_shows_formulas_tables_services_and_the_days_of_a_week(runtime: Path) -> None:
    assert "within / (answered + abandoned - abandoned_short)" in figures(runtime, "--day", DAY.isoformat())
    week = ("--from", "2026-11-16", "--to", "2026-11-22")
    assert DAY.isoformat() in figures(runtime, *week, "--by", "day")
    assert "forms" in figures(runtime, *week, "--by", "service")
    assert "2026-11-20T10:00+01:00" in figures(runtime, *week, "--by", "quarter")


def test_what_cannot_be_meant_is_refused_in_a_sentence(runtime: Path, tmp_path: Path) -> None:
    for words, told in (
        (("--day", "20/11/2026"), "is no day"),
        (("--by", "colour"), "figures are told apart by"),
        (("--day", "today", "--from", "2026-01-01"), "give --day, or --from and --to"),
        (("--from", "2026-02-01", "--to", "2026-01-01"), "--to is before --from"),
        (("--by", "service,day"), "stands alone"),
    ):
        said = ask(runtime, *words)
        assert said.exit_code == 2
        assert told in " ".join(said.output.replace("│", " ").split())
    none = ask(tmp_path)
    assert isinstance(none.exception, RuntimeTrouble)
    assert "There is no database yet" in str(none.exception)


@pytest.mark.parametrize("words", [(), ("queue-log",), ("reconcile",)])
def test_a_database_without_tables_is_told_with_the_remedy(words: tuple[str, ...], tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "ventanilla.sqlite3") as empty:
        empty.execute("PRAGMA user_version = 1")
    empty.close()
    said = ask(tmp_path, *words)
    assert isinstance(said.exception, RuntimeTrouble)
    assert str(said.exception) == (
        "The database has no tables yet: `make run` makes them, or run `ventanilla db upgrade`."
    )
