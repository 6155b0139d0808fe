"""The command line: `ventanilla run`, `check`, `call`, `db`, `prompts`. Words only; the work is elsewhere."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.text import Text

from dialplans.faults import FlowError
from dialplans.voice import catalogue
from dialplans.voice.adopt import adopt
from dialplans.voice.build import build
from dialplans.voice.catalogue import CatalogueError
from dialplans.voice.install import BrokenAudioError, install
from dialplans.voice.script import script
from messages.texts import Unwritten
from server import accepted, checks, database, reloading, restarting, setup
from server.app import serve as serve_centre
from server.console import EXIT_FAULT, err, out, settings
from server.crm_cli import crm
from server.evidence_cli import cli as evidence
from server.figures_cli import cli as figures
from server.flows import load_whole
from server.flows_cli import flows
from server.messages_cli import cli as messages
from server.people_cli import cli as people
from server.probe import screen
from server.probe.script import ANONYMOUS, Script, ScriptFault, parse_steps
from server.promises_cli import cli as promises
from server.queue_cli import queue
from server.runtime.credentials import load_secrets
from server.runtime.logs import Logs
from server.runtime.progress import within
from server.runtime.serving import Serving
from server.runtime.trouble import RuntimeTrouble
from server.runtime.watch import Child, Watch, claim
from server.settings import Settings
from server.simulate_cli import simulate
from server.vault_cli import cli as vault
from server.welcome import say_ready, say_refused, showing_progress

app = typer.Typer(
    help="Ventanilla: a telephony and contact-centre server for public institutions.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
db = typer.Typer(help="The database.", no_args_is_help=True)
prompts = typer.Typer(help="The prompts: texts and voices.", no_args_is_help=True)
app.add_typer(crm, name="crm")
app.add_typer(flows, name="flows")
app.add_typer(messages, name="messages")
app.add_typer(people, name="people")
app.add_typer(queue, name="queue")
app.add_typer(promises, name="promises")
app.add_typer(figures, name="figures")
app.add_typer(evidence, name="evidence")
app.add_typer(vault, name="vault")
app.add_typer(db, name="db")
app.add_typer(prompts, name="prompts")
app.command()(simulate)

PRESSING = (
    "Keys, with commas between: 1@language.offer,2@menu.main~0,12345678#~2.5. `@prompt`: in the pause after it; "
    "`~0` behind it: as soon as it is recognised; `~2.5` alone: so many seconds after the item before; neither: in the "
    "next pause; `1@a.b|2@c.d`: whichever is heard first; `say`: the next --say file."
)
LISTENING = (
    "Language that may be heard (es); repeatable. All of them if not said, which takes longer to learn."
)
EXPECTING = "Prompt key to hear, in this order; one --expect for each, no commas. !key: it must not be heard."

CHATTY = ("uvicorn", "httpx", "httpcore", "asyncio", "panoramisk", "ventanilla.queues.panoramisk", "alembic")
PRIVATE = 0o077
"""What is written here is about people: nobody else on the machine may read it."""


def main() -> None:
    """Run the command line; what stands in the way is said in a sentence, never as a traceback."""
    try:
        app()
    except (
        RuntimeTrouble,
        FlowError,
        Unwritten,
        ScriptFault,
        CatalogueError,
        BrokenAudioError,
        OSError,
    ) as trouble:
        err.print(Text(str(trouble), style="bold red"))
        sys.exit(EXIT_FAULT)


@app.command()
def run() -> None:
    """Set up what is missing, start Asterisk, broker and server, watch them; Ctrl-C stops what was started."""
    wanted = settings()
    speak("WARNING")
    os.umask(PRIVATE)
    setup.check_folder(wanted)
    judged = accepted.read(wanted.institution_folder)
    begins = accepted.beginning(wanted.runtime, wanted.institution_folder, judged)
    held = claim(wanted.runtime)  # before anything is written: another run may be living from these files
    setup.check_ports(wanted, served=serving(wanted).pid() is not None)
    with showing_progress(out) as progress:
        if begins.refused:
            installation = setup.set_up(wanted, within(progress, 0.0, 0.9), begins.institution)
        else:
            installation = setup.set_up(wanted, within(progress, 0.0, 0.9))
            accepted.keep(wanted.runtime, wanted.institution_folder, judged)
        logs = Logs(
            installation.asterisk, (serving(wanted).log, installation.broker.folder / "mosquitto.log")
        )
        watch = Watch(wanted.runtime, children(installation), held, logs.look)
        watch.start(within(progress, 0.9, 1.0))
    say_ready(out, wanted, begins.institution, installation.programs.warning)
    say_refused(err, wanted.institution_folder, begins.refused)
    watch.run()


def children(installation: setup.Installation) -> list[Child]:
    """Give what is started and watched, in order; a broker of the operator's own is not ours to start."""
    broker: list[Child] = [] if installation.settings.mqtt_url else [installation.broker]
    return [*broker, installation.asterisk, serving(installation.settings)]


def serving(wanted: Settings) -> Serving:
    """Describe the server's process; its door opens after its pages, which may not be on loopback, where is asked."""
    ports = wanted.ports
    return Serving(
        argv=(sys.executable, "-m", "server.cli", "serve"),
        runtime=wanted.runtime,
        log=wanted.runtime / "log" / "server.log",
        ready_ports=(ports.agi, ports.web) if wanted.pages_on_loopback else (ports.agi,),
    )


@app.command(hidden=True)
def serve() -> None:
    """Serve: what `run` starts and watches. Asterisk and broker are expected to be there."""
    wanted = settings()
    os.umask(PRIVATE)
    speak(os.environ.get("VENTANILLA_LOG", "INFO"))
    secrets = load_secrets(wanted.runtime)
    uvloop.run(serve_centre(wanted, secrets))


@app.command("reload")
def reload_flows() -> None:
    """Let the running server read flows and prompts again; unsound flows are refused, the old ones go on."""
    wanted = settings()
    number = running(wanted)
    judged = accepted.read(wanted.institution_folder)
    taken_well(reloading.ask(wanted.runtime, number, "look"))
    lay_out(wanted, judged)
    taken = reloading.verdict(wanted.runtime, number, "take")
    taken_well(taken.faults)
    out.print("The server serves the new flows; calls in progress finish on the old ones.")
    if taken.later:
        changed = ", ".join(taken.later)
        out.print(Text(f"Not yet served, for it needs a restart: {changed}. Run: ventanilla restart"))


@app.command()
def restart() -> None:
    """Put a new server in the place of the running one, with new code; calls and conversations go on."""
    wanted = settings()
    running(wanted)
    judged = accepted.read(wanted.institution_folder)
    load_whole(wanted.institution_folder)
    if faults := [*checks.of_crm(wanted), *checks.of_database(wanted)]:
        raise RuntimeTrouble("\n".join((*faults, "Refused: the old server goes on.")))
    lay_out(wanted, judged)
    out.print("Callers hear music for some seconds, conversations go on …")
    restarting.restart(serving(wanted))
    out.print("The new server serves.")


def lay_out(wanted: Settings, judged: accepted.Files) -> None:
    """Put the prompts of a folder found sound where Asterisk plays them, and keep it. Raises RuntimeTrouble."""
    accepted.demand_unchanged(wanted.institution_folder, judged)
    install(wanted.institution_folder, wanted.sounds, lambda _done, _of, _what: None)
    accepted.keep(wanted.runtime, wanted.institution_folder, judged)


def running(wanted: Settings) -> int:
    """Give the server's process id. Raises RuntimeTrouble when none of this installation runs."""
    number = serving(wanted).pid()
    if number is None:
        raise RuntimeTrouble("No server of this installation is running: start it with `ventanilla run`.")
    return number


def taken_well(faults: tuple[str, ...]) -> None:
    """Go on when the server has no fault to find. Raises RuntimeTrouble with all it found."""
    if faults:
        remedy = "Refused: the old flows go on. (A new self-service is new code: `ventanilla restart`.)"
        raise RuntimeTrouble("\n".join((*faults, remedy)))


@app.command()
def check() -> None:
    """Say what is wrong with this configuration, and what mends it: settings, flows, prompts, Asterisk, secrets."""
    faults = checks.report(settings(), out)
    raise typer.Exit(EXIT_FAULT if faults else 0)


@app.command()
def call(  # noqa: PLR0913, PLR0917 - each option of the command is an argument to typer
    to: Annotated[str, typer.Option(help="Number to call.")],
    press: Annotated[str, typer.Option(help=PRESSING)] = "",
    say: Annotated[list[Path] | None, typer.Option(help="Sound file to speak; repeatable.")] = None,
    expect: Annotated[list[str] | None, typer.Option(help=EXPECTING)] = None,
    caller: Annotated[str, typer.Option("--from", help="Caller's number.")] = ANONYMOUS,
    server: Annotated[str | None, typer.Option(help="host:port of the SIP server.")] = None,
    wav: Annotated[Path | None, typer.Option(help="Write here what was heard.")] = None,
    seconds: Annotated[float, typer.Option(help="Longest call.")] = 120.0,
    language: Annotated[list[str] | None, typer.Option(help=LISTENING)] = None,
    *,
    stay: Annotated[bool, typer.Option(help="Stay on the line to the end.")] = False,
    answer_times: Annotated[bool, typer.Option(help="Print how long answers took.")] = False,
) -> None:
    """Call a number as a citizen would, and say from the sound alone which prompts were heard."""
    wanted = settings()
    planned = Script(
        to=to,
        server=server or f"{wanted.sip_host}:{wanted.ports.sip}",
        caller=caller,
        steps=parse_steps(press, say or ()),
        expected=tuple(expect or ()),
        wav=wav,
        seconds=seconds,
        stay=stay,
    )
    folder = wanted.institution_folder
    raise typer.Exit(screen.run(planned, folder, language, answer_times=answer_times, console=out))


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the database to the newest revision."""
    wanted = settings()
    database.migrate(wanted.database, load_secrets(wanted.runtime).register.encode())
    out.print("The database is at the newest revision.")


@db.command("revision")
def db_revision(message: Annotated[str, typer.Argument(help="What changed, in a sentence.")]) -> None:
    """Write a migration from the difference between the tables in the code and this database."""
    wanted = settings()
    database.migrate(wanted.database, load_secrets(wanted.runtime).register.encode())
    out.print(database.write_revision(wanted.database, message))


@db.command("demonstration")
def db_demonstration() -> None:
    """Put the demonstration's citizens, agents and accounts in place."""
    asyncio.run(checks.furnished(settings()))
    out.print("The demonstration is in place.")


@prompts.command("build")
def prompts_build(language: Annotated[list[str] | None, typer.Option(help="Only these.")] = None) -> None:
    """Synthesise the prompts whose text has changed (`make prompts` installs what this needs)."""
    if find_spec("onnxruntime") is None:
        raise RuntimeTrouble(
            "The voice is not installed here: run `make prompts`, which fetches it and builds."
        )
    folder = settings().institution_folder
    spoken = build(
        folder,
        tuple(language or catalogue.languages(folder)),
        lambda done, of, what: out.print(f"{done}/{of} {what}", highlight=False),
        cache=settings().runtime / "voice",
    )
    out.print(f"{spoken} prompts were spoken.")


@prompts.command("check")
def prompts_check() -> None:
    """Say which prompts lack text or audio, clip, or are too loud or too quiet."""
    faults = list(checks.of_prompts(settings()))
    for fault in faults:
        out.print(fault, highlight=False)
    raise typer.Exit(EXIT_FAULT if faults else 0)


@prompts.command("adopt")
def prompts_adopt(language: str, key: str, sound: Path) -> None:
    """Take a studio's recording for a prompt, until its text changes."""
    out.print(f"Kept as {adopt(settings().institution_folder, language, key, sound)}", highlight=False)


@prompts.command("script")
def prompts_script(language: Annotated[str, typer.Argument(help="Language code, such as ca.")]) -> None:
    """Print what a human speaker would read, with the file name of each recording."""
    out.print(script(settings().institution_folder, language), highlight=False, markup=False)


def speak(level: str) -> None:
    """Log in sentences, on standard error; nothing personal is ever given to a logger."""
    form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(level=level, format=form, stream=sys.stderr)
    for chatty in CHATTY:
        logging.getLogger(chatty).setLevel(logging.WARNING)


if __name__ == "__main__":
    main()
