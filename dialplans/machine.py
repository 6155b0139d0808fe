"""The walk of one call through its institution's flows: a happening in, a walk and one action out.

Pure: no clock, no line, no chance. `start` gives a walk that waits for `Answered`; `advance` takes what
happened and answers with the next action; the happening must be one the walk waits for, else
`IllegalHappening` is raised and nothing has changed (walks are frozen). `again` repeats the action a walk
is waiting on, `take_up` does so for a call that is taken up after the server was lost, with whatever flows
are served then.

    waiting at            may happen            and then
    (a new walk)          Answered              enter the first step of the number's flow, or its emergency
    menu                  Keys("1".."9")        enter the target, remember this menu for "back"
                          Keys("9")             if no target: enter the flow's language step, then back here
                          Keys("#")             enter the menu before this one, or say this one again
                          Keys("*")             say again exactly what was said
                          Keys("0")             enter the flow's person
                          Keys(other), Silence  say so and the menu again; the third time, the flow's person
    language              Keys(offered)         speak that language, enter `next` or the menu it was called from
                          Silence               speak the proposed language, likewise
                          Keys("0", "*", "#")   as in a menu; other keys are wrong keys
    ask                   Digits                if the rule holds: read them back, or keep them and enter `next`
                          Keys("1"), Keys("2")  after reading back: right, enter `next`; wrong, ask again
                          "0", "*", "#" alone   as in a menu (0 where more than one digit is wanted)
                          other, Silence        ask again; the third time, `gave_up` or the flow's person
    record                Recorded              enter `next`
    hours                 HoursAre              enter `open`, `closed` or `holiday`, or the flow's emergency
    branch                SwitchIs, CallerIs    enter the way, or `otherwise`
    announcement          News                  say them, enter `next`
    service               Outcome               enter what the step, or its flow, answers for the outcome
    person                Recorded              wait for the person; asked only of who came here past the notice
                          Closed                enter `closed`, or the farewell if keys or silence failed
                          ClosingTime           enter `callback` if there is one to be offered, or `closed`
                          TalkOver              enter `next`
                          ServedLater           enter the flow's goodbye, or the farewell without one
    hangup                (nothing)

What waits for nothing (say, call, return, branches that the walk itself decides) is passed at once, its words
join the next action's, so that one command says them all. Every walk ends: `MAX_TURNS` keys, silences,
services or talks lead to a person, and from there to an end.
"""

from functools import lru_cache

from dialplans.choices import MAX_TRIES, asked_again, at_ask, at_language, at_menu
from dialplans.flows import (
    Announce,
    Branch,
    ChooseLanguage,
    Hours,
    KeyIn,
    Menu,
    Person,
    Record,
    Serve,
    Step,
)
from dialplans.institution import Institution
from dialplans.passage import (
    MAX_TURNS,
    about,
    enter,
    flow_of,
    give_up,
    illegal,
    notice_due,
    shape_of,
    still_in,
)
from dialplans.walks import (
    Action,
    Answered,
    Ask,
    CallerIs,
    Closed,
    ClosingTime,
    Digits,
    Happening,
    HoursAre,
    IllegalHappening,
    Keys,
    Leave,
    LookAtCaller,
    LookAtClock,
    LookAtSwitch,
    LookForNews,
    News,
    Outcome,
    Recorded,
    Run,
    ServedLater,
    Silence,
    StartRecording,
    SwitchIs,
    TakeDigits,
    TalkOver,
    Walk,
    WantPerson,
    heard,
)
from dialplans.ways import answers, place

__all__ = [
    "MAX_TRIES",
    "MAX_TURNS",
    "Action",
    "Answered",
    "Ask",
    "CallerIs",
    "Closed",
    "ClosingTime",
    "Digits",
    "Happening",
    "HoursAre",
    "IllegalHappening",
    "Keys",
    "Leave",
    "LookAtCaller",
    "LookAtClock",
    "LookAtSwitch",
    "LookForNews",
    "News",
    "Outcome",
    "Recorded",
    "Run",
    "ServedLater",
    "Silence",
    "StartRecording",
    "SwitchIs",
    "TakeDigits",
    "TalkOver",
    "Walk",
    "WantPerson",
    "advance",
    "again",
    "heard",
    "start",
    "take_up",
]

REMEMBERED = 8192  # turns of calls; the flows' common ways in every language are some hundreds


def start(institution: Institution, number: str, proposed_language: str | None) -> Walk:
    """Give the walk of a call that nobody has answered yet. KeyError for a number that is not ours."""
    language = proposed_language if proposed_language in institution.languages else institution.languages[0]
    first, subject = institution.start_of(number), institution.numbers[number].subject
    return Walk(number, first, language, subject=subject, recorded=False)


_PERSONAL = (Outcome, Digits)
"""Happenings that tell something of one person."""


def advance(institution: Institution, walk: Walk, happening: Happening) -> tuple[Walk, Action]:
    """Take what happened; give the walk after it and what to do next.

    Callers take the same ways through the same menus, and the answer depends on nothing else: the commonest
    answers are remembered. Those about a proven person, or with what somebody keyed, are not kept.
    """
    if walk.person is None and not isinstance(happening, _PERSONAL) and not walk.keyed and not walk.answers:
        return _remembered(institution, walk, happening)
    return _advance(institution, walk, happening)


@lru_cache(maxsize=REMEMBERED)
def _remembered(institution: Institution, walk: Walk, happening: Happening) -> tuple[Walk, Action]:
    return _advance(institution, walk, happening)


def _advance(  # noqa: PLR0911 - one for each kind of place a walk waits at
    institution: Institution, walk: Walk, happening: Happening
) -> tuple[Walk, Action]:
    if not walk.answered:
        if not isinstance(happening, Answered):
            raise illegal(walk, happening)
        return _begin(institution, walk._replace(answered=True), happening)
    step = institution.steps[walk.step]
    match step:
        case Menu():
            return at_menu(institution, walk, step, happening)
        case ChooseLanguage():
            return at_language(institution, walk, step, happening)
        case KeyIn():
            return at_ask(institution, walk, step, happening)
        case Person():
            return _at_person(institution, walk, step, happening)
        case Serve():
            return _at_service(institution, walk, step, happening)
        case _:
            return _elsewhere(institution, walk, step, happening)


def again(institution: Institution, walk: Walk) -> Action:
    """Give the action a walk waits on once more. KeyError when its step is no longer in the flows."""
    step = institution.steps[walk.step]
    if isinstance(step, Menu | ChooseLanguage | KeyIn):
        return asked_again(walk, step)
    return enter(institution, walk, walk.step)[1]


def take_up(institution: Institution, walk: Walk) -> tuple[Walk, Action]:
    """Go on with a walk that another server kept, in the flows as they are now.

    Flows that still have its place: the same question, after the same words if they still have a text. If
    they have it no more: the number's first step, with the language, what was proven and what was keyed.
    KeyError when the number is no longer the institution's.
    """
    steps, known = institution.steps, institution.texts[institution.languages[0]]
    language = walk.language if walk.language in institution.languages else institution.languages[0]
    trail = tuple(name for name in walk.trail if name in steps)
    returns = still_in(tuple(entry for entry in walk.returns if entry[0] in steps), trail)
    menu = walk.menu if walk.menu in steps else ""
    kept = walk._replace(answered=True, language=language, trail=trail, returns=returns, menu=menu)
    if walk.step not in steps:
        first = institution.start_of(walk.number)
        anew = kept._replace(step=first, owed=(), said=(), trail=(), returns=(), menu="", keyed="", tries=0)
        return enter(institution, anew, first)
    step = steps[walk.step]
    if (
        isinstance(step, Menu | ChooseLanguage | KeyIn)
        and walk.said
        and known.keys() >= set(map(_bare, walk.said))
    ):
        kept = kept if isinstance(step, KeyIn) else kept._replace(keyed="")
        return kept, asked_again(kept, step)
    return enter(institution, kept._replace(keyed=""), walk.step)


def _bare(prompt: str) -> str:
    """Give the key of a prompt that names its language (`ca:key`)."""
    return prompt.rpartition(":")[2]


def _begin(institution: Institution, walk: Walk, happening: Answered) -> tuple[Walk, Action]:
    emergency = shape_of(institution, walk).emergency if happening.emergency else None
    return enter(institution, walk, place(flow_of(walk), emergency) if emergency else walk.step)


def _at_person(
    institution: Institution, walk: Walk, step: Person, happening: Happening
) -> tuple[Walk, Action]:
    shape = shape_of(institution, walk)
    farewell = shape.farewell
    if notice_due(institution, walk):
        if not isinstance(happening, Recorded):
            raise illegal(walk, happening)
        return enter(institution, walk._replace(recorded=True), walk.step)
    match happening:
        case TalkOver():
            walk = walk._replace(failed=False, turns=walk.turns + 1)
            target = farewell if walk.turns >= MAX_TURNS else step.next
        case Closed():
            target = farewell if walk.failed else step.closed
        case ClosingTime(callback):
            target = step.callback if callback and step.callback else step.closed
            walk = walk._replace(failed=False)
        case ServedLater():
            target, walk = shape.goodbye or farewell, walk._replace(failed=False)
        case _:
            raise illegal(walk, happening)
    return enter(institution, walk, place(flow_of(walk), target))


def _at_service(
    institution: Institution, walk: Walk, step: Serve, happening: Happening
) -> tuple[Walk, Action]:
    ends = answers(shape_of(institution, walk), step)
    if not isinstance(happening, Outcome) or happening.name not in ends:
        raise illegal(walk, happening)
    learnt = walk._replace(
        level=walk.level if happening.level is None else happening.level,
        person=happening.person or walk.person,
        subject=_subject(institution, walk, happening.subject),
        turns=walk.turns + 1,
    )
    if learnt.turns >= MAX_TURNS:
        return give_up(institution, learnt)
    return enter(institution, learnt, place(flow_of(walk), ends[happening.name]))


def _subject(institution: Institution, walk: Walk, learnt: str | None) -> str:
    """Give what the call is about now; a subject that the institution has no people for changes nothing."""
    return walk.subject if learnt is None or learnt not in institution.subjects else about(walk, learnt)


def _elsewhere(institution: Institution, walk: Walk, step: Step, happening: Happening) -> tuple[Walk, Action]:
    match step, happening:
        case Record(), Recorded():
            target, walk = step.next, walk._replace(recorded=True)
        case Hours(), HoursAre():
            target = _by_the_clock(step, happening, shape_of(institution, walk).emergency)
        case Branch(on="switch"), SwitchIs(yes):
            target = step.ways.get("on", step.otherwise) if yes else step.otherwise
        case Branch(on="caller"), CallerIs(yes):
            target = step.ways.get("known", step.otherwise) if yes else step.otherwise
        case Announce(), News(prompts):
            target, walk = step.next, walk._replace(owed=walk.owed + prompts)
        case _:
            raise illegal(walk, happening)
    return enter(institution, walk, place(flow_of(walk), target))


def _by_the_clock(step: Hours, seen: HoursAre, emergency: str | None) -> str:
    if seen.emergency:
        return emergency or step.closed
    if seen.open:
        return step.open
    return (seen.day_off and step.holiday) or step.closed
