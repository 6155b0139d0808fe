"""`ventanilla flows`: check, draw, try the flows, and turn their switches."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.text import Text

from dialplans.check import check_institution
from dialplans.draw import draw
from dialplans.institution import Institution
from dialplans.try_out import Surroundings, TryOut
from ivr import services
from server import switches
from server.console import EXIT_FAULT, EXIT_USAGE, out, settings
from server.flows import faults, load, wanting

if TYPE_CHECKING:
    from server.settings import Settings

flows = typer.Typer(help="The flows: check, draw, try, switches.", no_args_is_help=True)


@flows.command("check")
def check() -> None:
    """Say what is wrong with the institution's folder, each fault with file, step and remedy."""
    folder = settings().institution_folder
    # where the files themselves are broken, nobody can tell their prompts and messages
    unsound = faults(folder) or wanting(folder, load(folder))
    for fault in unsound:
        out.print(Text(str(fault)))
    if unsound:
        out.print(f"{len(unsound)} faults.")
        raise typer.Exit(EXIT_FAULT)
    say_sound(load(folder))


@flows.command("draw")
def draw_flows(
    to: Annotated[Path, typer.Option("--out", help="Folder for the pictures.")] = Path("docs/pictures/flows"),
    language: Annotated[str | None, typer.Option(help="Language of the prompts shown.")] = None,
) -> None:
    """Write an SVG of each flow."""
    institution = load(settings().institution_folder)
    to.mkdir(parents=True, exist_ok=True)
    for name in institution.flows:
        file = to / f"{name}.svg"
        file.write_text(draw(institution, name, language or institution.languages[0]), "utf-8")
        out.print(str(file), highlight=False)


@flows.command("try")
def try_flow(
    number: Annotated[str | None, typer.Argument(help="Number dialled; the first of ours.")] = None,
    language: Annotated[str | None, typer.Option(help="Language proposed.")] = None,
    at: Annotated[datetime | None, typer.Option(help="When, local time; now.")] = None,
    on: Annotated[list[str] | None, typer.Option(help="Switch that is on; repeatable.")] = None,
    *,
    known: Annotated[bool, typer.Option(help="The caller's number is on file.")] = False,
) -> None:
    """Walk a flow as a caller: prompts as text, keys typed, an empty line is silence, `hang` hangs up.

    A self-service ends as you say; a level after it is what is proven then: `refused 1`.
    """
    wanted = settings()
    institution = load(wanted.institution_folder)
    dialled = number or next(iter(institution.numbers))
    if dialled not in institution.numbers:
        out.print(f"{dialled} is not ours. Ours: {', '.join(institution.numbers)}.", highlight=False)
        raise typer.Exit(EXIT_USAGE)
    moment = at.replace(tzinfo=institution.time_zone).timestamp() if at else time.time()
    turned = {**switches.read(wanted.runtime), **dict.fromkeys(on or (), True)}
    # who names an hour wants the calendar
    always = at is None and wanted.demonstration and wanted.always_open
    around = Surroundings(moment, services.outcomes(), turned, known, services.asked(), always)
    TryOut(institution, around, _shown, _asked).call(dialled, language)


@flows.command("switch")
def switch(
    name: Annotated[str | None, typer.Argument(help="Switch, such as emergency.")] = None,
    position: Annotated[Literal["on", "off"] | None, typer.Argument(help="on or off.")] = None,
) -> None:
    """Turn a switch, at once for new calls and for calls that next look at it; without arguments, show them."""
    wanted = settings()
    turned = switches.read(wanted.runtime)
    if name is None:
        for known, on in {**load(wanted.institution_folder).switches, **turned}.items():
            out.print(f"{known}: {'on' if on else 'off'}", highlight=False)
    elif position is None:
        raise typer.BadParameter("say on or off")
    else:
        _turn(wanted, name, on=position == "on")


def _turn(wanted: Settings, name: str, *, on: bool) -> None:
    """Turn one; a name that the flows do not know is refused, unless the flows themselves cannot be read."""
    unsound = check_institution(wanted.institution_folder)
    known = {} if unsound else load(wanted.institution_folder).switches
    if not unsound and name not in known:
        raise typer.BadParameter(f"there is no switch {name}; there are: {', '.join(known) or 'none'}")
    switches.turn(wanted.runtime, name, on=on)
    out.print(f"{name} is {'on' if on else 'off'}.", highlight=False)


def say_sound(institution: Institution) -> None:
    """Say what was checked, in figures."""
    out.print(
        f"Sound: {len(institution.flows)} flows, {len(institution.steps)} steps, "
        f"{len(institution.languages)} languages, {len(institution.numbers)} numbers.",
        highlight=False,
    )


def _shown(line: str) -> None:
    out.print(Text(line))


def _asked(what: str) -> str:
    try:
        return input(f"   {what} > ")
    except (EOFError, KeyboardInterrupt):
        return "hang"
