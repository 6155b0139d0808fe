"""From one step to the next: what a walk passes on its way to something that waits, and what is done there.

Words are gathered from steps that only speak; branches that the walk and its institution decide are taken
without anybody noticing; sub-flows are entered and left.
"""

from dialplans.flows import (
    Announce,
    Branch,
    Call,
    ChooseLanguage,
    Flow,
    HangUp,
    Hours,
    KeyIn,
    Menu,
    Person,
    Record,
    Return,
    Serve,
    Speak,
    Step,
)
from dialplans.institution import Institution
from dialplans.outcomes import PROTECTED
from dialplans.reach import records
from dialplans.walks import (
    Action,
    Ask,
    IllegalHappening,
    Leave,
    LookAtCaller,
    LookAtClock,
    LookAtSwitch,
    LookForNews,
    Run,
    StartRecording,
    TakeDigits,
    Walk,
    WantPerson,
)
from dialplans.ways import place

MAX_TURNS = 150  # keys, silences and services in one call; nobody chooses so often, a stuck keypad does
MAX_WORDLESS = 64  # steps passed without waiting; `check` forbids a ring of them, this is the net below
MAX_DEPTH = 8  # sub-flows within one another; `check` forbids a ring, who jumps out of one leaves it behind


def shape_of(institution: Institution, walk: Walk) -> Flow:
    """Give the flow that the walk is in."""
    return institution.flows[flow_of(walk)]


def flow_of(walk: Walk) -> str:
    """Give the name of the flow that the walk is in."""
    return walk.step.partition("/")[0]


def person(institution: Institution, walk: Walk) -> str:
    """Give the step where this flow finds a person; who changes the language is still in their menu's flow."""
    flow = (walk.menu or walk.step).partition("/")[0]
    return place(flow, institution.flows[flow].person)


def illegal(walk: Walk, happening: object) -> IllegalHappening:
    """Give the error of something that cannot happen where the walk waits."""
    return IllegalHappening(f"{type(happening).__name__} cannot happen at {walk.step}")


def go(institution: Institution, walk: Walk, name: str) -> tuple[Walk, Action]:
    """Enter a step that the caller chose, unless this call has chosen more often than people do."""
    return give_up(institution, walk) if walk.turns >= MAX_TURNS else enter(institution, walk, name)


def give_up(institution: Institution, walk: Walk) -> tuple[Walk, Action]:
    """Call for a person, since keys or silence failed."""
    failing = walk._replace(tries=0, failed=True, menu="", keyed="")
    return enter(institution, failing, person(institution, walk))


def enter(institution: Institution, walk: Walk, name: str) -> tuple[Walk, Action]:
    """Walk through what waits for nothing, gathering words, to the first step that waits for something."""
    owed, returns = walk.owed, walk.returns
    for _ in range(MAX_WORDLESS):
        step = institution.steps[name]
        walk = walk._replace(subject=about(walk, step.subject)) if step.subject else walk
        match step:
            case Speak():
                owed, target = owed + step.say, step.next
            case Call():
                returns = (*returns, (place(name.partition("/")[0], step.next), len(walk.trail)))[-MAX_DEPTH:]
                target = step.call
            case Return():
                returns, target = _left(institution, name, returns)
            case Announce() if not institution.announcements:
                target = step.next
            case Branch(on="language" | "level" | "campaign"):
                target = decided(institution, walk, step)
            case _:
                there = walk._replace(step=name, owed=(), returns=returns)
                return _wait_at(institution, there, step, owed)
        name = place(name.partition("/")[0], target)
    raise IllegalHappening(f"the flow speaks in a ring at {name}")


def about(walk: Walk, subject: str) -> str:
    """Give what a call is about that comes to this subject: a protected person's is for their team, to its end."""
    return PROTECTED if walk.subject == PROTECTED else subject


def _left(
    institution: Institution, name: str, returns: tuple[tuple[str, int], ...]
) -> tuple[tuple[tuple[str, int], ...], str]:
    """Leave a sub-flow; one that nobody called ends as its flow does."""
    if returns:
        return returns[:-1], returns[-1][0]
    flow = name.partition("/")[0]
    return returns, place(flow, institution.flows[flow].farewell)


def decided(institution: Institution, walk: Walk, branch: Branch) -> str:
    """Give the way of a branch that needs nobody to look at anything."""
    match branch.on:
        case "language":
            return branch.ways.get(walk.language, branch.otherwise)
        case "campaign":
            campaign = institution.numbers[walk.number].campaign
            return branch.ways.get(campaign, branch.otherwise)
        case _:
            reached = (level for level in range(walk.level, 0, -1) if str(level) in branch.ways)
            return branch.ways[str(level)] if (level := next(reached, 0)) else branch.otherwise


def _wait_at(institution: Institution, walk: Walk, step: Step, said: tuple[str, ...]) -> tuple[Walk, Action]:
    match step:
        case Menu() | ChooseLanguage():
            asked = asking(walk, said + spoken(institution, walk, step))
            return asked, Ask(asked.said, step.timeout_s)
        case KeyIn():
            asked = asking(walk, said + step.say)
            return asked, TakeDigits(asked.said, step.most, step.timeout_s)
        case Hours() | Branch() | Announce():
            return walk._replace(owed=said), _look(walk, step)
        case _:
            return walk, _work(institution, walk, step, said)


def asking(walk: Walk, words: tuple[str, ...]) -> Walk:
    """Give the walk at a question: its words are kept for "again", a ring of menus is walked back only once."""
    trail = walk.trail
    if walk.step in trail:
        trail = trail[: trail.index(walk.step)]
    return walk._replace(said=words, trail=trail, returns=still_in(walk.returns, trail))


def still_in(returns: tuple[tuple[str, int], ...], trail: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    """Give the sub-flows that a walk with this trail is still in: those entered from a menu behind it are."""
    return tuple(entry for entry in returns if entry[1] <= len(trail)) if returns else returns


def _look(walk: Walk, step: Hours | Branch | Announce) -> Action:
    match step:
        case Hours():
            return LookAtClock(step.calendar)
        case Announce():
            return LookForNews(flow_of(walk))
        case Branch(on="switch"):
            return LookAtSwitch(step.name)
        case _:
            return LookAtCaller()


def _work(institution: Institution, walk: Walk, step: Step, said: tuple[str, ...]) -> Action:
    match step:
        case Record():
            return StartRecording(said, step.notice)
        case Serve():
            return Run(said, step.service)
        case Person() if notice := notice_due(institution, walk):
            return StartRecording(said, notice)
        case Person():
            promise = ("too_many_tries",) if walk.failed else step.say
            subject = institution.subjects.get(walk.subject)
            calendar = step.calendar or (subject.hours if subject else "")
            return WantPerson(said, promise, walk.subject, step.level, calendar)
        case HangUp():
            return Leave(said + step.say)
        case _:
            raise illegal(walk, step)


def notice_due(institution: Institution, walk: Walk) -> str:
    """Give the notice that a caller has passed by, with 0 at the offer of languages; '' where none is due."""
    entry = None if walk.recorded else institution.numbers.get(walk.number)
    record = records(institution, walk.number) if entry else None
    return record[1].notice if record else ""


def spoken(institution: Institution, walk: Walk, step: Menu | ChooseLanguage) -> tuple[str, ...]:
    """Give a menu's words, or an offer of languages in each of them, the proposed one first."""
    if isinstance(step, Menu):
        return step.say
    others = [language for language in institution.languages if language != walk.language]
    return tuple(f"{language}:{key}" for language in (walk.language, *others) for key in step.say)
