"""Whoever dies in the middle of giving up a key leaves no private key that nobody retires."""

import pytest

from recordings.adapters.evidence.keys import Keys, Role
from tests.recordings.evidence.conftest import OWNER
from tests.recordings.evidence.house import ORIGIN, House


class Died(BaseException):
    """The process was killed."""


@pytest.mark.parametrize(("role", "makes"), [(Role.SEAL, "_make"), (Role.LOG, "_make_log")])
def test_the_old_key_is_gone_and_a_new_one_is_made_at_the_next_start(
    house: House, role: Role, makes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = house.keys.signing(role)

    def dies(*_: object) -> None:
        raise Died

    with monkeypatch.context() as killed:
        killed.setattr(Keys, makes, dies)
        with pytest.raises(Died):
            house.keys.retire(role, house.now)
    assert not old.exists()
    assert len(house.trust.retired) == 1
    again = Keys(old.parent.parent, ORIGIN, OWNER)
    again.prepare(house.now)
    assert again.signing(role) != old
