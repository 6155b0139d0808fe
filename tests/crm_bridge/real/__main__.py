"""A real CRM to try out: `python -m tests.crm_bridge.real tryton` (or odoo) serves one until Ctrl-C; nobody is in it.

With `--only-make` it only fetches and makes what the tests need, with a line for every step.
"""

import signal
import sys
import tempfile
from pathlib import Path

from tests.crm_bridge.real.environment import REPOSITORY, say
from tests.crm_bridge.real.odoo import an_odoo
from tests.crm_bridge.real.tryton import a_tryton

KINDS = {"tryton": a_tryton, "odoo": an_odoo}


def main(name: str, *, only_make: bool) -> None:
    """Serve one until it is interrupted."""
    for asked_to_end in (
        signal.SIGINT,
        signal.SIGTERM,
    ):  # a shell's background job ignores the first by itself
        signal.signal(asked_to_end, lambda *_: sys.exit(0))
    with (
        tempfile.TemporaryDirectory(prefix=f"ventanilla-{name}-") as folder,
        KINDS[name](REPOSITORY / ".runtime", Path(folder)) as served,
    ):
        if only_make:
            return
        say(f"{name} serves; in the terminal where you work, say:")
        told = {
            "VENTANILLA_CRM": name,
            **{f"VENTANILLA_CRM_OPTIONS__{key.upper()}": served.options[key] for key in served.options},
        }
        sys.stdout.writelines(f"export {variable}='{value}'\n" for variable, value in told.items())
        sys.stdout.flush()
        say("Ctrl-C ends it, and nothing of it stays.")
        signal.pause()


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in KINDS:
        sys.exit(__doc__)
    main(sys.argv[1], only_make="--only-make" in sys.argv)
