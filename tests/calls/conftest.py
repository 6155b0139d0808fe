"""Whole centres for the tests of whole calls."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server.probe.catalogue import Catalogue
from server.probe.sounds import load_catalogue
from server.runtime.ports import free_ports
from server.runtime.programs import Programs
from server.settings import Settings
from tests.calls.centre import Centre, prepare, stop

OpenCentre = Callable[..., Centre]


@pytest.fixture(scope="session")
def open_centre(
    programs: Programs, runtime_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OpenCentre]:
    """Open another centre: `open_centre(lost_pause=1)`, fields of Settings."""
    assert programs.asterisk.version >= (20, 0, 0)
    opened: list[Centre] = []

    def opening(**wishes: object) -> Centre:
        folder = tmp_path_factory.mktemp("centre")
        settings = Settings.model_validate({"runtime": folder, "ports": free_ports(), **wishes})
        centre = prepare(folder, runtime_root, settings)
        opened.append(centre)
        centre.start()
        return centre

    yield opening
    for centre in opened:
        stop(centre)


@pytest.fixture(scope="session")
def centre(open_centre: OpenCentre) -> Centre:
    """The session's centre, for tests that do not kill it."""
    return open_centre()


@pytest.fixture(scope="session")
def catalogue(centre: Centre) -> Catalogue:
    """Everything that may be heard in the two languages that most calls of the tests are held in."""
    return load_catalogue(centre.settings.institution_folder, ("es", "ca"))
