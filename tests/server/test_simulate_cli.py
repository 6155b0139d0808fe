"""`ventanilla simulate`: a day from a file or from the facts, plans side by side, a picture, faults in sentences."""

import asyncio
import tomllib
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import insert
from typer.testing import CliRunner

from queues.adapters.tables import agents, outcomes
from queues.simulation.day import day_of
from server import database
from server.cli import app
from server.console import settings
from server.simulate_scenes import strangers
from tests.dialplans.institutions import INSS, inss

runner = CliRunner()

DAY = """
name = "A small day"
opens = "09:00"
closes = "10:00"
callers = 60
quarters = [1, 2, 2, 1]
answer_s = 2
rush = "09:15-09:45"
plan = "three"

[languages]
es = 3
eu = 1

[subjects.pension]
share = 1
second_level = 0.3
handling_s = 180
wrap_s = 20
patience_s = 120

[[agents]]
name = "all"
count = 2
shift = "09:00-10:00"
languages = { es = 5, eu = 4 }

[[agents]]
name = "special"
count = 1
shift = "09:00-10:00"
level = 2
languages = { es = 5 }
skills = { pension = 4 }
"""
PLAN = """
name = "five more"

[[agents]]
name = "all"
count = 8
shift = "09:00-10:00"
languages = { es = 5, eu = 4 }

[[agents]]
name = "special"
count = 4
shift = "09:00-10:00"
level = 2
languages = { es = 5 }
skills = { pension = 4 }
"""
MIDNIGHT = 1_795_129_200.0  # 2026-11-20 in Madrid


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VENTANILLA_RUNTIME", str(tmp_path / "runtime"))
    monkeypatch.setenv("VENTANILLA_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path / 'ventanilla.db'}")
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path / "runtime"


@pytest.fixture
def day(tmp_path: Path) -> Path:
    file = tmp_path / "day.toml"
    file.write_text(DAY)
    return file


def row(output: str, begins: str) -> str:
    return next(line for line in output.splitlines() if line.strip("│ ").startswith(begins))


def test_a_day_is_spent_and_drawn(day: Path, runtime: Path) -> None:
    done = runner.invoke(app, ["simulate", str(day)])
    assert done.exit_code == 0, done.output
    assert "callers want a person." in done.output
    assert row(done.output, "people at the desks").split("│")[2].strip() == "3"
    assert "09:30" in done.output
    assert "skill pension" in done.output
    assert ET.parse(runtime / "simulation.svg").getroot().tag.endswith("svg")  # noqa: S314 - our own picture


def test_plans_stand_side_by_side_and_more_people_lose_fewer(day: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN)
    done = runner.invoke(
        app, ["simulate", str(day), "--plan", str(plan), "--picture", str(tmp_path / "day.png")]
    )
    assert done.exit_code == 0, done.output
    _, _, three, more, _ = row(done.output, "gave up").split("│")
    assert float(three.strip(" %")) > float(more.strip(" %"))
    assert (tmp_path / "day.png").read_bytes().startswith(b"\x89PNG")
    assert "no specialist" not in done.output


def test_a_plan_that_can_never_answer_some_is_told_before(day: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN.partition('[[agents]]\nname = "special"')[0])
    done = runner.invoke(app, ["simulate", str(day), "--plan", str(plan)])
    assert done.exit_code == 0, done.output
    assert "five more: no specialist has the skill pension" in done.output


def test_app_queue_stands_beside_with_the_same_callers(day: Path) -> None:
    done = runner.invoke(app, ["simulate", str(day), "--app-queue"])
    assert done.exit_code == 0, done.output
    assert "three: app_queue, rrmemory" in " ".join(done.output.split())
    cells = row(done.output, "rush hour: callers").split("│")[2:-1]
    assert len(cells) == 4
    assert len({cell.strip() for cell in cells}) == 1


def test_the_same_seed_is_the_same_day_and_another_is_not(day: Path) -> None:
    first, again, other = (
        runner.invoke(app, ["simulate", str(day), "--seed", seed]).output for seed in ("3", "3", "4")
    )
    assert first == again
    assert first != other


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (DAY.replace("callers", "calers"), "day.toml: callers: is missing"),
        (DAY.replace('"10:00"', '"10:15"', 1), "day.toml: quarters has 4 numbers; 09:00 to 10:15 needs 5"),
        ("name = ", "day.toml: is not TOML"),
        (DAY.partition("[[agents]]")[0], "day.toml: nobody answers: it has no [[agents]]"),
    ],
)
def test_a_fault_of_the_file_is_told_in_a_sentence(day: Path, text: str, said: str) -> None:
    day.write_text(text)
    done = runner.invoke(app, ["simulate", str(day)])
    assert done.exit_code == 2
    assert said in done.output
    assert "Traceback" not in done.output


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    done = runner.invoke(app, ["simulate", str(tmp_path / "no.toml")])
    assert done.exit_code == 2
    assert "no.toml: there is no such file" in done.output


def test_a_picture_of_an_unknown_kind_is_refused_before_the_day_is_spent(day: Path) -> None:
    done = runner.invoke(app, ["simulate", str(day), "--picture", "day.txt"])
    assert done.exit_code == 2
    assert "a picture's name ends in .svg, .png, .pdf" in " ".join(done.output.replace("│", "").split())


def test_a_recorded_day_is_spent_again() -> None:
    wanted = settings()
    database.migrate(wanted.database)
    asyncio.run(_record(wanted.database))
    done = runner.invoke(app, ["simulate", "--recorded", "2026-11-20"])
    assert done.exit_code == 0, done.output
    assert "Recorded 2026-11-20: 20 callers want a person." in done.output
    assert row(done.output, "people at the desks").split("│")[2].strip() == "1"


def test_a_day_without_calls_cannot_be_spent_again() -> None:
    wanted = settings()
    database.migrate(wanted.database)
    done = runner.invoke(app, ["simulate", "--recorded", "2026-11-21"])
    assert done.exit_code == 2
    assert "Nobody asked for a person on 2026-11-21" in done.output


def test_without_a_database_no_day_is_recorded() -> None:
    done = runner.invoke(app, ["simulate", "--recorded", "2026-11-20"])
    assert done.exit_code == 2
    assert "There is no database yet" in done.output


async def _record(url: str) -> None:
    engine = database.open_engine(url)
    calls = [
        {
            "call": f"call{number}", "subject": "pension", "language": "es", "level": 1,
            "kind": "abandoned" if number % 4 == 3 else "answered", "agent": None if number % 4 == 3 else "zoe",
            "since_at": MIDNIGHT + 36_000 + 200 * number, "ended_at": MIDNIGHT + 36_000 + 200 * number + 150,
            "waited_s": 20.0, "talked_s": None if number % 4 == 3 else 100.0,
            "wrap_s": None if number % 4 == 3 else 30.0,
        }
        for number in range(20)
    ]  # fmt: skip
    async with engine.begin() as connection:
        await connection.execute(
            insert(agents).values(name="zoe", display="Zoe", level=1, languages={"es": 5}, skills={})
        )
        await connection.execute(insert(outcomes), calls)
    await engine.dispose()


def test_the_day_of_the_institutions_own_rules_names_nothing_that_it_does_not_have() -> None:
    institution = inss()
    day = day_of(tomllib.loads((INSS / "days" / "provinces.toml").read_text(encoding="utf-8")), "provinces")
    plan = day.own_plan()
    assert plan is not None
    assert strangers(day, (plan,), institution) == ()
    teams = {group.team for group in plan.agents}
    assert {"provinces", "provider"} <= teams


def test_what_the_institution_does_not_have_is_said_before_the_day_is_spent() -> None:
    day = day_of(tomllib.loads(DAY.replace("subjects.pension]", "subjects.dragons]")), "day")
    plan = day.own_plan()
    assert plan is not None
    odd = plan.model_copy(update={"agents": (plan.agents[0].model_copy(update={"team": "moon"}),)})
    assert strangers(day, (odd,), inss()) == (
        "The institution has no subjects dragons: a rule that names subjects serves none of them.",
        "The institution has no teams moon: a rule that names teams never asks them.",
    )
