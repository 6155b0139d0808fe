"""What happens to a promise to call back, as facts. Pure."""

from typing import assert_never

from queues import facts as fact
from queues.callbacks import Callback, Stage


def taken(promise: Callback, at: float) -> fact.CallbackTaken:
    """Say that a promise was given."""
    asked = promise.asked
    waited = promise.taken_at - asked.since
    return fact.CallbackTaken(
        asked.call, promise.call, asked.subject, asked.language, asked.level, waited, at
    )


def told(  # noqa: C901, PLR0911 - one for each stage
    before: Callback, now: Callback, agent: str = ""
) -> tuple[object, ...]:
    """Say what happened to a promise, as facts."""
    call, placed, at = now.asked.call, before.call, now.changed_at
    reached = fact.CallbackTried(call, placed, now.attempts, now.stage is Stage.REACHED, now.why, at)
    match now.stage:
        case Stage.WAITING | Stage.SUMMONING:
            return ()  # what the agent does is told of the agent
        case Stage.CALLING:
            return (fact.CallbackReleased(call, placed, agent, now.attempts, at),)
        case Stage.RESTING if before.stage is Stage.SUMMONING:
            return ()  # nobody was called
        case Stage.REACHED | Stage.RESTING:
            return (reached,)
        case Stage.KEPT:
            return (fact.CallbackKept(call, placed, now.attempts, at),)
        case Stage.LEFT:
            return (fact.CallbackLeft(call, now.attempts, at),)
        case Stage.GIVEN_UP:
            return (reached, fact.CallbackGivenUp(call, now.attempts, at))
        case Stage.CANCELLED:
            return (fact.CallbackCancelled(call, now.why, at),)
        case Stage.EXPIRED:
            return (fact.CallbackExpired(call, now.attempts, at),)
        case _:
            assert_never(now.stage)


def why_of(cause: int) -> str:
    """Say why a call was not answered, by its Q.850 cause."""
    match cause:
        case 17:
            return "busy"
        case 1 | 3 | 28:
            return "no_such_number"
        case 34 | 38 | 41 | 42 | 44 | 47:
            return "no_line"
        case _:
            return "no_answer"
