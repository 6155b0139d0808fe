"""The walk of one call through its institution's flows: a happening in, a walk and one action out.

Pure: no clock, no line, no chance. `start` gives a walk that waits for `Answered`; `advance` takes what
happened and answers with the next action; the happening must be one the walk waits for, else
`IllegalHappening` is raised and nothing has changed (walks are frozen). `again` repeats the action a walk
is waiting on, for a call that is taken up after the server was lost.

    waiting at            may happen            and then
    (a new walk)          Answered              enter the first step of the number's flow
    menu                  Keys("1".."9")        enter the target, remember this menu for "back"
                          Keys("#")             enter the menu before this one, or say this one again
                          Keys("*")             say again exactly what was said
                          Keys("0")             enter the flow's person
                          Keys(other), Silence  say so and the menu again; the third time, the flow's person
    language              Keys(offered)         speak that language, enter `next`
                          Silence               speak the proposed language, enter `next`
                          Keys("0", "*", "#")   as in a menu; other keys are wrong keys
    record                Recorded              enter `next`
    hours                 HoursAre              enter `open` or `closed`
    service               Outcome               enter what the step answers for the outcome
    person                Closed                enter `closed`, or the farewell if keys or silence failed
                          TalkOver              enter `next`
    hangup                (nothing)

Steps that only speak are never waited at: their words join the next action's, so that one command says them
all. Every walk ends: `MAX_TURNS` keys or silences lead to a person, and from there to an end.
"""

from functools import lru_cache
from typing import assert_never

from dialplans.flows import (
    ChooseLanguage,
    Flow,
    HangUp,
    Hours,
    Menu,
    Person,
    Record,
    Serve,
    Speak,
    Step,
    answers,
    place,
)
from dialplans.institution import Institution
from dialplans.walks import (
    Action,
    Answered,
    Ask,
    Closed,
    Happening,
    HoursAre,
    IllegalHappening,
    Keys,
    Leave,
    LookAtClock,
    Outcome,
    Recorded,
    Run,
    Silence,
    StartRecording,
    TalkOver,
    Walk,
    WantPerson,
)

__all__ = [
    "MAX_TRIES",
    "MAX_TURNS",
    "Action",
    "Answered",
    "Ask",
    "Closed",
    "Happening",
    "HoursAre",
    "IllegalHappening",
    "Keys",
    "Leave",
    "LookAtClock",
    "Outcome",
    "Recorded",
    "Run",
    "Silence",
    "StartRecording",
    "TalkOver",
    "Walk",
    "WantPerson",
    "advance",
    "again",
    "start",
]

MAX_TRIES = 3  # wrong keys or silences at one menu before a person is called for
MAX_TURNS = 150  # keys and silences in one call; nobody chooses so often, a stuck keypad does
MAX_WORDLESS = 32  # steps passed without waiting; `check` forbids a ring of them, this is the net below
REMEMBERED = 8192  # turns of calls; the flows' common ways in every language are some hundreds
_MACHINE_KEYS = "0*#"
_ASKING = (Menu, ChooseLanguage)


def start(institution: Institution, number: str, proposed_language: str | None) -> Walk:
    """Give the walk of a call that nobody has answered yet. KeyError for a number that is not ours."""
    language = proposed_language if proposed_language in institution.languages else institution.languages[0]
    return Walk(number, institution.start_of(number), language)


def advance(institution: Institution, walk: Walk, happening: Happening) -> tuple[Walk, Action]:
    """Take what happened; give the walk after it and what to do next.

    Callers take the same ways through the same menus, and the answer depends on nothing else: the commonest
    answers are remembered. Those about a proven person are not kept.
    """
    if walk.person is None and not isinstance(happening, Outcome):
        return _remembered(institution, walk, happening)
    return _advance(institution, walk, happening)


@lru_cache(maxsize=REMEMBERED)
def _remembered(institution: Institution, walk: Walk, happening: Happening) -> tuple[Walk, Action]:
    return _advance(institution, walk, happening)


def _advance(institution: Institution, walk: Walk, happening: Happening) -> tuple[Walk, Action]:
    if not walk.answered:
        if not isinstance(happening, Answered):
            raise _illegal(walk, happening)
        return _enter(institution, walk._replace(answered=True), walk.step)
    step = institution.steps[walk.step]
    match step:
        case Menu():
            return _at_menu(institution, walk, step, happening)
        case ChooseLanguage():
            return _at_language(institution, walk, step, happening)
        case _:
            return _elsewhere(institution, walk, step, happening)


def again(institution: Institution, walk: Walk) -> Action:
    """Give the action a walk waits on once more. KeyError when its step is no longer in the flows."""
    step = institution.steps[walk.step]
    match step:
        case Menu() | ChooseLanguage():
            return Ask(walk.said, step.timeout_s)
        case _:
            return _enter(institution, walk, walk.step)[1]


def _illegal(walk: Walk, happening: Happening) -> IllegalHappening:
    return IllegalHappening(f"{type(happening).__name__} cannot happen at {walk.step}")


def _flow_of(walk: Walk) -> str:
    return walk.step.partition("/")[0]


def _shape(institution: Institution, walk: Walk) -> Flow:
    return institution.flows[_flow_of(walk)]


def _at_menu(institution: Institution, walk: Walk, step: Menu, happening: Happening) -> tuple[Walk, Action]:
    match happening:
        case Keys(keys) if keys in step.keys:
            return _go(institution, _chose(walk), place(_flow_of(walk), step.keys[keys]))
        case Keys(keys) if keys in _MACHINE_KEYS and keys:
            return _own_key(institution, walk, step, keys)
        case Keys() | Silence():
            return _failed(institution, walk, step, happening)
        case _:
            raise _illegal(walk, happening)


def _at_language(
    institution: Institution, walk: Walk, step: ChooseLanguage, happening: Happening
) -> tuple[Walk, Action]:
    match happening:
        case Keys(keys) if keys in step.keys:
            chosen = walk._replace(language=step.keys[keys], tries=0, turns=walk.turns + 1, failed=False)
            return _go(institution, chosen, place(_flow_of(walk), step.next))
        case Silence():
            return _go(institution, walk._replace(turns=walk.turns + 1), place(_flow_of(walk), step.next))
        case Keys(keys) if keys in _MACHINE_KEYS and keys:
            return _own_key(institution, walk, step, keys)
        case Keys():
            return _failed(institution, walk, step, happening)
        case _:
            raise _illegal(walk, happening)


def _elsewhere(institution: Institution, walk: Walk, step: Step, happening: Happening) -> tuple[Walk, Action]:
    match step, happening:
        case Record(), Recorded():
            target = step.next
        case Hours(), HoursAre(is_open):
            target = step.open if is_open else step.closed
        case Serve(), Outcome(name) if name in (ends := answers(_shape(institution, walk), step)):
            target, walk = ends[name], _learnt(walk, happening)
        case Person(), TalkOver():
            target, walk = step.next, walk._replace(failed=False)
        case Person(), Closed():
            target = _shape(institution, walk).farewell if walk.failed else step.closed
        case _:
            raise _illegal(walk, happening)
    return _enter(institution, walk, place(_flow_of(walk), target))


def _learnt(walk: Walk, outcome: Outcome) -> Walk:
    return walk._replace(
        level=walk.level if outcome.level is None else outcome.level,
        person=outcome.person or walk.person,
        subject=outcome.subject or walk.subject,
    )


def _chose(walk: Walk) -> Walk:
    """Remember the menu that was chosen from, for "back"."""
    return walk._replace(trail=(*walk.trail, walk.step), tries=0, turns=walk.turns + 1, failed=False)


def _own_key(
    institution: Institution, walk: Walk, step: Menu | ChooseLanguage, key: str
) -> tuple[Walk, Action]:
    turned = walk._replace(turns=walk.turns + 1)
    if turned.turns >= MAX_TURNS:
        return _give_up(institution, turned)
    match key:
        case "0":
            return _enter(institution, _chose(walk), _person(institution, walk))
        case "#" if walk.trail:
            shorter = turned._replace(trail=walk.trail[:-1], tries=0)
            return _go(institution, shorter, walk.trail[-1])
        case "#":
            return _go(institution, turned, walk.step)
        case _:
            return turned, Ask(walk.said, step.timeout_s)


def _failed(
    institution: Institution, walk: Walk, step: Menu | ChooseLanguage, happening: Keys | Silence
) -> tuple[Walk, Action]:
    """Say what went wrong and the choices again, or, at the third failure, call for a person."""
    failing = walk._replace(tries=walk.tries + 1, turns=walk.turns + 1)
    if failing.tries >= MAX_TRIES:
        return _give_up(institution, failing)
    word = "wrong_key" if isinstance(happening, Keys) else "silence"
    choices = _spoken(institution, walk, step)
    return failing._replace(said=choices), Ask((word, *choices), step.timeout_s)


def _give_up(institution: Institution, walk: Walk) -> tuple[Walk, Action]:
    failing = walk._replace(tries=0, failed=True)
    return _enter(institution, failing, _person(institution, walk))


def _person(institution: Institution, walk: Walk) -> str:
    flow = _flow_of(walk)
    return place(flow, institution.flows[flow].person)


def _go(institution: Institution, walk: Walk, name: str) -> tuple[Walk, Action]:
    """Enter a step that the caller chose, unless this call has chosen more often than people do."""
    return _give_up(institution, walk) if walk.turns >= MAX_TURNS else _enter(institution, walk, name)


def _enter(institution: Institution, walk: Walk, name: str) -> tuple[Walk, Action]:
    """Walk through speaking steps, gathering their words, to the first step that waits for something."""
    owed, subject = walk.owed, walk.subject
    for _ in range(MAX_WORDLESS):
        step = institution.steps[name]
        subject = step.subject or subject
        if isinstance(step, _ASKING):
            words = owed + _spoken(institution, walk, step)
            trail = _before(walk.trail, name)
            asked = walk._replace(step=name, owed=(), subject=subject, said=words, trail=trail)
            return asked, Ask(words, step.timeout_s)
        if not isinstance(step, Speak):
            return _wait_at(walk._replace(step=name, owed=(), subject=subject), step, owed)
        owed += step.say
        name = place(name.partition("/")[0], step.next)
    raise IllegalHappening(f"the flow speaks in a ring at {name}")


def _wait_at(
    walk: Walk, step: Record | Hours | Serve | Person | HangUp, said: tuple[str, ...]
) -> tuple[Walk, Action]:
    match step:
        case Hours():
            return walk._replace(owed=said), LookAtClock()
        case Record():
            return walk, StartRecording(said, step.notice)
        case Serve():
            return walk, Run(said, step.service)
        case Person():
            promise = ("too_many_tries",) if walk.failed else step.say
            return walk, WantPerson(said, promise, walk.subject, step.level)
        case HangUp():
            return walk, Leave(said + step.say)
        case _:
            assert_never(step)


def _before(trail: tuple[str, ...], name: str) -> tuple[str, ...]:
    """Give the menus before this one: a ring of menus is walked back only once."""
    return trail[: trail.index(name)] if name in trail else trail


def _spoken(institution: Institution, walk: Walk, step: Menu | ChooseLanguage) -> tuple[str, ...]:
    """Give a menu's words, or an offer of languages in each of them, the proposed one first."""
    if isinstance(step, Menu):
        return step.say
    others = [language for language in institution.languages if language != walk.language]
    return tuple(f"{language}:{key}" for language in (walk.language, *others) for key in step.say)
