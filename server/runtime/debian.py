"""Debian packages without root: a private apt world, unpacked into a folder, run through its own loader.

Theory of operation. `apt-get` is given its own lists, cache, an empty status file and a sources.list with
the suite sid on the mirror this host already uses, so it resolves and verifies (signatures) but knows nothing
of the host and touches nothing of it. Every package is unpacked into `<runtime>/<set>.new`, which is
renamed to `<runtime>/<set>` when whole; a second run finds it there. The programs in it need a newer
C library than the host may have, so they are started by that folder's own `ld-linux`, with `--library-path`.
A browser starts itself again and again, which that loader cannot follow: it comes from the host's own suite,
without the C library, and finds the rest by LD_LIBRARY_PATH.
"""

import fcntl
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from server.runtime.apt import explain, make_world, output, run_apt
from server.runtime.progress import Progress, silent, within
from server.runtime.sources import host_suite
from server.runtime.trouble import RuntimeTrouble

SUITE = "sid"  # the only suite of Debian with an Asterisk that still gets security releases
TRIPLETS = {"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}
LOCK_LIMIT = 1800  # seconds another process may need for the same set before we give up
DROPPED = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info", "usr/share/lintian")


@dataclass(frozen=True, slots=True)
class PackageSet:
    """Packages that live in one folder; `megabytes` is the room they need while unpacking.

    `native` sets come from the host's own suite and use its C library; the others bring their own from sid.
    """

    name: str
    packages: tuple[str, ...]
    megabytes: int
    native: bool = False


TELEPHONY = PackageSet("root", ("asterisk", "asterisk-moh-opsound-wav", "mosquitto"), 700)
TEST_TOOLS = PackageSet("test-tools", ("sip-tester",), 250)
SOFT_TOKEN = PackageSet(
    "token", ("softhsm2",), 120, native=True
)  # a hardware token's stand-in, for the tests
BROWSER = PackageSet("browser", ("chromium", "fonts-dejavu-core"), 1300, native=True)
OF_THE_HOST = ("libc6_", "libgcc-s1_", "libstdc++6_")  # beginnings of package files a native set leaves out


@dataclass(frozen=True, slots=True)
class Root:
    """An unpacked set; `triplet` is Debian's name for the machine's kind (`x86_64-linux-gnu`)."""

    path: Path
    triplet: str

    @property
    def libraries(self) -> Path:
        """Folder of the set's shared libraries, its C library among them."""
        return self.path / "usr/lib" / self.triplet

    def command(self, program: str) -> tuple[str, ...]:
        """Words that start a program of the set (`usr/sbin/asterisk`) through its own loader."""
        loader = next(iter(sorted(self.libraries.glob("ld-linux*.so.*"))), None)
        if loader is None:
            raise RuntimeTrouble(f"{self.path} has no loader: delete that folder and run again.")
        return (str(loader), "--library-path", self.library_path(), str(self.path / program))

    def library_path(self) -> str:
        """Where the set's shared libraries are, for a loader; an unpacked tree has no alternatives links."""
        folders = (self.libraries, self.path / "lib" / self.triplet)
        private = [self.libraries / name for name in ("blas", "lapack", "pulseaudio")]
        return os.pathsep.join(str(folder) for folder in (*folders, *private) if folder.is_dir())


def prepare_set(runtime_dir: Path, wanted: PackageSet, progress: Progress = silent) -> Root:
    """Fetch and unpack a set unless it is there (then milliseconds); several processes may ask at once."""
    root = Root(runtime_dir / wanted.name, TRIPLETS[architecture()])
    if _is_whole(root.path, wanted):
        return root
    runtime_dir.mkdir(parents=True, exist_ok=True)
    with _alone(runtime_dir / f".{wanted.name}.lock"):
        if not _is_whole(root.path, wanted):
            _fetch_and_unpack(root, runtime_dir, wanted, progress)
    return root


def architecture() -> str:
    """Debian's word for this machine (`amd64`, `arm64`); refuses machines there is nothing for."""
    for tool in ("apt-get", "apt-config", "dpkg", "dpkg-deb", "tar"):
        if shutil.which(tool) is None:
            raise RuntimeTrouble(
                f"{tool} is missing: this needs Debian or Ubuntu, or an Asterisk 20+ of your own."
            )
    kind = output(["dpkg", "--print-architecture"]).strip()
    if kind not in TRIPLETS:
        raise RuntimeTrouble(f"This machine is {kind}; the private Asterisk exists for amd64 and arm64 only.")
    return kind


def _is_whole(path: Path, wanted: PackageSet) -> bool:
    try:
        done = json.loads((path / "complete.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(done.get("packages") == list(wanted.packages))


def _fetch_and_unpack(root: Root, runtime_dir: Path, wanted: PackageSet, progress: Progress) -> None:
    _demand_room(runtime_dir, wanted.megabytes)
    world, fresh = runtime_dir / f"{wanted.name}.apt", runtime_dir / f"{wanted.name}.new"
    for left_by_an_interrupted_run in (world, fresh):
        shutil.rmtree(left_by_an_interrupted_run, ignore_errors=True)
    make_world(world, host_suite() if wanted.native else SUITE)
    run_apt(world, ["update"], within(progress, 0.0, 0.1), "reading Debian's package lists")
    words = ["install", "--yes", "--download-only", *wanted.packages]
    run_apt(world, words, within(progress, 0.1, 0.5), f"downloading {wanted.packages[0]} and what it needs")
    _unpack_all(_packages(world, wanted), fresh, within(progress, 0.5, 1.0))
    _link_libraries(fresh)
    _finish(fresh, root.path, world, wanted)


def _packages(world: Path, wanted: PackageSet) -> list[Path]:
    left_out = OF_THE_HOST if wanted.native else ()
    found = sorted((world / "cache/archives").glob("*.deb"))
    return [package for package in found if not package.name.startswith(left_out or ("/",))]


def _link_libraries(fresh: Path) -> None:
    """Make the `libx.so.1 -> libx.so.1.2` links that some packages leave to ldconfig."""
    places = os.pathsep.join((os.environ.get("PATH", ""), "/sbin", "/usr/sbin"))
    ldconfig = shutil.which("ldconfig", path=places)
    if ldconfig is None:
        raise RuntimeTrouble("ldconfig is missing: install the package libc-bin, then run again.")
    folders = [
        place for part in ("usr/lib", "lib") for place in (fresh / part).glob("*-linux-gnu") if place.is_dir()
    ]
    subprocess.run([ldconfig, "-n", *folders], capture_output=True, check=False, timeout=60)


def _finish(fresh: Path, path: Path, world: Path, wanted: PackageSet) -> None:
    files = [package.name for package in _packages(world, wanted)]
    done = {"packages": list(wanted.packages), "files": files}
    (fresh / "complete.json").write_text(json.dumps(done, indent=1), encoding="utf-8")
    shutil.rmtree(path, ignore_errors=True)
    fresh.rename(path)
    shutil.rmtree(world, ignore_errors=True)


def _demand_room(folder: Path, megabytes: int) -> None:
    free = shutil.disk_usage(folder).free // 1_000_000
    if free < megabytes:
        raise RuntimeTrouble(
            f"{folder} has {free} MB free and {megabytes} MB are needed: "
            "make room, or set VENTANILLA_RUNTIME to a folder on a bigger disk."
        )


def _unpack_all(packages: list[Path], root: Path, progress: Progress) -> None:
    root.mkdir(parents=True)
    with ThreadPoolExecutor(max_workers=2, thread_name_prefix="unpack") as pool:
        for done, _ in enumerate(pool.map(lambda package: _unpack(package, root), packages), start=1):
            progress(f"unpacking {len(packages)} packages", done / len(packages))


def _unpack(package: Path, root: Path) -> None:
    """Unpack without documentation: nobody reads it here, and it is a tenth of the room."""
    drop = [f"--exclude=./{folder}/*" for folder in DROPPED]
    tar = [
        "tar",
        "-x",
        "-C",
        str(root),
        "--no-same-owner",
        "--no-same-permissions",
        "--keep-directory-symlink",
        *drop,
    ]
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE) as content:
        run = subprocess.run(tar, stdin=content.stdout, capture_output=True, text=True, check=False)
    if run.returncode or content.returncode:
        raise RuntimeTrouble(explain(f"E: {run.stderr.strip()}", f"unpacking {package.name}"))


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Hold the set for this process; the kernel lets go of it when we die, however we die."""
    deadline = time.monotonic() + LOCK_LIMIT
    with lock.open("w") as held:
        while not _try_lock(held.fileno()):
            if time.monotonic() > deadline:
                raise RuntimeTrouble(
                    f"Another run has held {lock} for {LOCK_LIMIT} s: stop it, then run again."
                )
            time.sleep(0.5)
        yield


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
