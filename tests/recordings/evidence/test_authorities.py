"""Stamps over the years: of several authorities, renewed in time and only then, qualified or not, by a key given up."""

import asyncio
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import core, tsp
from sqlalchemy import select, update

from recordings.adapters.evidence import development
from recordings.adapters.evidence.auditing import Audit
from recordings.adapters.evidence.keys import Keys, Role
from recordings.adapters.evidence.tables import evidence, stamps
from recordings.evidence import names
from recordings.evidence.certificates import pems
from recordings.evidence.findings import Check
from recordings.evidence.stamps import check, request
from tests.recordings.evidence.forging import files_of, wrongs
from tests.recordings.evidence.house import CALL, House
from tests.recordings.evidence.outsiders import instructed, unpacked

OTHER = "ventanilla-1795345209.3"
HALF_A_YEAR = 180 * 86_400.0


def also_trusts(house: House, others: Keys) -> None:
    """Their root is put behind ours, as an operator does who changes the provider."""
    file = house.keys.trust_folder / "authority-root.pem"
    file.write_bytes(file.read_bytes() + (others.trust_folder / "authority-root.pem").read_bytes())


async def numbers(house: House) -> list[int]:
    async with house.engine.connect() as connection:
        named = select(stamps.c.number).where(~stamps.c.subject.startswith("head:"))
        return sorted((await connection.execute(named)).scalars())


async def runs_out(house: House, until: float) -> None:
    async with house.engine.begin() as connection:
        await connection.execute(update(evidence).values(stamp_until=until))


async def test_a_package_stamped_before_the_provider_changed_still_convinces(
    house: House, strangers: Keys
) -> None:
    await house.record()
    await house.package()
    also_trusts(house, strangers)
    package = await house.package(name="again.asice")
    assert house.checked(package) == {}
    ours = pems((house.keys.trust_folder / "authority-root.pem").read_bytes())[:1]
    assert pems(files_of(package)[names.AUTHORITY_ROOT]) == ours
    assert instructed(unpacked(package)).count("Verification: OK") == 2


async def test_a_stamp_renewed_by_another_authority_convinces_beside_the_first(
    house: House, strangers: Keys
) -> None:
    await house.record()
    await house.package()
    also_trusts(house, strangers)
    house.seals.keys = strangers
    house.seals.checked = checked_by(house.keys)  # type: ignore[method-assign] # this house's roots, as the server has them
    await runs_out(house, house.now + HALF_A_YEAR / 2)
    assert await house.notary.stamp_waiting() == 1
    house.seals.keys = house.keys
    package = await house.package(name="renewed.asice")
    assert names.renewal(1) in files_of(package)
    assert house.checked(package) == {}
    assert instructed(unpacked(package)).count("Verification: OK") == 3


def checked_by(keys: Keys) -> Any:  # noqa: ANN401 - a method in another's place
    async def checked(reply: bytes, content: bytes) -> object:
        return check(reply, content, pems((keys.trust_folder / "authority-root.pem").read_bytes()))

    return checked


async def test_an_authority_whose_own_certificate_runs_out_is_not_asked_again_and_again(house: House) -> None:
    """As long as it has the same certificate, another stamp would hold no longer than the first."""
    await house.record()
    await house.notary.round()
    async with house.engine.connect() as connection:
        until = (await connection.execute(select(evidence.c.stamp_until))).scalar_one()
    house.now = until - HALF_A_YEAR / 2
    assert await house.notary.stamp_waiting() == 0
    assert await numbers(house) == [0]
    house.keys.retire(Role.AUTHORITY, house.now)
    house.now += 60
    await house.record(OTHER)
    await house.notary.round()
    assert await numbers(house) == [0, 0, 1], "the new certificate is seen by a new stamp"
    assert await house.notary.stamp_waiting() == 0
    async with house.engine.begin() as connection:
        await connection.execute(update(stamps).values(until=until + 10 * HALF_A_YEAR))
    await runs_out(house, house.now + 86_400)
    house.now += 3_600
    await house.notary.stamp_waiting()
    assert await numbers(house) == [0, 0, 1, 1], "what was just renewed has a month's time"


async def test_a_stamp_that_ran_out_is_not_renewed_behind_its_end_and_reconciling_says_so(
    house: House,
) -> None:
    await house.record()
    await house.notary.round()
    await runs_out(house, house.now - 1)
    assert await house.notary.stamp_waiting() == 0
    (found,) = await Audit(house.engine, None, lambda: house.now).look()
    assert (found.what, "1 time stamps" in found.sentence) == ("stamps ran out", True)


async def test_a_stamp_of_a_retired_authority_is_refused(house: House) -> None:
    await house.record()
    honest = await house.package()
    kept = house.keys.identity(Role.AUTHORITY)
    house.keys.retire(Role.AUTHORITY, house.now + 10)
    assert wrongs(house, honest) == set()
    house.keys._read[house.keys.signing(Role.AUTHORITY)] = kept
    await house.record(OTHER)
    package = await house.package(OTHER, "after.asice")
    assert wrongs(house, package) == {Check.STAMP, Check.HEAD}
    assert "retired" in house.checked(package)[Check.STAMP][0].sentence


class Qualified(development._Ours):
    """An authority that says of its stamps that they are qualified (ETSI EN 319 422, 9.1)."""

    def _build_tst_info(self, *given: Any) -> tsp.TSTInfo:  # noqa: ANN401 - pyHanko's own signature
        told = super()._build_tst_info(*given)
        statement = core.ObjectIdentifier("0.4.0.19422.1.1").dump()
        inner = b"\x30" + bytes([len(statement)]) + statement
        value = core.OctetString(b"\x30" + bytes([len(inner)]) + inner)
        told["extensions"] = [
            tsp.Extension({"extn_id": "1.3.6.1.5.5.7.1.3", "critical": False, "extn_value": value})
        ]
        return told


async def test_a_stamp_that_says_it_is_qualified_is_told_from_one_that_does_not(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    roots = pems((house.keys.trust_folder / "authority-root.pem").read_bytes())
    identity = house.keys.identity(Role.AUTHORITY)
    plain = development.stamped(request(b"x"), identity, house.now)
    assert not check(plain, b"x", roots).qualified
    monkeypatch.setattr(development, "_Ours", Qualified)
    said = await asyncio.to_thread(development.stamped, request(b"x"), identity, house.now)
    assert check(said, b"x", roots).qualified


@pytest.mark.parametrize("role", [Role.SEAL, Role.AUTHORITY])
async def test_each_role_is_rotated_by_itself(house: House, role: Role) -> None:
    before = {one: house.keys.signing(one) for one in (Role.SEAL, Role.AUTHORITY, Role.LOG)}
    house.keys.retire(role, house.now)
    changed = {one for one, file in before.items() if house.keys.signing(one) != file}
    assert changed == {role}
    await house.record(CALL)
    assert wrongs(house, await house.package()) == set()


def test_openssl_reads_the_stamp_that_says_it_is_qualified(
    keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What we look for is where an outsider's tool shows it, too."""
    monkeypatch.setattr(development, "_Ours", Qualified)
    identity = keys.identity(Role.AUTHORITY)
    begins = identity.chain[0].not_valid_before_utc.timestamp()
    (tmp_path / "reply").write_bytes(development.stamped(request(b"x"), identity, begins + 7_200))
    openssl = shutil.which("openssl")
    assert openssl is not None
    shown = subprocess.run(
        [openssl, "ts", "-reply", "-in", "reply", "-text"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    ).stdout
    assert "qcStatements" in shown
