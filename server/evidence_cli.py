"""`ventanilla evidence`: packages that prove what was said, checked and made; the log behind them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.evidence.auditing import consistent_heads
from recordings.adapters.evidence.export import NoEvidence, receipt_of
from recordings.adapters.evidence.keys import Keys, NoKey, Role, trusted
from recordings.adapters.evidence.log import Log
from recordings.adapters.evidence.package import Altered, verify
from recordings.adapters.evidence.rounds import Looked
from recordings.evidence.entries import Kind, happened
from recordings.evidence.findings import Finding, Verdict
from recordings.evidence.trust import BadTrust, Trust
from recordings.ports import NoAudio
from server import database, erase_cli
from server.console import EXIT_FAULT, out, settings
from server.evidence import folder_of, keys_of
from server.evidence_audit import READ_ON_DEMAND_S, alone, differences
from server.evidence_distrust_cli import join as join_distrust
from server.evidence_export import package_of
from server.evidence_token_cli import AT_ONCE, let_stamps_come
from server.evidence_token_cli import join as join_token
from server.flows import load
from server.on_file import on_file
from server.retention_cli import join as join_retention
from server.retention_cli import typed_reason
from server.runtime.trouble import RuntimeTrouble
from server.settings import Settings

cli = typer.Typer(
    help="What proves what was said: packages for strangers, and the log behind them.", no_args_is_help=True
)
log = typer.Typer(help="The log that every recording's evidence stands in.", no_args_is_help=True)
cli.add_typer(log, name="log")
join_retention(cli)
erase_cli.join(cli)
join_token(cli)
join_distrust(cli)

EXIT_RESERVED = 3
"""A package that holds with reservations: neither all is well, nor is it refused."""
TRUST = (
    "Folder of what you believe: seal-root.pem, seal.names, authority-root.pem, log.vkey. "
    "As it stands: this installation's."
)
SIGNS = {Verdict.GOOD: ("✓", "green"), Verdict.REMARK: ("!", "yellow"), Verdict.WRONG: ("✗", "red")}
NO_AUDIO = {
    "unknown": "there is no such recording",
    "unsealed": "its call goes on, or it waits to be sealed",
    "gone": "its file is not there",
    "destroyed": "its key was destroyed when its term was over",
    "locked": "none of the keys here opens it",
    "damaged": "its file is damaged",
}


@cli.command("verify")
def verify_package(
    package: Annotated[Path, typer.Argument(help="The .asice file.")],
    trust: Annotated[Path | None, typer.Option(help=TRUST)] = None,
) -> None:
    """Check a package offline, a sentence for each check.

    Exit code 1 when anything is wrong; 3 when it holds with reservations, which the sentences marked ! say.
    """
    believed = _believed(trust, settings())
    if not believed.seal_roots or not believed.logs:
        raise RuntimeTrouble(
            "There is nobody to believe: --trust must name a folder with seal-root.pem, authority-root.pem and "
            "log.vkey, as the institution publishes them; what is inside the package itself proves nothing."
        )
    found = verify(package, believed)
    for finding in found:
        sign, colour = SIGNS[finding.verdict]
        out.print(Text.assemble((f"{sign} ", colour), (f"{finding.check}: ", "bold"), finding.sentence))
    code, conclusion = concluded(found)
    out.print(conclusion)
    raise typer.Exit(code)


def concluded(found: Sequence[Finding]) -> tuple[int, str]:
    """Give the exit code and the last sentence of a check. Who only looks at one of them must not be misled."""
    faults = sum(finding.verdict is Verdict.WRONG for finding in found)
    reservations = sum(finding.verdict is Verdict.REMARK for finding in found)
    if faults:
        return EXIT_FAULT, f"The package does not hold: {faults} of its checks failed."
    if reservations:
        return EXIT_RESERVED, f"The package holds, with reservations: see what is marked ! ({reservations})."
    return 0, "The package holds."


@cli.command("export")
def export(
    call: Annotated[str, typer.Argument(help="The call's id, such as ventanilla-1763791200.12.")],
    reason: Annotated[str, typer.Option(help="Why: the reference of a request, a claim, a court's order.")],
    by: Annotated[str, typer.Option(help="Who takes it: the name of an account that may listen.")],
    second: Annotated[
        str, typer.Option(help="Who agrees, for a protected person: another such account.")
    ] = "",
    to: Annotated[Path | None, typer.Option(help="The file to write; CALL.asice if not said.")] = None,
) -> None:
    """Write a recording's evidence package, on record. It is in clear: give it to whom it is for, only."""
    wanted, why = settings(), (by, typed_reason(reason), second)
    target = to or Path(f"{call}.asice")
    if target.exists():
        raise RuntimeTrouble(f"{target} is there already: name another file with --to.")

    try:
        reference = on_file(wanted.database, lambda engine: package_of(engine, wanted, call, why, target))
    except NoAudio as why:
        raise RuntimeTrouble(f"The recording of call {call} cannot be read: {NO_AUDIO[why.reason]}.") from why
    except Altered as why:
        raise RuntimeTrouble(
            f"The recording of call {call} is not the one that was sealed: there is no package of it."
        ) from why
    except (NoEvidence, NoKey) as why:
        raise RuntimeTrouble(str(why)) from why
    out.print(f"{target}: evidence {reference}.", highlight=False)


@cli.command("receipt")
def receipt(call: Annotated[str, typer.Argument(help="The call's id.")]) -> None:
    """Say what the citizen's receipt says: the reference of the evidence, and the short root of a published head."""
    wanted = settings()
    found = on_file(wanted.database, lambda engine: receipt_of(engine, call))
    if found is None:
        raise RuntimeTrouble(
            f"There is no receipt of call {call}: no recording, or its head is not published yet."
        )
    out.print(f"{found.reference} {found.short_root}", highlight=False)


@cli.command("reconcile")
def reconcile(
    read_for: Annotated[
        float,
        typer.Option(
            "--read-for", min=0.0, help="Seconds for which audio is read again, where the last stopped."
        ),
    ] = READ_ON_DEMAND_S,
) -> None:
    """Compare calls, rows, evidence and log, all of them; exit code 1 when anything is unexplained.

    Audio is decrypted and compared with what was sealed, as much as can be in so many seconds; the next goes on there.
    """
    wanted, reread, found = settings(), list[Looked](), False

    async def told(engine: AsyncEngine) -> bool:
        some = False
        try:
            async for difference in differences(engine, wanted, read_for, reread.append):
                out.print(Text(difference.sentence))
                some = True
        except Exception as fault:
            if some:  # who reads these must not take them for all
                away = isinstance(fault, database.TROUBLE)
                why = "the database did not answer any more" if away else type(fault).__name__
                out.print(f"Not all was compared: {why}.")
            raise
        return some

    try:
        with alone(wanted):
            found = on_file(wanted.database, told)
    except BlockingIOError as busy:
        raise RuntimeTrouble("Another comparison is under way here: wait for it, an hour at most.") from busy
    if not found:
        out.print("Calls, files, rows and log agree.")
        for one in reread:
            out.print(f"{one.at} of {one.there} recordings were read again.", highlight=False)
    raise typer.Exit(EXIT_FAULT if found else 0)


@cli.command("rotate")
def rotate(
    role: Annotated[Role, typer.Argument(help="Which key: seal, authority (ours, for development) or log.")],
    at_once: Annotated[bool, typer.Option("--at-once", help=AT_ONCE)] = False,  # noqa: FBT002 - an option
) -> None:
    """Retire a key and make the next; the old one's certificate stays, so what it signed can be checked."""
    wanted = settings()
    let_stamps_come(wanted, role, at_once=at_once)
    at = time.time()
    try:
        retired = _keys(wanted).retire(role, at)
    except NoKey as why:
        raise RuntimeTrouble(str(why)) from why
    entry = happened(Kind.RETIRED, sha256(retired.encode()).hexdigest(), at)
    on_file(wanted.database, lambda engine: Log(engine).append([entry]))
    out.print(
        f"The {role} key is retired; the next signature is made with a new one. "
        "Publish the folder `trust` again: outsiders check with it."
    )


@log.command("consistency")
def consistency(
    old: Annotated[Path, typer.Argument(help="A head that somebody has kept: a signed checkpoint.")],
    new: Annotated[
        Path | None, typer.Argument(help="A newer one; the log as it is now, if not said.")
    ] = None,
    trust: Annotated[Path | None, typer.Option(help=TRUST)] = None,
) -> None:
    """Say whether the log goes on from a head that somebody kept; exit code 1 when it was rewritten since."""
    wanted = settings()
    believed = _believed(trust, wanted)
    heads = [old.read_text(encoding="utf-8"), *([new.read_text(encoding="utf-8")] if new else [])]
    fault = on_file(wanted.database, lambda engine: consistent_heads(Log(engine), heads, believed.logs))
    out.print(fault or "The log goes on from that head: nothing below it was changed.", highlight=False)
    raise typer.Exit(EXIT_FAULT if fault else 0)


def _believed(trust: Path | None, wanted: Settings) -> Trust:
    try:
        return trusted(trust or folder_of(wanted) / "trust")
    except BadTrust as why:
        raise RuntimeTrouble(f"{why} Who is to be believed is not known without it: get it again.") from why


def _keys(wanted: Settings) -> Keys:
    return keys_of(wanted, load(wanted.institution_folder).name)
