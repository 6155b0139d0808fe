"""The conversation with one caller: walk the flow, speak, listen, serve, find a person; go on if interrupted.

One loop: the pure machine says what to do, it is done on the line, what happened goes back to the machine.
Before every wait the call's snapshot is kept. When the server was lost, the dialplan brings the caller
back:

    kept stage   what comes next
    menus        the same step again
    waiting      the same place in line
    called       the greeting of somebody whom we call (ivr/called_back.py), then the place in line
    dialled      after the talk if Dial was answered, else the same place

`VT_DONE` is set by the very last command. If anything fails before it, the dialplan cares for the caller.
"""

from dataclasses import replace
from typing import assert_never

from dialplans import machine
from dialplans.flows import ChooseLanguage
from dialplans.flows import Record as RecordStep
from dialplans.institution import Institution
from dialplans.machine import (
    Action,
    Ask,
    Closed,
    ClosingTime,
    Digits,
    Happening,
    Leave,
    LookAtCaller,
    LookAtClock,
    LookAtSwitch,
    LookForNews,
    Outcome,
    Recorded,
    Run,
    ServedLater,
    Silence,
    StartRecording,
    TakeDigits,
    TalkOver,
    Walk,
    WantPerson,
)
from ivr import arrival, called_back, facts, first, later, looking, notice, serving, waiting
from ivr.adapters.line import HungUp
from ivr.agi import command
from ivr.arrival import Arrival
from ivr.called_back import CALLED
from ivr.caller import proposed_language
from ivr.house import House
from ivr.later import Waiter
from ivr.ports.calls import Kept
from ivr.ports.floor import WishForm
from ivr.ports.line import Line
from ivr.ports.requests import PlaceKept
from ivr.talk import Talk
from ivr.waiting import Waiting

PROMPTS = waiting.PROMPTS | later.PROMPTS | called_back.PROMPTS | serving.PROMPTS | {"lost.we_are_back"}
"""What the conversation itself says, beside the flows and the services."""

_ANSWER = command("ANSWER")
_DONE = command("SET VARIABLE", "VT_DONE", "yes")


async def converse(house: House, line: Line) -> None:
    """Hold the conversation with one caller to its end: what the door runs for every call."""
    kept = house.calls.unfinished(line.greeting.call)
    if kept is None and house.callbacks.is_ours(line.greeting.call):
        await called_back.forgotten(line)
        return
    if kept is not None and kept.stage == CALLED and not await called_back.greeted(house, line, kept):
        return
    conversation = await _arrive(house, line) if kept is None else _come_back(house, line, kept)
    await conversation.hold(kept)


async def _arrive(house: House, line: Line) -> "Conversation":
    """Take a call that comes for the first time: learn who calls, and answer."""
    institution, greeting = house.institution(), line.greeting
    who = await arrival.read(line, institution.country, demonstration=house.demonstration)
    areas = institution.area_languages
    language = who.language or proposed_language(who.caller, institution.country, areas)
    walk = machine.start(institution, greeting.number, language)
    await line.send(_ANSWER)
    return Conversation(house, institution, line, who, walk, house.clock())


def _come_back(house: House, line: Line, kept: Kept) -> "Conversation":
    """Take a call that comes back after the server, or the line, was lost."""
    who = Arrival(kept.caller, kept.page)
    return Conversation(house, house.institution(), line, who, kept.walk, kept.began_at)


class Conversation:
    """One call from here to its end: where its walk stands, and what is to be done next."""

    __slots__ = (
        "_action", "_began_at", "_call", "_first", "_house", "_institution", "_line", "_recording", "_stage",
        "_talk", "_walk", "_who", "_wish",
    )  # fmt: skip

    def __init__(
        self, house: House, institution: Institution, line: Line, who: Arrival, walk: Walk, began_at: float
    ) -> None:
        self._house = house
        self._institution = institution
        self._line = line
        self._call = line.greeting.call
        self._who = who
        self._walk = walk
        self._action: Action = LookAtClock()
        self._began_at = began_at
        self._stage = "menus"
        self._first = 0  # the priority that this caller has whatever they want
        self._wish: WishForm | None = None
        self._recording = False
        self._talk = Talk(line, walk.language, house.publish, house.clock)

    async def hold(self, kept: Kept | None) -> None:
        """Walk to the end, from where the snapshot says. Raises HungUp when the caller leaves before it."""
        reason = "failed"  # what it is if nobody says otherwise: the kept snapshot and the dialplan take over
        try:
            await (self._begin() if kept is None else self._take_up(kept))
            while (happening := await self._do(self._action)) is not None:
                if self._turn(happening):
                    await self._talk.speak(self._walk.language)
            reason = "served"
        except HungUp:
            reason = "hung_up"
            raise
        finally:
            await self._end(reason)

    async def _begin(self) -> None:
        """Take the first step."""
        number, who = self._walk.number, self._who
        campaign = self._institution.numbers[number].campaign
        at, language = self._began_at, self._walk.language
        self._house.publish(
            facts.CallArrived(self._call, number, campaign, who.caller, language, who.page, at)
        )
        await self._talk.speak(language)
        await self._advance(looking.answered(self._house, self._institution))

    async def _take_up(self, kept: Kept) -> None:
        """Go on where the snapshot says; from the number's first step if the flows no longer have that place.

        An example: the server is killed while agent and caller talk (`dialled`), and the agent hangs up before another
        one is there. Asterisk brings the caller back: Dial was answered, so they have talked; nothing that the agent
        wanted lies ready (`goes_on`); the floor is told, and the walk goes on after the talk. Had Dial not been
        answered, the wish stands, they hear that we are back, and are in line at their old place.
        """
        self._house.publish(facts.CallResumed(self._call, kept.stage, kept.page, self._house.clock()))
        self._wish, self._recording = kept.wish, kept.recording
        self._first = self._kept_first(kept.wish)
        self._walk, self._action = machine.take_up(self._institution, self._walk)
        await self._talk.speak(self._walk.language)
        talked = kept.stage == "dialled" and await waiting.dialled(self._line)
        if talked and isinstance(
            self._action, WantPerson
        ):  # an agent may have had more in mind for the caller
            talked = await self._place(self._action.calendar).goes_on()
        if talked:
            self._house.persons.ended(self._call)
        if talked and isinstance(self._action, WantPerson):
            await self._after_talk()
            return
        if kept.stage == CALLED:
            await self._record_anew(kept)
        elif kept.walk.step in self._institution.steps:  # else we do not go on where we were
            self._talk.owe("lost.we_are_back")
        stage = "waiting" if kept.stage == CALLED else kept.stage
        self._keep(stage if self._still_wanted(talked=talked) else "menus")

    async def _record_anew(self, kept: Kept) -> None:
        """Record a call that we placed if the one that asked for it was: its own notice, its own recording."""
        steps = self._institution.steps.values()
        said = next((step.notice for step in steps if isinstance(step, RecordStep)), None)
        if kept.recording and said is not None:
            self._began_at = self._house.clock()
            await self._record(StartRecording((), said))

    def _still_wanted(self, *, talked: bool) -> bool:
        """Drop the wish for a person if the flows, read anew, wait for nobody at this place."""
        if self._wish is None or isinstance(self._action, WantPerson):
            return True
        self._wish = None
        if not talked:
            self._house.persons.left(self._call)
        return False

    async def _after_talk(self) -> None:
        """Go on after a talk that was held while nobody of us listened."""
        if self._passed_on():
            self._action = machine.again(self._institution, self._walk)
        else:
            self._wish = None
            await self._advance(TalkOver())

    async def _do(self, action: Action) -> Happening | None:  # noqa: C901, PLR0911 - one for each action
        """Do what the machine says; give what happened, None when the call is over."""
        match action:
            case Ask():
                return machine.heard(await self._talk.ask(action.prompts, 1, action.timeout_s))
            case StartRecording():
                return await self._record(action)
            case TakeDigits(prompts, most, timeout_s):
                keys = await self._talk.ask(prompts, most, timeout_s)
                return Digits(keys) if keys else Silence()
            case LookAtClock(calendar):
                return looking.clock(self._house, self._institution, calendar)
            case LookAtSwitch() | LookAtCaller() | LookForNews():
                return await looking.look(self._house, self._institution, self._who.caller, action)
            case Run():
                return await self._serve(action)
            case WantPerson():
                return await self._find_person(action)
            case Leave():
                await self._talk.say(*action.prompts)
                await self._line.send(_DONE)
                return None
            case _:
                assert_never(action)

    async def _advance(self, happening: Happening) -> None:
        if self._turn(happening):
            await self._talk.speak(self._walk.language)

    def _turn(self, happening: Happening) -> bool:
        """Tell the machine what happened, and others where the call is now; say whether the language is new."""
        before = self._walk
        walk, self._action = machine.advance(self._institution, before, happening)
        self._walk = walk
        if walk.step != before.step:
            at = self._house.clock()
            self._house.publish(facts.StepEntered(self._call, walk.step, at))
            if before.answered and isinstance(self._institution.steps[before.step], ChooseLanguage):
                proposed = walk.language == before.language
                self._house.publish(facts.LanguageChosen(self._call, walk.language, proposed, at))
        self._keep("menus")
        return walk.language != before.language

    def _keep(self, stage: str) -> None:
        self._stage = stage
        house, who, wish, recording = self._house, self._who, self._wish, self._recording
        at, walk, began_at = house.clock(), self._walk, self._began_at
        house.calls.keep(Kept(self._call, stage, walk, who.caller, who.page, wish, recording, began_at, at))

    async def _record(self, action: StartRecording) -> Recorded:
        self._talk.owe(*action.prompts)
        path = await notice.said(self._house, self._call, self._talk, action.notice, self._began_at)
        self._recording = True
        if path is not None:
            await notice.record(self._line, path)
        return Recorded()

    async def _record_from_here(self, said: str) -> None:
        """Record a call whose flow has not, because something is to be agreed to; the notice first."""
        if not self._recording:
            await self._record(StartRecording((), said))
            self._keep(self._stage)

    async def _serve(self, action: Run) -> Outcome:
        house, walk = self._house, self._walk
        self._talk.owe(*action.prompts)
        who = (walk, self._who.caller, self._talk, self._institution)
        visit = house.visit(self._call, action.service, *who, self._record_from_here)
        return await serving.serve(visit, house.services[action.service])

    async def _find_person(self, action: WantPerson) -> TalkOver | Closed | ClosingTime | ServedLater:
        """Wait for a person and let them talk, once more for every time the caller is passed on."""
        self._talk.owe(*action.prompts)
        promise = action.promise if self._wish is None else ()
        if self._wish is None and (otherwise := await self._turned_away(action)) is not None:
            return otherwise
        place = replace(self._place(action.calendar), promise=promise)
        ending: waiting.Ending | None = None
        served = False
        while self._wish is not None and (ending := await place.served(self._wish)) == "served":
            served = True
            place = replace(place, promise=())
            if not self._passed_on():
                self._wish = None
        wish, self._wish = self._wish, None
        if ending in {"called_back", "message_left"}:
            return ServedLater()
        if wish is not None:
            why = "shut" if ending == "shut_callback" else ending or "too_long"
            self._refuse(wish.subject, wish.level, why)
        if served:
            return TalkOver()
        if ending == "closing":
            return ClosingTime(self._institution.calendar(action.calendar).closing == "callback")
        return ClosingTime(callback=True) if ending == "shut_callback" else Closed()

    async def _turned_away(self, action: WantPerson) -> Closed | ServedLater | None:
        """Want a person, or say why this caller does not wait now."""
        if not looking.is_open(self._house, self._institution, action.calendar):
            self._refuse(action.subject, action.level, "closed")
            return Closed()
        before = await later.again(self._house, self._talk, self._who.caller, self._walk.person)
        if before == "called_back":
            self._refuse(action.subject, action.level, "promised")
            return ServedLater()
        self._first = await first.priority(self._house.corporate, self._institution, self._walk.person)
        kept = before if isinstance(before, PlaceKept) else None
        if kept is not None:
            self._first = max(self._first, kept.priority)
        self._want(action.subject, action.level, kept.since if kept else None)
        return None

    def _place(self, calendar: str) -> Waiting:
        waiter = Waiter(self._line, self._talk, self._walk, self._who.caller, self._recording, self._keep)
        return replace(waiter.place(self._house, self._institution, calendar), prove=self._prove)

    async def _prove(self, procedure: str) -> str:
        """Have the caller prove who they are, as their agent wants; say how it ended, and keep what is proven."""
        who = (self._walk, self._who.caller, self._talk, self._institution)
        visit = self._house.visit(self._call, procedure, *who)
        outcome = await serving.prove_for_agent(visit)
        self._walk = self._walk._replace(level=visit.level, person=visit.person)
        if self._wish is not None:
            self._wish = replace(self._wish, identity=visit.level, person=visit.person)
        self._keep(self._stage)
        return outcome

    def _refuse(self, subject: str, level: int, why: str) -> None:
        """Say that nobody answers this wish."""
        language, at = self._walk.language, self._house.clock()
        self._house.publish(facts.PersonRefused(self._call, subject, language, level, why, at))

    def _want(self, subject: str, level: int, since: float | None = None) -> None:
        """Write the wish, and tell everybody."""
        at, walk = self._house.clock(), self._walk
        shaped = self._institution.subjects.get(subject)
        priority = max(self._first, shaped.priority if shaped else 0)
        since = at if since is None else since
        who = (walk.level, walk.person, self._who.caller)
        self._wish = WishForm(self._call, subject, walk.language, level, priority, since, *who)
        self._house.publish(facts.PersonWanted(self._call, subject, walk.language, level, *who, at))

    def _kept_first(self, wish: WishForm | None) -> int:
        """Read out of a wish what its caller had beyond its subject."""
        shaped = self._institution.subjects.get(wish.subject) if wish is not None else None
        usual = shaped.priority if shaped is not None else 0
        return wish.priority if wish is not None and wish.priority > usual else 0

    def _passed_on(self) -> bool:
        """Take the agent's mark off the call, if any: then there is a new wish, as old as the first."""
        passing = self._house.passings.take(self._call)
        if passing is None:
            return False
        if passing.level > 1:  # who goes to another queue of the first level hears what all hear who wait
            self._talk.owe("level2.passing")
        self._want(passing.subject, passing.level, self._wish.since if self._wish else None)
        return True

    async def _end(self, reason: str) -> None:
        """Tell everybody that the call is over. One that failed comes back, so its snapshot stays."""
        house, at = self._house, self._house.clock()
        if reason == "failed":
            house.publish(facts.CallInterrupted(self._call, at))
            return
        house.publish(facts.CallEnded(self._call, reason, at))
        if self._wish is not None:
            house.persons.left(self._call)
        if reason == "served":
            house.calls.finished(self._call)
        else:
            house.calls.lost(self._call, at)
        if self._recording:
            await house.recorder.ended(self._call, at, heard=not self._line.lost)
