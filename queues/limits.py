"""How long things may last on the floor, in seconds, each with its reason."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of the floor. The institution may set others."""

    # An announcement under way is finished (some 12 s), the card composed, the telephone rings 15 s: with a margin.
    # It is renewed when the telephone begins to ring.
    lease_s: float = 45.0
    # An agent who picked up first waits for a citizen: rung 60 s at most, greeted three times (45 s), told of the
    # recording (20 s), led on (5 s). The dialplan lets the agent's leg go before (AWAIT_SECONDS in runtime/render.py).
    await_s: float = 200.0
    # With AMI silent nobody can say whether a reserved agent talks: freeing them waits this much longer.
    blind_lease_s: float = 120.0
    # What an agent needs to finish a request after the call, at most.
    wrap_up_s: float = 120.0
    # The dialplan comes back within 4 s of losing the server; until then a turn is kept free.
    return_grace_s: float = 6.0
    # Five attempts of 4 s and a minute in the plain queue: a call that was away longer does not return.
    place_keep_s: float = 120.0
    # Nobody is left in line for ever; the session hears TimeoutError and says goodbye properly.
    longest_wait_s: float = 3600.0
    # A database that cannot be written must not keep callers from agents.
    durable_s: float = 2.0
    # Waiting steps open and wrap-ups end within this much of their time.
    tick_s: float = 0.5
    # How often what we believe is compared with Asterisk's channels.
    reconcile_every_s: float = 5.0
