"""What rests of a call, as samples: sealed, encrypted, and opened again as the listening page does."""

import io

import numpy as np
import soundfile
from numpy.typing import NDArray

from tests.calls.centre import Centre

SEALED_S = 60.0


async def sealed_sound(centre: Centre, call: str) -> NDArray[np.int16]:
    """Wait for a call's seal and give its samples, caller left, agents right."""
    await centre.until(
        "SELECT path FROM recordings_recordings WHERE call = :call AND state = 'sealed'",
        call=call,
        within=SEALED_S,
    )
    sound, rate = soundfile.read(io.BytesIO(await centre.sealed(call)), dtype="int16")
    assert rate == 8_000
    return np.asarray(sound)
