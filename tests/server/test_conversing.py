"""What a reload changes for conversations that begin after it."""

from dataclasses import replace
from pathlib import Path

from ivr.adapters import tables
from server.conversing import codes_of
from tests.databases import opened
from tests.dialplans.institutions import inss

NOW = 1_795_345_200.0
CALL, PERSON, PROCEDURE = "ventanilla-1795345200.1", "demo-maria", "address"


async def test_a_code_is_good_for_as_long_as_the_institution_says_now(tmp_path: Path) -> None:
    served = [replace(inss(), identity=inss().identity.model_copy(update={"code_minutes": 1}))]
    async with opened("sqlite", tmp_path, tables.metadata) as engine:
        codes = codes_of(engine, b"key", lambda: served[0])
        code = await codes.issue(CALL, PERSON, PROCEDURE, 6, NOW, "+34600000001")
        assert code is not None
        assert await codes.check(CALL, PERSON, PROCEDURE, code, NOW + 90) == "expired"
        served[0] = inss()
        assert inss().identity.code_minutes > 1
        assert await codes.check(CALL, PERSON, PROCEDURE, code, NOW + 90) == "right"
