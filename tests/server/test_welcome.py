"""The closing screen of `make run` has everything to try it: addresses, numbers, sign-ins, and a citizen to be."""

from io import StringIO

from rich.console import Console

from crm_bridge.demonstration import MARIA
from server.settings import Settings
from server.welcome import say_ready
from tests.dialplans.institutions import inss


def _shown(settings: Settings) -> str:
    screen = StringIO()
    say_ready(Console(file=screen, width=120), settings, inss(), "")
    return screen.getvalue()


def test_the_demonstration_tells_how_to_prove_who_you_are() -> None:
    told = _shown(Settings(demonstration=True))
    assert "12345678, then 9 for its letter Z, then 1" in told
    for digits in MARIA.answers.values():
        assert digits in told
    assert "1187 #" in told
    assert "jordi-ventanilla" in told


def test_a_real_centre_shows_nobodys_answers() -> None:
    told = _shown(Settings(demonstration=False))
    assert "901166565" in told
    assert not any(word in told for word in ("12345678", "1187", "jordi-ventanilla"))
