"""When Python looks for unreachable rings of objects: not while five thousand callers wait.

A full collection walks every object there is, 50 ms and more with the server's libraries in memory, and no caller is
heard meanwhile (measured: p99 of a turn with 5,000 held calls 57 ms, with this 3.5 ms; docs/adr/0003).
"""

import gc

RARELY = (2000, 10, 1000)
"""New objects before a young collection; young ones before a middle one; middle ones before a full one.

A middle one walks 20,000 objects at most, 3 ms; a full one comes every quarter of an hour at 4,000 commands a second.
"""


def spare_the_calls() -> None:
    """Take all that was loaded so far out of the collector's sight, and let it look more rarely.

    To be called once, when everything is loaded and before the first call.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*RARELY)
