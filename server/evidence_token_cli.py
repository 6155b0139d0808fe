"""`ventanilla evidence token`: the seal's key lies in a token from now on."""

from __future__ import annotations

import time
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer

from recordings.adapters.evidence.keys import NoKey
from recordings.adapters.evidence.log import Log
from recordings.evidence.entries import Kind, happened
from server.console import out, settings
from server.evidence import keys_of
from server.flows import load
from server.on_file import on_file
from server.runtime.trouble import RuntimeTrouble

ADDRESS = "Where it lies (RFC 7512): pkcs11:token=…;object=…?module-path=/…/library.so&pin-source=file:/…"


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
) -> None:
    """Seal with a key in a token (PKCS#11) from now on, and retire the seal so far.

    It takes the package python-pkcs11, which is an option (docs/evidence.md).
    """
    wanted, at = settings(), time.time()
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
