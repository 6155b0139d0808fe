"""The server, opened on a real Tryton or Odoo by nothing but the setting."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from pydantic import SecretStr

from crm_bridge.demonstration import MARIA
from crm_bridge.requests import State
from server import checks
from server.core import open_core
from server.database import migrate
from server.runtime.credentials import load_secrets
from server.runtime.ports import free_ports
from server.settings import Settings
from tests.crm_bridge.real.process import Served

CALL = "ventanilla-1795345200.1"
LIMIT_S = 60.0


@pytest.fixture(params=["tryton", pytest.param("odoo", marks=pytest.mark.odoo)])
async def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    served: Served = request.getfixturevalue(f"{request.param}_server")
    options = {name: SecretStr(value) for name, value in served.options.items()}
    ours = Settings(runtime=tmp_path, crm=request.param, crm_options=options, ports=free_ports())
    register = load_secrets(tmp_path).register.encode()
    await asyncio.to_thread(migrate, ours.database, register)
    await checks.furnished(ours)
    return ours


async def test_a_server_has_its_citizens_from_the_crm_that_the_setting_names_and_writes_there(
    settings: Settings,
) -> None:
    async with AsyncExitStack() as stack, asyncio.timeout(LIMIT_S):
        core = await open_core(stack, settings, load_secrets(settings.runtime))
        crm = core.bridge._connector
        await crm.prepare()  # type: ignore[attr-defined]  # both of these are Prepared
        await crm.furnish((MARIA,))  # type: ignore[attr-defined]
        assert crm.name == settings.crm
        assert await crm.citizen(MARIA.citizen.id) == MARIA.citizen
        assert {one.reference for one in await crm.cases(MARIA.citizen.id)} == {
            one.reference for one in MARIA.cases
        }
        request = await core.bridge.open_or_continue(CALL, MARIA.citizen.id, "pension")
        await core.bridge.deliver()
        whole = await crm.request(request)
        assert whole is not None
        assert (whole.request.citizen, whole.request.state) == (MARIA.citizen.id, State.OPEN)
