"""A real object store that speaks S3, for the tests: OpenStack Swift with its S3 API, on loopback, without root.

Four processes (account, container, object, proxy), one disk, one copy. `python -m tests.object_store proxy FOLDER` is
how each is started: Swift reads its cluster's file from /etc and nowhere else, unless it is told before it looks.
"""

import getpass
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import httpx
import obstore
from obstore.store import S3Store

from recordings.adapters.vault.objects import Bucket

KINDS = ("account", "container", "object")
START_LIMIT_S = 30.0
TICK_S = 0.1
SECRET = "secretsecret"

_CLUSTER = """[swift-hash]
swift_hash_path_prefix = ventanilla
swift_hash_path_suffix = tests
[storage-policy:0]
name = default
default = yes
"""
_SERVER = """[DEFAULT]
devices = {folder}/disks
mount_check = false
disable_fallocate = true
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
swift_dir = {folder}
user = {user}
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
"""
_PROXY = """[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
swift_dir = {folder}
user = {user}
[pipeline:main]
pipeline = catch_errors listing_formats s3api tempauth slo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:s3api]
use = egg:swift#s3api
[filter:slo]
use = egg:swift#slo
[filter:tempauth]
use = egg:swift#tempauth
user_ventanilla_vault = {secret} .admin
"""


@dataclass
class Swift:
    """A store that runs; `stop` and `start` it as often as a test likes."""

    folder: Path
    ports: tuple[int, ...]
    processes: tuple[subprocess.Popen[bytes], ...] = ()

    @property
    def bucket(self) -> Bucket:
        """Where it is, and the key to it."""
        return Bucket(f"http://127.0.0.1:{self.ports[-1]}", "recordings", "ventanilla:vault", SECRET)

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.object_store"]
        with (self.folder / "log").open("ab") as log:
            self.processes = tuple(
                subprocess.Popen([*command, kind, str(self.folder)], stdout=log, stderr=log)
                for kind in (*KINDS, "proxy")
            )
        self._wait()

    def stop(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(timeout=10)
        self.processes = ()

    def _wait(self) -> None:
        """Wait until it makes a bucket, by a request signed as S3 wants it."""
        wanted = self.bucket
        store = S3Store(
            wanted.bucket,
            endpoint=wanted.url,
            region=wanted.region,
            access_key_id=wanted.access_key,
            secret_access_key=wanted.secret_key,
            virtual_hosted_style_request=False,
            client_options={"allow_http": True},
        )
        url = obstore.sign(store, "PUT", "", timedelta(seconds=600))
        limit = time.monotonic() + START_LIMIT_S
        while True:
            try:
                if httpx.put(url, timeout=5).status_code in {200, 409}:
                    return
            except httpx.TransportError:
                pass
            if time.monotonic() > limit:
                raise TimeoutError(
                    (self.folder / "log").read_text(encoding="utf-8", errors="replace")[-2000:]
                )
            time.sleep(TICK_S)

    def wrong_key(self) -> Bucket:
        return replace(self.bucket, secret_key="another")


@contextmanager
def swift(folder: Path, ports: tuple[int, ...]) -> Iterator[Swift]:
    """Serve an empty store until the context closes; `ports`: four free ones."""
    _lay_out(folder, ports)
    store = Swift(folder, ports)
    try:
        store.start()
        yield store
    finally:
        store.stop()


def _lay_out(folder: Path, ports: tuple[int, ...]) -> None:
    from swift.common.ring import RingBuilder  # noqa: PLC0415 - eventlet comes with it, for those who use it

    (folder / "disks" / "d1").mkdir(parents=True)
    (folder / "swift.conf").write_text(_CLUSTER)
    said = {"folder": folder, "user": getpass.getuser(), "secret": SECRET}
    for kind, port in zip(KINDS, ports, strict=False):
        ring = RingBuilder(4, 1, 0)
        place = {"ip": "127.0.0.1", "port": port, "replication_ip": "127.0.0.1", "replication_port": port}
        ring.add_dev({"id": 0, "region": 1, "zone": 1, "device": "d1", "weight": 1, "meta": "", **place})
        ring.rebalance()
        ring.get_ring().save(str(folder / f"{kind}.ring.gz"))
        (folder / f"{kind}.conf").write_text(_SERVER.format(kind=kind, port=port, **said))
    (folder / "proxy.conf").write_text(_PROXY.format(port=ports[-1], **said))


def main() -> int:
    """Be one of the four."""
    kind, folder = sys.argv[1], Path(sys.argv[2])
    from swift.common import utils  # noqa: PLC0415 - before anything else of Swift's reads /etc

    utils.SWIFT_CONF_FILE = str(folder / "swift.conf")
    from swift.common.wsgi import run_wsgi  # noqa: PLC0415

    return int(run_wsgi(str(folder / f"{kind}.conf"), f"{kind}-server", default_port=0))


if __name__ == "__main__":
    sys.exit(main())
