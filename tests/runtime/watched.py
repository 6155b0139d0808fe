"""A watcher as a process of its own, so that a test can kill it: `python -m tests.runtime.watched FOLDER PORTS`."""

import json
import sys
from pathlib import Path

from server.runtime.asterisk import Asterisk
from server.runtime.credentials import load_secrets
from server.runtime.ports import Ports
from server.runtime.programs import prepare
from server.runtime.serving import Serving
from server.runtime.site import Places, Site
from server.runtime.watch import Watch

SLEEPER = (sys.executable, "-c", "import time; time.sleep(600)")


def main() -> None:
    runtime_root, runtime, ports = Path(sys.argv[1]), Path(sys.argv[2]), Ports(**json.loads(sys.argv[3]))
    site = Site(numbers=("901166565",), ports=ports)
    asterisk = Asterisk(prepare(runtime_root).asterisk, Places(runtime), site)
    asterisk.render(load_secrets(runtime))
    server = Serving(SLEEPER, runtime, runtime / "server.log")
    watch = Watch(runtime, (asterisk, server))
    watch.start()
    sys.stdout.write(json.dumps([asterisk.pid(), server.pid()]) + "\n")
    sys.stdout.flush()
    watch.run()


if __name__ == "__main__":
    main()
