"""People who have none of our software, and what they have instead: openssl and a shell, JOSE libraries, Go, a schema.

Each takes a package's folder as it was unpacked, and says with an AssertionError what does not convince them.
"""

import fcntl
import json
import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha512
from pathlib import Path
from typing import Any

import jsonschema
from jwcrypto import jwk, jws

from server.runtime.debian import PackageSet, prepare_set

HERE = Path(__file__).parent
GO = PackageSet("go", ("golang-go", "golang-golang-x-mod-dev"), 700, native=True)
"""Go and its libraries for logs and notes (golang.org/x/mod/sumdb), as Debian has them, below the runtime folder."""
LIMIT_S = 180


def unpacked(package: Path) -> Path:
    folder = package.with_suffix("")
    with zipfile.ZipFile(package) as opened:
        opened.extractall(folder)
    return folder


def run(words: list[str], folder: Path, **more: Any) -> subprocess.CompletedProcess[str]:  # noqa: ANN401 - subprocess's own
    return subprocess.run(
        words, cwd=folder, capture_output=True, text=True, check=False, timeout=LIMIT_S, **more
    )


def instructed(folder: Path) -> str:
    """Somebody with openssl and a shell does what VERIFY.txt says: the lines that are indented, as they stand."""
    lines = (folder / "VERIFY.txt").read_text(encoding="utf-8").splitlines()
    script = "\n".join(["set -e", *(line[4:] for line in lines if line.startswith("    "))])
    done = run(["bash", "-c", script], folder)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def another_jose_library(folder: Path) -> dict[str, Any]:
    """jwcrypto: it signs nothing of ours."""
    token = jws.JWS()
    token.deserialize((folder / "recording.vcon.jws").read_text(encoding="utf-8"))
    token.verify(jwk.JWK.from_pem((folder / "certs/seal.pem").read_bytes()))
    vcon: dict[str, Any] = json.loads(token.payload)
    return vcon


def another_language(folder: Path, runtime: Path) -> dict[str, Any]:
    """Npm jose on Node."""
    script = _jose(runtime)
    done = run(
        ["node", str(script), str(folder / "recording.vcon.jws"), str(folder / "certs/seal.pem")], folder
    )
    assert done.returncode == 0, done.stderr
    vcon: dict[str, Any] = json.loads(done.stdout)
    return vcon


def go(folder: Path, runtime: Path) -> str:
    """Go's sumdb: the entry is in the log whose head was signed."""
    entry = folder / "entry"
    entry.write_text(f"sealed {sha512((folder / 'recording.vcon.jws').read_bytes()).hexdigest()}")
    return asked(runtime, "proof", folder / "certs/log.vkey", folder / "recording.tlog-proof", entry)


def asked(runtime: Path, *words: str | Path) -> str:
    """Ask the Go program; what it says: `holds`, or what is wrong."""
    return run([str(_outsider(runtime)), *map(str, words)], runtime).stdout.strip()


def the_draft(vcon: dict[str, Any]) -> None:
    """The draft's rules for a vCon, by jsonschema."""
    schema = json.loads((HERE / "vcon_schema.json").read_text(encoding="utf-8"))
    checker = jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())
    faults = [f"{'/'.join(map(str, fault.path))}: {fault.message}" for fault in checker.iter_errors(vcon)]
    assert faults == []


def convinced(package: Path, runtime: Path) -> dict[str, Any]:
    """Let all of them check a package; give the vCon as they read it."""
    folder = unpacked(package)
    said = instructed(folder)
    assert "CAdES Verification successful" in said
    assert said.count("Verification: OK") == 2, "the stamps of the vCon and of the log's head"
    vcon = another_jose_library(folder)
    assert another_language(folder, runtime) == vcon
    assert go(folder, runtime) == "holds"
    the_draft(vcon)
    return vcon


def _outsider(runtime: Path) -> Path:
    """Build the Go program, once for each text of it."""
    source = HERE / "outsider" / "main.go"
    built = runtime / "go-outsider" / sha512(source.read_bytes()).hexdigest()[:16]
    if built.exists():
        return built
    root = prepare_set(runtime, GO).path
    with _alone(runtime / ".go-outsider.lock"):
        built.parent.mkdir(exist_ok=True)
        surroundings = {
            "PATH": os.environ["PATH"],
            "HOME": str(built.parent),
            "GOROOT": str(next(root.glob("usr/lib/go-*"))),
            "GOPATH": str(root / "usr/share/gocode"),
            "GOCACHE": str(built.parent / "cache"),
            "GO111MODULE": "off",
            "CGO_ENABLED": "0",
        }
        program = str(next(root.glob("usr/lib/go-*/bin/go")))
        done = run([program, "build", "-o", str(built), str(source)], built.parent, env=surroundings)
    assert done.returncode == 0, done.stderr
    return built


def _jose(runtime: Path) -> Path:
    """Install jose as the lock file says, once."""
    folder = runtime / "jose"
    with _alone(runtime / ".jose.lock"):
        folder.mkdir(exist_ok=True)
        lacking = not (folder / "node_modules" / "jose").is_dir()
        for name in ("package.json", "package-lock.json", "verify.js"):
            shutil.copy(HERE / "jose" / name, folder / name)
        if lacking:
            words = "npm ci --omit-lockfile-registry-resolved --no-fund --no-audit --ignore-scripts"
            done = run(words.split(), folder)
            assert done.returncode == 0, done.stderr
    return folder / "verify.js"


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
