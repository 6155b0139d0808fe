"""One file for each CRM that the bridge can speak to, found by being here.

A connector's file says which `OPTIONS` it must be given (names; their values come from the setting
`crm_options`) and has `connect(engine, secret, options)`: an asynchronous context manager that gives a
`crm_bridge.ports.Connector` and closes what it opened. The file's name is what the setting `crm` says. It may have
`check(options)`, which raises ValueError with the remedy for options that cannot be.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from difflib import get_close_matches
from functools import partial
from types import ModuleType
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.ports import Connector

Options = Mapping[str, str]


class Connect(Protocol):
    """Opens one CRM for as long as the context is open.

    `engine` is our own database, `secret` the installation's, for what is kept of identities as keyed hashes.
    """

    def __call__(self, engine: AsyncEngine, secret: bytes) -> AbstractAsyncContextManager[Connector]:
        """Give the connector. A CRM that is away is no reason to fail: its questions raise CrmDown later."""
        ...


class NoSuchCrm(Exception):  # noqa: N818 - it names what is wrong with a setting
    """The CRM that was asked for cannot be had as it was asked for; the message says what is wrong, and the remedy."""


def names() -> tuple[str, ...]:
    """List the connectors there are."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def chosen(name: str, options: Options) -> Connect:
    """Give the way to open the CRM with this name. Raises NoSuchCrm."""
    if name not in names():
        near = get_close_matches(name, names(), n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(names())}."
        raise NoSuchCrm(f"crm: there is no crm_bridge/connectors/{name}.py; {hint}")
    module = importlib.import_module(f"{__name__}.{name}")
    _demand_whole(name, module)
    _demand_options(name, frozenset(module.OPTIONS), options)
    _demand_values(module, options)
    return partial(module.connect, options=options)


def _demand_whole(name: str, module: ModuleType) -> None:
    lacking = [part for part in ("OPTIONS", "connect") if not hasattr(module, part)]
    if lacking:
        raise NoSuchCrm(f"crm: crm_bridge/connectors/{name}.py lacks {' and '.join(lacking)}.")


def _demand_values(module: ModuleType, options: Options) -> None:
    """Let the connector's own `check`, if it has one, judge its options (ValueError) before anything is opened."""
    if not hasattr(module, "check"):
        return
    try:
        module.check(options)
    except ValueError as wrong:
        raise NoSuchCrm(str(wrong)) from wrong


def _demand_options(name: str, wanted: frozenset[str], options: Options) -> None:
    """Names only: a value may be a secret."""
    if missing := sorted(wanted - options.keys()):
        raise NoSuchCrm(f"crm_options: the connector {name} also needs {', '.join(missing)}.")
    if strange := sorted(options.keys() - wanted):
        takes = ", ".join(sorted(wanted)) or "none"
        raise NoSuchCrm(
            f"crm_options: the connector {name} knows no {', '.join(strange)}; it takes: {takes}."
        )
