"""Which implementation stands behind each corporate system: one file name per system, and its options."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Annotated, Any, get_type_hints

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo
from sqlalchemy.ext.asyncio import AsyncEngine

from corporate import SYSTEMS, Corporate, System
from corporate.adapters.surroundings import Surroundings
from corporate.guarded import guarded
from server.runtime.trouble import RuntimeTrouble


def implementations(system: str) -> tuple[str, ...]:
    """Name the implementations there are: the files in `corporate/adapters/<system>/`."""
    folder = importlib.import_module(f"corporate.adapters.{system}").__path__
    return tuple(sorted(module.name for module in pkgutil.iter_modules(folder)))


def _there(name: str, field: ValidationInfo) -> str:
    system = field.field_name or ""
    found = implementations(system)
    if name not in found:
        raise ValueError(f"there is no corporate/adapters/{system}/{name}.py; there are: {', '.join(found)}")
    return name


Implementation = Annotated[str, AfterValidator(_there)]


class Systems(BaseModel):
    """The file that implements each corporate system, and what each of them is told (`options`)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    affiliation: Implementation = "reference"
    pensions: Implementation = "reference"
    subsidies: Implementation = "reference"
    cases: Implementation = "reference"
    appointments: Implementation = "reference"
    content: Implementation = "reference"
    options: dict[System, dict[str, str]] = Field(
        {}, description="handed to the implementation of a system as they stand"
    )


def open_corporate(
    systems: Systems, engine: AsyncEngine, publish: Callable[[object], None], clock: Callable[[], float]
) -> Corporate:
    """Open every system behind its guard. Raises RuntimeTrouble for a file that does not implement its system."""
    opened = {
        system: _open(system, systems, Surroundings(engine, clock, systems.options.get(system, {})))
        for system in SYSTEMS
    }
    return guarded(Corporate(**opened), publish, clock)


def _open(system: System, systems: Systems, around: Surroundings) -> Any:  # noqa: ANN401 - its port is checked here
    file = f"corporate.adapters.{system}.{getattr(systems, system)}"
    module = importlib.import_module(file)
    if not hasattr(module, "open_system"):
        raise RuntimeTrouble(
            f"{file} has no open_system(surroundings): see CONTRIBUTING, a new corporate system."
        )
    opened = module.open_system(around)
    lacking = [name for name in _questions(system) if not callable(getattr(opened, name, None))]
    if lacking:
        raise RuntimeTrouble(f"{file} does not answer {', '.join(lacking)}: see corporate/{system}.py.")
    return opened


def _questions(system: System) -> list[str]:
    port = get_type_hints(Corporate)[system]
    return [name for name in vars(port) if not name.startswith("_")]
