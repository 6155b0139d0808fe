"""`ventanilla evidence token`: the seal's key lies in a token from now on."""

from __future__ import annotations

import time
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer

from recordings.adapters.evidence.keys import NoKey, Role
from recordings.adapters.evidence.log import Log
from recordings.adapters.evidence.rotating import waits_for_stamp
from recordings.evidence.entries import Kind, happened
from server.console import out, settings
from server.evidence import keys_of
from server.flows import load
from server.on_file import on_file
from server.runtime.trouble import RuntimeTrouble
from server.settings import Settings

ADDRESS = "Where it lies (RFC 7512): pkcs11:token=…;object=…?module-path=/…/library.so&pin-source=file:/…"

AT_ONCE = "For a key that was stolen: what it signed and has no time stamp yet will not hold."


def let_stamps_come(wanted: Settings, role: Role, *, at_once: bool) -> None:
    """Refuse to retire a key while something that it signed has no stamp. Raises RuntimeTrouble."""
    waiting = None if at_once else on_file(wanted.database, lambda engine: waits_for_stamp(engine, role))
    if waiting is not None:
        raise RuntimeTrouble(
            f"The {role} key is not retired: {waiting}, and would not hold. Try again in a minute, when the time stamp "
            "authority has answered; --at-once retires a key that was stolen."
        )


def join(cli: typer.Typer) -> None:
    """Add the command to `ventanilla evidence`."""
    cli.command("token")(token)


def token(
    address: Annotated[str, typer.Argument(help=ADDRESS)],
    certificates: Annotated[
        Path | None,
        typer.Option(
            help="PEM: the key's certificate, then those above it. Without it our own root issues one."
        ),
    ] = None,
    at_once: Annotated[bool, typer.Option("--at-once", help=AT_ONCE)] = False,  # noqa: FBT002 - an option
) -> None:
    """Seal with a key in a token (PKCS#11) from now on, and retire the seal so far.

    It takes the package python-pkcs11, which is an option (docs/evidence.md).
    """
    wanted = settings()
    let_stamps_come(wanted, Role.SEAL, at_once=at_once)
    at = time.time()
    try:
        given = certificates.read_bytes() if certificates else b""
        retired = keys_of(wanted, load(wanted.institution_folder).name).adopt(address, given, at)
    except NoKey as why:
        raise RuntimeTrouble(str(why)) from why
    except OSError as fault:
        raise RuntimeTrouble(f"{certificates} cannot be read ({type(fault).__name__}).") from fault
    if retired is not None:
        entry = happened(Kind.RETIRED, sha256(retired.encode()).hexdigest(), at)
        on_file(wanted.database, lambda engine: Log(engine).append([entry]))
    out.print(
        "The next signature is made in the token. Put the root of its certificate into trust/seal-root.pem, "
        "if it is another's, and publish the folder `trust` again: outsiders check with it."
    )
