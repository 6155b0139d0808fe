"""`ventanilla people`: who works here: list, add, password, train, telephone, close."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Annotated, TypeVar

import typer
from rich.table import Table

from queues.agents import Agent
from server import checks
from server.console import out, settings
from server.flows import load
from server.outside import good
from server.people import LEVELS, PROFICIENCY, People, Person, people
from server.reloading import ask
from server.runtime.credentials import load_secrets
from server.runtime.serving import Serving
from server.runtime.trouble import RuntimeTrouble
from server.settings import Settings
from web.accounts import Account, Role

T = TypeVar("T")
Done = Callable[[People], Awaitable[T]]

cli = typer.Typer(help="The people of this centre: agents and supervisors.", no_args_is_help=True)

ANSWERS_NO_CALLS = {
    Role.SUPERVISOR: "a supervisor",
    Role.AUDITOR: "an auditor",
    Role.AUTHORITY: "who serves the authorities",
}
SHOWN = 3
"""Digits that are shown of an agent's number: enough to know it, no more of what is theirs."""
ROLE = "An agent answers, a supervisor watches and may listen to recordings, an auditor and the authority's may listen."
TEAM = "Team, one of [routing.teams] in institution.toml; '' for none."
SITE = "Where they work, one of [routing.sites] where there are any; '' for nowhere in particular."
LANGUAGE = "Language and how well, 1 to 5: es=5; repeatable."
SKILL = "Subject and how well, 1 to 5: pension=4; repeatable."


@cli.command("list")
def list_people() -> None:
    """Say who has an account, and what each agent can do."""
    table = Table("name", "who", "role", "level", "languages", "skills", "team", "site", "outside", box=None)
    for person in _done(settings(), lambda here: here.listed()):
        table.add_row(*_row(person))
    out.print(table)


@cli.command()
def add(  # noqa: PLR0913, PLR0917 - each option of the command is an argument to typer
    name: Annotated[str, typer.Argument(help="What they sign in with: jordi")],
    display: Annotated[str, typer.Option("--name", help="What others see: 'Jordi Ferrer'.")],
    role: Annotated[Role, typer.Option(help=ROLE)] = Role.AGENT,
    language: Annotated[list[str] | None, typer.Option(help=LANGUAGE)] = None,
    skill: Annotated[list[str] | None, typer.Option(help=SKILL)] = None,
    level: Annotated[int, typer.Option(help="1 takes everything first, 2 is a specialist.")] = 1,
    team: Annotated[str, typer.Option(help=TEAM)] = "",
    site: Annotated[str, typer.Option(help=SITE)] = "",
) -> None:
    """Add somebody; the password is asked for without showing it, or read from standard input."""
    wanted = settings()
    if role is not Role.AGENT:
        if language or skill:
            raise typer.BadParameter(
                f"{ANSWERS_NO_CALLS[role]} answers no calls: leave languages and skills out"
            )
        password = _password()
        _done(wanted, lambda here: here.add_other(Account(name, display, role), password))
    else:
        abilities = _abilities(wanted, language, skill)
        agent = Agent(name, display, _level(level), *abilities, _team(wanted, team), _site(wanted, site))
        if not agent.languages:
            raise typer.BadParameter("an agent speaks at least one language: --language es=5")
        password = _password()
        _done(wanted, lambda here: here.add_agent(agent, password))
    out.print(f"{name} may sign in.", highlight=False)
    _tell_server(wanted)
    if role is Role.AGENT and name not in load_secrets(wanted.runtime).agents:
        out.print("Their telephone comes when `ventanilla run` is next started: Asterisk is told of it then.")


@cli.command()
def password(name: str) -> None:
    """Change somebody's password; asked for without showing it, or read from standard input."""
    new = _password()
    _done(settings(), lambda here: here.change_password(name, new))
    out.print(f"{name} has a new password; whoever was signed in with the old one is signed out.")


@cli.command()
def train(
    name: str,
    language: Annotated[list[str] | None, typer.Option(help=f"{LANGUAGE} 0 takes it away.")] = None,
    skill: Annotated[list[str] | None, typer.Option(help=f"{SKILL} 0 takes it away.")] = None,
    level: Annotated[int | None, typer.Option(help="1 or 2.")] = None,
    team: Annotated[str | None, typer.Option(help=TEAM)] = None,
    site: Annotated[str | None, typer.Option(help=SITE)] = None,
) -> None:
    """Change what an agent can do."""
    wanted = settings()
    languages, skills = _abilities(wanted, language, skill, least=0)
    now = None if level is None else _level(level)
    team = None if team is None else _team(wanted, team)
    site = None if site is None else _site(wanted, site)
    agent = _done(wanted, lambda here: here.train(name, languages, skills, now, team, site))
    where = "".join(
        f", {what} {given}" for what, given in (("team", agent.team), ("site", agent.site)) if given
    )
    told = (
        f"{name}: level {agent.level}, {_said(agent.languages)}; {_said(agent.skills) or 'no skills'}{where}."
    )
    out.print(told, highlight=False)
    _tell_server(wanted)


@cli.command()
def telephone(
    name: str,
    number: Annotated[str, typer.Argument(help="A mobile or landline of the country; '' takes it away.")],
) -> None:
    """Note the number outside on which an agent may be rung through the carrier, if they sign in so."""
    wanted = settings()
    here = load(wanted.institution_folder)
    on_file = good(number, here.country, here.numbers) if number else ""
    if on_file is None:
        raise typer.BadParameter(
            f"an agent is rung on an ordinary mobile or landline of {here.country}, written like +34612345678: "
            "nothing premium, shared, virtual or foreign, and no number of ours"
        )
    _done(wanted, lambda people_here: people_here.telephone(name, on_file))
    out.print(f"{name} {_rung(on_file)}", highlight=False)
    _tell_server(wanted)


def _rung(number: str) -> str:
    if not number:
        return "has no number outside any more."
    return f"may be rung on the number outside that ends in {number[-SHOWN:]}."


@cli.command()
def close(name: str) -> None:
    """Close somebody's account; a call they are in goes on."""
    wanted = settings()
    _done(wanted, lambda here: here.close(name))
    out.print(f"{name} cannot sign in any more.", highlight=False)
    _tell_server(wanted)


def _done(wanted: Settings, what: Done[T]) -> T:
    if faults := list(checks.of_database(wanted)):
        raise RuntimeTrouble("\n".join(faults))

    async def do() -> T:
        async with people(wanted.database) as here:
            return await what(here)

    return asyncio.run(do())


def _tell_server(wanted: Settings) -> None:
    """Let a running server take the roster up; where none runs, the next one reads it."""
    number = Serving((), wanted.runtime, wanted.runtime / "log").pid()
    if number is not None and not ask(wanted.runtime, number, "people"):
        out.print("The running server knows.")


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


def _level(level: int) -> int:
    if level not in LEVELS:
        raise typer.BadParameter("an agent's level is 1 or 2")
    return level


def _site(wanted: Settings, site: str) -> str:
    sites = load(wanted.institution_folder).routing.sites
    if site and sites and site not in sites:
        raise typer.BadParameter(f"there is no site {site}; there are: {', '.join(sites)}")
    return site


def _team(wanted: Settings, team: str) -> str:
    teams = load(wanted.institution_folder).routing.teams
    if team and team not in teams:
        raise typer.BadParameter(f"there is no team {team}; there are: {', '.join(teams) or 'none'}")
    return team


def _abilities(
    wanted: Settings, languages: Sequence[str] | None, skills: Sequence[str] | None, least: int = 1
) -> tuple[dict[str, int], dict[str, int]]:
    here = load(wanted.institution_folder)
    spoken = _abilities_of("language", languages or (), here.languages, least)
    return spoken, _abilities_of("skill", skills or (), here.subjects, least)


def _abilities_of(what: str, given: Sequence[str], known: Iterable[str], least: int) -> dict[str, int]:
    found = {}
    for one in given:
        name, _, well = one.partition("=")
        if name not in known:
            raise typer.BadParameter(f"there is no {what} {name}; there are: {', '.join(known)}")
        if not well.isdecimal() or int(well) not in {*PROFICIENCY, least}:
            raise typer.BadParameter(f"{one}: say how well, {least} to 5, as in {name}=5")
        found[name] = int(well)
    return found


def _row(person: Person) -> tuple[str, ...]:
    account, agent = person.account, person.agent
    role = "closed" if person.closed else account.role.value
    can = (
        (
            str(agent.level),
            _said(agent.languages),
            _said(agent.skills),
            agent.team,
            agent.site,
            agent.outside and f"…{agent.outside[-SHOWN:]}",
        )
        if agent
        else ("",) * 6
    )
    public = " (the demonstration's password)" if account.demonstration and not person.closed else ""
    return account.name, account.display + public, role, *can


def _said(proficiency: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {well}" for name, well in proficiency.items())
