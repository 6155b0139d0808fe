"""Somebody else's authority of time stamps, over real HTTP: OpenSSL's, with a certificate between it and its root."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from recordings.adapters.evidence.authority import HttpAuthority
from recordings.evidence import names
from recordings.evidence.findings import Check
from tests.recordings.evidence.forging import files_of, wrongs
from tests.recordings.evidence.house import House
from tests.recordings.evidence.outsiders import instructed, unpacked

CONFIGURATION = """
[req]
distinguished_name = name
[name]
[ca]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign
[stamps]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = theirs
[theirs]
serial = ./serial
signer_cert = ./tsa.pem
certs = ./between.pem
signer_key = ./tsa.key
signer_digest = sha512
default_policy = 1.3.6.1.4.1.32473.2
digests = sha256, sha512
"""
MADE = """
set -e
openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.pem -subj '/CN=Somebody else root' -days 3650 \\
  -config tsa.conf -extensions ca
for who in between:root:ca tsa:between:stamps; do
  IFS=: read -r name by kind <<< "$who"
  openssl req -newkey rsa:2048 -nodes -keyout $name.key -out $name.csr -subj "/CN=Somebody else $name" -config tsa.conf
  openssl x509 -req -in $name.csr -CA $by.pem -CAkey $by.key -CAcreateserial -out $name.pem -days 3000 \\
    -extfile tsa.conf -extensions $kind
done
echo 1000 > serial
"""


def made(folder: Path) -> Path:
    folder.mkdir()
    (folder / "tsa.conf").write_text(CONFIGURATION)
    subprocess.run(["bash", "-c", MADE], cwd=folder, check=True, capture_output=True, timeout=60)
    return folder


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[str]:
    """An authority that answers every POST with what `openssl ts -reply` says."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        assert b"application/timestamp-query" in head
        length = int(head.partition(b"content-length:")[2].split()[0])
        (folder / "query").write_bytes(await reader.readexactly(length))
        words = ["openssl", "ts", "-reply", "-config", "tsa.conf", "-queryfile", "query", "-out", "reply"]
        await asyncio.to_thread(subprocess.run, words, cwd=folder, check=True, capture_output=True)
        body = (folder / "reply").read_bytes()
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/tsa"


async def test_stamps_of_somebody_elses_authority_are_taken_and_hold_for_outsiders(
    house: House, tmp_path: Path
) -> None:
    theirs = await asyncio.to_thread(made, tmp_path / "theirs")
    async with serving(theirs) as address, httpx.AsyncClient() as client:
        house.notary._authority = HttpAuthority(address, client)
        await house.record()
        await house.notary.round()
        assert wrongs(house, await house.package(name="untrusted.asice")) == {Check.STAMP}, (
            "its root is not known"
        )
        (house.keys.trust_folder / "authority-root.pem").write_bytes((theirs / "root.pem").read_bytes())
        house.now += 61
        package = await house.package()
    assert wrongs(house, package) == set()
    assert house.checked(package) == {}
    assert b"Somebody else tsa" not in files_of(package)[names.AUTHORITY_ROOT]
    said = instructed(unpacked(package))
    assert said.count("Verification: OK") == 2
