"""How the scripted caller behaves: what to do next, given what the ears report. Pure.

Like a person: listens until there is a pause, then presses; types several keys one after the other; presses
all the same when music never pauses or nothing is heard at all; hangs up when everything is done and heard.

All times are seconds from the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import assert_never

from server.probe.hearing import Heard
from server.probe.script import Either, Press, Say, Script, Step, When

PAUSE_SECONDS = 0.9  # longer than the gaps between the sentences of one announcement
SOUND_LIMIT_SECONDS = 45.0  # sound without a pause for so long is music: press all the same
SILENCE_LIMIT_SECONDS = 12.0  # nothing heard for so long: press all the same
PROMPT_LIMIT_SECONDS = 60.0  # a prompt waited for by name and not heard for so long will not come
BEFORE_SECONDS = 0.3  # a prompt that began so shortly before the last step was already its answer
LAST_PAUSE_SECONDS = 1.5  # how long to listen after the last expected prompt, so that its sentence ends


@dataclass(frozen=True, slots=True)
class Ears:
    """What is heard by `now`: the prompts recognised, and when last any voice or sound."""

    now: float
    heard: tuple[Heard, ...] = ()
    sound_at: float | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the script is: steps done, when the last of them was, and when that was not in a pause, why."""

    done: int = 0
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Do:
    """Do this step now. `remark` tells of an impatience, or is empty."""

    step: Step
    remark: str = ""


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call; `why` is a sentence."""

    why: str
    failed: bool = False


Move = Do | HangUp | None


def next_move(script: Script, progress: Progress, ears: Ears) -> Move:
    """Say what the caller does now, if anything."""
    if ears.now >= script.seconds:
        return HangUp(f"The limit of {script.seconds:g} seconds was reached.")
    if progress.done < len(script.steps):
        return _step(_chosen(script.steps[progress.done], progress, ears), progress, ears)
    if script.stay or not script.expected or unmet(script.expected, ears.heard):
        return None
    if _quiet_for(ears, progress.at) >= LAST_PAUSE_SECONDS:
        return HangUp("Everything expected was heard.")
    return None


def advanced(progress: Progress, now: float) -> Progress:
    """Count a step as done."""
    return replace(progress, done=progress.done + 1, at=now)


def _step(step: Step, progress: Progress, ears: Ears) -> Move:
    when, since = step.when, progress.at
    if when.heard is not None:
        cue = _cue(when.heard, since, ears.heard)
        if cue is None:
            return _given_up(when, since, ears.now)
        since = cue.end_s
        if when.seconds is not None:
            since = cue.start_s
    if when.seconds is not None:
        return Do(step) if ears.now >= since + when.seconds else None
    return _in_a_pause(step, progress.at, ears)


def _chosen(step: Step, progress: Progress, ears: Ears) -> Step:
    """Give the option whose prompt was heard first; the step itself while none was, or when it has none."""
    if not isinstance(step, Either):
        return step
    cued = [
        (cue.start_s, place)
        for place, option in enumerate(step.options)
        if (cue := _cue(option.when.heard or "", progress.at, ears.heard)) is not None
    ]
    return step.options[min(cued)[1]] if cued else step


def _cue(key: str, since: float, heard: Iterable[Heard]) -> Heard | None:
    return next((h for h in heard if h.start_s >= since - BEFORE_SECONDS and matches(key, h)), None)


def _given_up(when: When, since: float, now: float) -> HangUp | None:
    if now - since < PROMPT_LIMIT_SECONDS:
        return None
    return HangUp(
        f"Waited {PROMPT_LIMIT_SECONDS:g} seconds for {when.heard}, which was not heard.", failed=True
    )


def _in_a_pause(step: Step, since: float, ears: Ears) -> Do | None:
    waited = ears.now - since
    if ears.sound_at is None or ears.sound_at < since:
        return Do(step, "nothing was heard") if waited >= SILENCE_LIMIT_SECONDS else None
    if ears.now - ears.sound_at >= PAUSE_SECONDS:
        return Do(step)
    return Do(step, "the sound never paused") if waited >= SOUND_LIMIT_SECONDS else None


def _quiet_for(ears: Ears, since: float) -> float:
    return ears.now - max(since, ears.sound_at or 0.0)


def matches(pattern: str, heard: Heard) -> bool:
    """Tell whether a prompt key, `*` allowed, is what was heard or sounds the same."""
    return any(fnmatchcase(key, pattern) for key in (heard.key, *heard.also))


def unmet(expected: Sequence[str], heard: Sequence[Heard]) -> tuple[str, ...]:
    """Name the expectations not met: wanted keys not heard in their order, `!key` ones that were heard."""
    forbidden = tuple(
        key for key in expected if key.startswith("!") and any(matches(key[1:], h) for h in heard)
    )
    wanted = [key for key in expected if not key.startswith("!")]
    for prompt in heard:
        if wanted and matches(wanted[0], prompt):
            wanted.pop(0)
    return (*wanted, *forbidden)


def described(step: Step) -> str:
    """Put a step into words for the time line. What the operator typed may be shown to the operator."""
    match step:
        case Press():
            return f"pressed {step.keys}"
        case Say():
            return f"said {step.file.name}"
        case Either():
            return "pressed one or the other"
        case _:
            assert_never(step)
