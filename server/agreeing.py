"""Consent episodes that agents hold: begun by a button, read from the screen, answered by the caller's voice.

Only the agent who has the caller goes on with one, and only while the caller hears them: an answer given into
music is none, and so is one to a statement that nobody can have read so fast, or one that is on no recording. Another
agent who gets the caller meanwhile takes the answer, or stops it. What is open is kept in memory for the pages; the row
is what counts, and a restarted server takes it up.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import assert_never

from dialplans.acts import ASKED_FOR
from dialplans.institution import Act, Institution
from ivr import codes
from ivr.facts import CallEnded
from ivr.ports.calls import Kept
from ivr.ports.proving import Proof
from queues.agents import AgentState, State
from queues.legs import Stage
from recordings.adapters.consents import About, Consents
from recordings.episodes import (
    VOICE,
    Answered,
    Episode,
    IllegalStep,
    NotHeard,
    Outcome,
    Statement,
    Unheard,
    statement,
)
from recordings.facts import ConsentEnded
from web.ports import ConsentStep, Message, NotNow

HEARD = frozenset({Stage.TALK.value, Stage.MEETING.value})
"""Stages in which the caller and the agent hear each other."""


@dataclass(frozen=True, slots=True)
class Around:
    """What agreeing needs of the house. legs: where an agent's call stands, as the desk is told it.

    kept: a call's snapshot; proofs: all of a call, the highest first; leg: the caller's channel.
    """

    institution: Callable[[], Institution]
    state: Callable[[str], AgentState]
    legs: Callable[[str], Message]
    in_writing: Callable[[str], bool]
    kept: Callable[[str], Kept | None]
    proofs: Callable[[str], Awaitable[tuple[Proof, ...]]]
    leg: Callable[[str], Awaitable[str | None]]


class Agreeing:
    """The agents' episodes of calls that go on. `tell` is called with a call whose episode has changed."""

    def __init__(
        self,
        consents: Consents,
        around: Around,
        tell: Callable[[str], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._consents, self._around, self._tell = consents, around, tell
        self._clock = clock
        self._open: dict[str, Episode] = {}
        self._ended: dict[str, str] = {}  # how the last one of a call that goes on ended

    def take_up(self, left: tuple[Episode, ...]) -> None:
        """Know again what a former server left open."""
        self._open = {one.call: one for one in left}

    def hear(self, fact: object) -> None:
        """Forget an episode that has ended, whoever ended it, and a call that is over."""
        match fact:
            case ConsentEnded(call=call, episode=episode, outcome=outcome):
                one = self._open.get(call)
                if one is not None and one.id == episode:
                    del self._open[call]
                    self._ended[call] = outcome
                    self._tell(call)
            case CallEnded(call=call):
                self._open.pop(call, None)
                self._ended.pop(call, None)

    def acts(self) -> list[Message]:
        """List what can be agreed to; `detail`: whether the agent says what the statement is about."""
        institution = self._around.institution()
        texts = institution.texts[institution.languages[0]]
        return [
            {
                "name": name,
                "about": dict(act.about),
                "level": act.level,
                "detail": texts[act.statement].endswith(ASKED_FOR),
            }
            for name, act in institution.acts.items()
        ]

    def message(self, call: str | None) -> Message:
        """Give a call's open episode as docs/events.md describes it."""
        one = self._open.get(call or "")
        if one is None:
            return {"type": "consent", "call": call, "episode": None, "outcome": self._ended.get(call or "")}
        return {
            "type": "consent",
            "call": call,
            "episode": one.id,
            "outcome": None,
            "act": one.act,
            "language": one.statement.language,
            "text": one.statement.text,
            "read": one.statement_ms is not None,
            "asked_by": one.asked_by,
        }

    async def begin(self, agent: str, act: str, detail: str) -> None:
        """Open an episode for the caller whom the agent has; its statement is read from now on."""
        call = self._at_hand(agent)
        wanted = self._around.institution().acts.get(act)
        kept = self._around.kept(call)
        if wanted is None or kept is None:
            raise NotNow("no_act" if wanted is None else "no_call")
        if call in self._open:
            raise NotNow("consent_open")
        about = await self._about(call, kept, act, wanted)
        said = self._statement(wanted, kept.walk.language, detail)
        episode = await self._consents.begin(about, said, agent, self._clock())
        if episode is None:
            raise NotNow("not_recorded")
        self._put(episode)

    async def step(self, agent: str, episode: str, step: ConsentStep) -> None:
        """Go on with the episode: read, accepted, refused, interrupted."""
        one = next((one for one in self._open.values() if one.id == episode), None)
        if one is None or one.call != self._around.state(agent).call:
            raise NotNow("no_consent")
        if step == "interrupted":
            await self._consents.interrupted(one.id, "agent", agent)
            return
        self._at_hand(agent)
        try:
            await self._go_on(one, step, agent)
        except NotHeard as unheard:
            raise NotNow("consent_not_heard") from unheard
        except Unheard as mute:
            raise NotNow("consent_mute") from mute
        except IllegalStep as illegal:
            raise NotNow("consent_not_read") from illegal

    async def _go_on(self, one: Episode, step: ConsentStep, agent: str) -> None:
        now = self._clock()
        match step:
            case "read":
                self._put(await self._consents.read(one.id, one.begun_at, now))
            case "accepted" | "refused":
                outcome: Answered = Outcome.ACCEPTED if step == "accepted" else Outcome.REFUSED
                await self._consents.answered(one.id, VOICE, outcome, (_read_at(one), now), agent)
            case "interrupted":
                return
            case _:
                assert_never(step)

    def _at_hand(self, agent: str) -> str:
        """Give the call of an agent whom the caller hears now. Raises NotNow."""
        state = self._around.state(agent)
        if state.call is None or state.state is not State.TALKING:
            raise NotNow("wrong_state")
        if self._around.in_writing(state.call):
            raise NotNow("in_writing")
        legs = self._around.legs(agent)
        if legs["stage"] not in HEARD or legs["agent"] not in {None, agent}:
            raise NotNow("caller_does_not_hear")
        return state.call

    async def _about(self, call: str, kept: Kept, act: str, wanted: Act) -> About:
        """Say whom the episode is bound to, if they are proven enough, and by a code that named what they agree to."""
        proofs = await self._around.proofs(call)
        citizen = kept.walk.person or (proofs[0].person if proofs else None)
        theirs = [one for one in proofs if one.person == citizen]
        level = max(kept.walk.level, *(one.level for one in theirs), 0)
        if level < wanted.level:
            raise NotNow("level_too_low")
        procedure = wanted.service or act
        if wanted.level >= codes.LEVEL and not any(codes.opens(one, procedure) for one in theirs):
            raise NotNow("code_of_its_own")
        leg = await self._around.leg(call)
        if leg is None:
            raise NotNow("no_call")
        return About(call, leg, citizen, level, act)

    def _statement(self, act: Act, language: str, detail: str) -> Statement:
        text = self._around.institution().texts[language][act.statement]
        if text.endswith(ASKED_FOR) and not detail:
            raise NotNow("consent_needs_detail")
        return statement(act.statement, language, f"{text} {detail}".strip())

    def _put(self, episode: Episode) -> None:
        self._open[episode.call] = episode
        self._tell(episode.call)


def _read_at(one: Episode) -> float:
    """Say when the statement had been read, unix seconds; its own beginning when it was not."""
    to_ms = one.statement_ms[1] if one.statement_ms is not None else one.began_ms
    return one.begun_at + (to_ms - one.began_ms) / 1000
