"""Accounts and sessions in the database; passwords as argon2id (RFC 9106), session ids as SHA-256."""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from web.accounts import NAME, Account, Role, Session, fingerprint, may_try, stands
from web.adapters import tries
from web.adapters.tables import accounts, sessions
from web.demonstration import demonstration_accounts
from web.settings import IDLE_SECONDS, SESSION_SECONDS

log = logging.getLogger("ventanilla.web")

SESSION_BYTES = 32  # 256 bits: cannot be guessed, whatever the number of open sessions
HASHES_AT_ONCE = 2  # each takes 64 MiB and a core for some 50 ms; callers' calls come first
SEEN_EVERY_SECONDS = 60.0  # a desk is busy; the database need not hear of every click


class NameNotValidError(ValueError):
    """An account's name that could not also be the agent's name in Asterisk."""


@dataclass(frozen=True, slots=True)
class Welcome:
    """A sign-in that succeeded: the session id for the cookie, and whose it is."""

    session: str
    account: Account


@dataclass(frozen=True, slots=True)
class Refusal:
    """A sign-in that failed; people outside see no difference between the two kinds."""

    throttled: bool


class Accounts:
    """Everything about who may come in. Times in unix seconds from `clock`."""

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        clock: Callable[[], float] = time.time,
        hasher: PasswordHasher | None = None,
        session_seconds: float = SESSION_SECONDS,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._hasher = hasher or PasswordHasher()
        self._limits = (session_seconds, idle_seconds)
        self._hashing = asyncio.Semaphore(HASHES_AT_ONCE)
        # Names nobody has are checked against this, so that they take as long as real ones.
        self._nobody = self._hasher.hash(secrets.token_hex(16))

    async def add(self, account: Account, password: str) -> bool:
        """Add an account; False when the name is taken (nothing is changed then)."""
        if not NAME.fullmatch(account.name):
            raise NameNotValidError(
                f"{account.name!r}: a lower-case letter first, then letters, digits, _ or -, at most 31 in all"
            )
        async with self._hashing:
            hashed = await asyncio.to_thread(self._hasher.hash, password)
        async with self._engine.begin() as connection:
            same_name = select(accounts.c.name).where(accounts.c.name == account.name)
            if (await connection.execute(same_name)).first() is not None:
                return False
            await connection.execute(
                insert(accounts).values(
                    name=account.name,
                    display=account.display,
                    role=account.role.value,
                    password_hash=hashed,
                    demonstration=account.demonstration,
                    added_at=self._clock(),
                ),
            )
        return True

    async def add_demonstration(self) -> None:
        """Add the demonstration's accounts where they are missing."""
        known = await self.demonstration_names()
        for account, password in demonstration_accounts():
            if account.name not in known:
                await self.add(account, password)

    async def demonstration_names(self) -> tuple[str, ...]:
        """List open accounts whose password is public; outside the demonstration there must be none."""
        query = select(accounts.c.name).where(accounts.c.demonstration, accounts.c.closed_at.is_(None))
        async with self._engine.connect() as connection:
            return tuple((await connection.execute(query.order_by(accounts.c.name))).scalars())

    async def listed(self) -> tuple[tuple[Account, bool], ...]:
        """List every account there ever was, by name, and whether it is closed."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(select(accounts).order_by(accounts.c.name))).all()
        return tuple(
            (Account(row.name, row.display, Role(row.role), row.demonstration), row.closed_at is not None)
            for row in rows
        )

    async def change_password(self, name: str, password: str) -> bool:
        """Set another password and end the account's sessions; False when no open account has the name."""
        async with self._hashing:
            hashed = await asyncio.to_thread(self._hasher.hash, password)
        theirs = (accounts.c.name == name, accounts.c.closed_at.is_(None))
        async with self._engine.begin() as connection:
            changed = await connection.execute(
                update(accounts).where(*theirs).values(password_hash=hashed, demonstration=False)
            )
            if changed.rowcount:
                await connection.execute(delete(sessions).where(sessions.c.account == name))
        return bool(changed.rowcount)

    async def close(self, name: str) -> None:
        """Close an account and end its sessions."""
        async with self._engine.begin() as connection:
            closing = update(accounts).where(accounts.c.name == name).values(closed_at=self._clock())
            await connection.execute(closing)
            await connection.execute(delete(sessions).where(sessions.c.account == name))

    async def sign_in(self, name: str, password: str, address: str) -> Welcome | Refusal:
        """Open a session for the right password. Counted before judged: a burst gains nothing."""
        at = self._clock()
        attempt = await tries.count(self._engine, name, address, at)
        if not may_try(attempt):
            return Refusal(throttled=True)
        account, hashed = await self._find(name)
        right = await self._matches(hashed, password)
        if account is None or not right:
            return Refusal(throttled=False)
        await tries.forget(self._engine, name, address)
        return Welcome(await self._open(account.name, at), account)

    async def account_of(self, session: str | None) -> Account | None:
        """Return who a session id belongs to, or None when it is unknown, over or left alone too long."""
        if not session:
            return None
        query = (
            select(sessions, accounts.c.display, accounts.c.role, accounts.c.demonstration)
            .join(accounts, accounts.c.name == sessions.c.account)
            .where(sessions.c.fingerprint == fingerprint(session), accounts.c.closed_at.is_(None))
        )
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).first()
        if row is None or not stands(
            Session(row.account, row.started_at, row.seen_at), self._clock(), *self._limits
        ):
            return None
        return Account(row.account, row.display, Role(row.role), row.demonstration)

    async def seen(self, session: str) -> None:
        """Note that a person is there; written at most once a minute."""
        at = self._clock()
        mine = sessions.c.fingerprint == fingerprint(session)
        stale = sessions.c.seen_at < at - SEEN_EVERY_SECONDS
        async with self._engine.begin() as connection:
            await connection.execute(update(sessions).where(mine, stale).values(seen_at=at))

    async def sign_out(self, session: str) -> None:
        """End a session; nobody's is fine."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(sessions).where(sessions.c.fingerprint == fingerprint(session)))

    async def _find(self, name: str) -> tuple[Account | None, str]:
        query = select(accounts).where(accounts.c.name == name, accounts.c.closed_at.is_(None))
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            return None, self._nobody
        return Account(row.name, row.display, Role(row.role), row.demonstration), row.password_hash

    async def _matches(self, hashed: str, password: str) -> bool:
        async with self._hashing:
            try:
                return await asyncio.to_thread(self._hasher.verify, hashed, password)
            except VerificationError:
                return False
            except InvalidHashError:
                log.exception("an account's password hash is damaged; set its password again")
                return False

    async def _open(self, name: str, at: float) -> str:
        session = secrets.token_urlsafe(SESSION_BYTES)
        row = {"fingerprint": fingerprint(session), "account": name, "started_at": at, "seen_at": at}
        async with self._engine.begin() as connection:
            await connection.execute(delete(sessions).where(sessions.c.started_at < at - self._limits[0]))
            await connection.execute(insert(sessions).values(row))
        return session
