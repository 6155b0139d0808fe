"""The rooms of the pages' tests answer the same questions as the real ones, with the same words."""

import inspect

import pytest

from server.desk import Desk
from server.page import Page
from server.supervision import Supervision
from server.wall import Wall
from tests.web.house import FakeDesk, FakePage, FakeSupervision, FakeWall
from web.ports import DeskPort, PagePort, SupervisionPort, WallPort

ROOMS = [
    (DeskPort, Desk, FakeDesk),
    (WallPort, Wall, FakeWall),
    (SupervisionPort, Supervision, FakeSupervision),
    (PagePort, Page, FakePage),
]


@pytest.mark.parametrize(("port", "real", "fake"), ROOMS, ids=lambda one: one.__name__)
def test_a_fake_takes_what_the_real_room_takes(port: type, real: type, fake: type) -> None:
    asked = {name: one for name, one in vars(port).items() if callable(one) and not name.startswith("_")}
    assert asked
    for name, one in asked.items():
        wanted = list(inspect.signature(one).parameters)
        for room in (real, fake):
            there = getattr(room, name)
            assert list(inspect.signature(there).parameters) == wanted, f"{room.__name__}.{name}"
            assert inspect.iscoroutinefunction(there) == inspect.iscoroutinefunction(one), (
                f"{room.__name__}.{name}"
            )
