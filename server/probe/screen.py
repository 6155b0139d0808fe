"""What the operator sees of a scripted call, and the exit code that a monitoring system sees."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Collection, Coroutine, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.text import Text

from server.probe.call import Moment, Outcome, place
from server.probe.catalogue import Catalogue
from server.probe.script import Say, Script, ScriptFault, Step, check
from server.probe.sounds import SoundUnreadable, load_catalogue, read_sound

EXIT_SUCCEEDED = 0
EXIT_UNMET = 1  # the call was held, but an expectation failed
EXIT_FAULT = 2  # the script or a file is wrong; nobody was called
EXIT_NO_CALL = 3  # nobody was reached, or the script could not be followed to its end
STOPPED = "The call was ended: this program was told to stop."
TEXT_SHOWN = 60  # characters of a prompt's text


def run(
    script: Script,
    institution: Path,
    languages: Collection[str] | None = None,
    *,
    answer_times: bool = False,
    console: Console | None = None,
) -> int:
    """Make the call, print its time line, give the exit code. `institution`: its folder; `languages`: listened for."""
    screen = console or Console()
    try:
        check(script)
        demand_files(script)
        screen.print("Learning what may be heard …")
        catalogue = load_catalogue(institution, languages)
        known(script, catalogue)
    except (ScriptFault, SoundUnreadable) as error:
        screen.print(Text(str(error), style="red"), soft_wrap=True)
        return EXIT_FAULT
    texts = {
        (key, language): prompt.text
        for prompt in catalogue.prompts
        for language in prompt.languages
        for key in prompt.keys_in(language)
    }
    screen.print(f"Calling {script.to} at {script.server} …", highlight=False)
    outcome = asyncio.run(_unless_told(place(script, catalogue, lambda m: screen.print(shown(m, texts)))))
    for line in verdict(script, outcome, answer_times=answer_times):
        screen.print(line)
    return exit_code(outcome)


async def _unless_told(call: Coroutine[None, None, Outcome]) -> Outcome:
    """Hold the call; hang up and say so when somebody ends this program (Ctrl-C, SIGTERM)."""
    calling, told = asyncio.create_task(call, name="probe: call"), asyncio.Event()

    def stop() -> None:
        told.set()
        calling.cancel()

    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, stop)
    try:
        outcome = await calling
    except asyncio.CancelledError:
        outcome = Outcome()
    # A call that is just being set up or ended may take the cancellation for its own end.
    return replace(outcome, trouble=STOPPED) if told.is_set() else outcome


def demand_files(script: Script) -> None:
    """Refuse what cannot be said or written, while nobody is on the line. Raises SoundUnreadable, ScriptFault."""
    for step in script.steps:
        if isinstance(step, Say):
            read_sound(step.file)
    if script.wav is not None:
        _demand_writable(script.wav)


def _demand_writable(wav: Path) -> None:
    there = wav.exists()
    try:
        wav.parent.mkdir(parents=True, exist_ok=True)
        wav.open("ab").close()
    except OSError as refused:
        raise ScriptFault(f"--wav {wav} cannot be written ({refused.strerror}): name another file.") from None
    if not there:
        wav.unlink()


def cues(steps: Iterable[Step]) -> Iterator[str]:
    """Give every prompt key that some step waits for."""
    for step in steps:
        yield from (step.when.heard or "").split("|")


def known(script: Script, catalogue: Catalogue) -> None:
    """Refuse expectations that no prompt can meet. Raises ScriptFault naming the nearest keys."""
    for key in (*script.expected, *cues(script.steps)):
        plain = key.removeprefix("!")
        if plain and "*" not in plain and plain not in catalogue.keys:
            near = ", ".join(sorted(k for k in catalogue.keys if k.split(".")[0] == plain.split(".")[0])[:8])
            raise ScriptFault(f"There is no prompt {plain!r}." + (f" There are: {near}." if near else ""))


def clock(seconds: float) -> str:
    """Write seconds as 00:03.2."""
    minutes, rest = divmod(round(seconds, 1), 60)
    return f"{minutes:02.0f}:{rest:04.1f}"


def shown(moment: Moment, texts: dict[tuple[str, str], str]) -> Text:
    """Write one line of the time line."""
    line = Text.assemble((clock(moment.at), "dim"), " ", moment.what)
    if moment.heard is not None:
        text = texts.get((moment.heard.key, moment.heard.language), "")
        line.append(f" ({moment.heard.language})", style="cyan")
        line.append(
            f" '{text[:TEXT_SHOWN]}{'…' if len(text) > TEXT_SHOWN else ''}'" if text else "", style="green"
        )
    return line


TOO_BUSY = "this machine was too busy to take it."


def verdict(script: Script, outcome: Outcome, *, answer_times: bool) -> list[Text]:
    """Say how it went: times if wanted, what was expected and heard instead, or that all is well."""
    lines = [Text(line, style="dim") for line in times(outcome)] if answer_times else []
    if script.wav is not None and outcome.answered_after is not None:
        lines.append(Text(f"What was heard is in {script.wav}", style="dim"))
    if outcome.trouble:
        lines.append(Text(outcome.trouble, style="bold red"))
    lines.extend(Text(_complaint(key, script, outcome), style="bold red") for key in outcome.unmet)
    if outcome.lost_seconds:
        lines.append(
            Text(f"{outcome.lost_seconds:g} s of sound came and was lost: {TOO_BUSY}", style="yellow")
        )
    if outcome.succeeded and not script.expected:
        lines.append(Text("The call was held; nothing was expected of it (--expect).", style="yellow"))
    elif outcome.succeeded:
        lines.append(Text(f"Well: {len(script.expected)} expectations met.", style="bold green"))
    return lines


def _complaint(key: str, script: Script, outcome: Outcome) -> str:
    heard = ", ".join(prompt.key for prompt in outcome.heard) or "nothing that is known"
    if key.startswith("!"):
        return f"Expected not to hear {key[1:]}, but it was played. Heard: {heard}."
    place_in_order = script.expected.index(key)
    after = f" after {script.expected[place_in_order - 1]}" if place_in_order else ""
    return f"Expected to hear {key}{after}. Heard instead: {heard}."


def times(outcome: Outcome) -> list[str]:
    """How long the other side took: to answer, to be heard, and to speak again after each key."""
    if outcome.answered_after is None:
        return []
    lines = [f"Answered after {outcome.answered_after:.2f} s."]
    if outcome.first_sound_after is not None:
        lines.append(f"First sound {outcome.first_sound_after:.2f} s later.")
    for moment in outcome.moments:
        if moment.what.startswith("pressed"):
            later = [prompt.start_s for prompt in outcome.heard if prompt.start_s > moment.at]
            lines.append(
                f"{clock(moment.at)} {moment.what}: "
                + (f"{min(later) - moment.at:.2f} s" if later else "no reply")
            )
    return lines


def exit_code(outcome: Outcome) -> int:
    """0 well, 1 an expectation failed, 3 no call or no way to follow the script."""
    if outcome.unmet and outcome.answered_after is not None:
        return EXIT_UNMET
    return EXIT_NO_CALL if outcome.trouble else EXIT_SUCCEEDED
