"""The zip of all that was recorded of one person is that person's, whatever lay in its place before."""

from pathlib import Path
from typing import Any, cast

import pytest

from recordings.listening import Person, Role
from server.subject_access import copy_all


async def _copied(to: Path) -> None:
    none: Any = cast("Any", None)  # nobody is asked anything: there are no calls
    await copy_all(none, none, none, (Person("eva", Role.SUPERVISOR), "article 15", None), (), to)


@pytest.mark.parametrize("linked", [True, False])
async def test_what_was_laid_in_its_way_is_neither_followed_nor_kept(tmp_path: Path, *, linked: bool) -> None:
    elsewhere, to = tmp_path / "elsewhere", tmp_path / "all.zip"
    elsewhere.write_text("theirs")
    part = tmp_path / ".all.zip.part"
    if linked:
        part.symlink_to(elsewhere)
    else:
        part.write_text("theirs")
        part.chmod(0o666)
    await _copied(to)
    assert elsewhere.read_text() == "theirs"
    assert not to.is_symlink()
    assert to.stat().st_mode & 0o777 == 0o600
    assert not part.exists()
