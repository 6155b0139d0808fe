"""The people of a centre: their accounts on the pages and, for agents, their place in the router."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from queues.adapters.store import SqlStore
from queues.agents import Agent
from server.database import open_engine
from server.runtime.trouble import RuntimeTrouble
from web.accounts import Account, Role
from web.adapters.accounts import Accounts, NameNotValidError

LEAST_PASSWORD = 10
"""Long enough that five tries in a quarter of an hour (web/accounts.py) find nobody's; no other rule (NIST 800-63B)."""
MOST_PASSWORD = 256
"""What the sign-in form takes."""
LEVELS = (1, 2)
PROFICIENCY = range(1, 6)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account; `agent` is their place in the router, None for supervisors and who was closed."""

    account: Account
    agent: Agent | None
    closed: bool


class People:
    """Accounts and roster of one database. What cannot be done raises RuntimeTrouble with the remedy."""

    def __init__(self, accounts: Accounts, roster: SqlStore) -> None:
        self._accounts, self._roster = accounts, roster

    async def listed(self) -> tuple[Person, ...]:
        """Give everybody, by name."""
        agents = {agent.name: agent for agent in await self._roster.agents()}
        return tuple(
            Person(account, agents.get(account.name), closed)
            for account, closed in await self._accounts.listed()
        )

    async def add_agent(self, agent: Agent, password: str) -> None:
        """Give an agent an account and a place."""
        await self._add(Account(agent.name, agent.display, Role.AGENT), password)
        await self._roster.enrol([agent])

    async def add_other(self, account: Account, password: str) -> None:
        """Give somebody who answers no calls an account."""
        await self._add(account, password)

    async def _add(self, account: Account, password: str) -> None:
        demand_good(password)
        try:
            added = await self._accounts.add(account, password)
        except NameNotValidError as wrong:
            raise RuntimeTrouble(f"{wrong}.") from wrong
        if not added:
            raise RuntimeTrouble(
                f"The name {account.name} is taken, or was: contacts on record name it. Choose another."
            )

    async def change_password(self, name: str, password: str) -> None:
        """Set another password; sessions that are open end."""
        demand_good(password)
        if not await self._accounts.change_password(name, password):
            raise RuntimeTrouble(_nobody(name))

    async def train(
        self,
        name: str,
        languages: Mapping[str, int],
        skills: Mapping[str, int],
        level: int | None,
        team: str | None = None,
        site: str | None = None,
    ) -> Agent:
        """Change what an agent can do; 0 takes a language or a skill away, "" a team or a site."""
        before = next((one for one in await self._roster.agents() if one.name == name), None)
        if before is None:
            raise RuntimeTrouble(f"{name} is no agent. `ventanilla people list` says who is.")
        after = replace(
            before,
            level=level or before.level,
            languages=_kept({**before.languages, **languages}),
            skills=_kept({**before.skills, **skills}),
            team=before.team if team is None else team,
            site=before.site if site is None else site,
        )
        if not after.languages:
            raise RuntimeTrouble(f"{name} would speak no language, and no call could ever come.")
        await self._roster.enrol([after])
        return after

    async def telephone(self, name: str, number: str) -> Agent:
        """Note the number (E.164) outside on which an agent may be rung; "" takes it away."""
        before = next((one for one in await self._roster.agents() if one.name == name), None)
        if before is None:
            raise RuntimeTrouble(f"{name} is no agent. `ventanilla people list` says who is.")
        after = replace(before, outside=number)
        await self._roster.enrol([after])
        return after

    async def close(self, name: str) -> None:
        """Close the account, end its sessions, and give the agent's place up."""
        if not any(one.account.name == name and not one.closed for one in await self.listed()):
            raise RuntimeTrouble(_nobody(name))
        await self._accounts.close(name)
        await self._roster.strike(name)


@asynccontextmanager
async def people(database: str) -> AsyncIterator[People]:
    """Open the people of a database that has its tables."""
    engine = open_engine(database)
    try:
        yield People(Accounts(engine), SqlStore(engine))
    finally:
        await engine.dispose()


def demand_good(password: str) -> None:
    """Refuse a password that could be guessed, or not be typed. Raises RuntimeTrouble."""
    if not LEAST_PASSWORD <= len(password) <= MOST_PASSWORD or not password.isprintable():
        raise RuntimeTrouble(
            f"A password has {LEAST_PASSWORD} to {MOST_PASSWORD} characters, and no control characters."
        )


def _kept(proficiency: Mapping[str, int]) -> dict[str, int]:
    return {name: value for name, value in proficiency.items() if value}


def _nobody(name: str) -> str:
    return f"There is no open account {name}. `ventanilla people list` says which there are."
