"""Which store a recording's path means: the vault's own folder, or an object store."""

from dataclasses import dataclass
from pathlib import Path

from recordings.naming import STORED
from recordings.ports import NoAudio, Store


@dataclass(frozen=True, slots=True)
class Stores:
    """The vault's folder, and the object store where there is one: then what is new goes there."""

    folder: Store
    objects: Store | None = None

    def of(self, path: Path) -> tuple[Store, str]:
        """Give the store of a row's path, and the name in it. Raises NoAudio("away") for one that is not set."""
        if path.parts[0] != STORED:
            return self.folder, path.as_posix()
        if self.objects is None:
            raise NoAudio("away")
        return self.objects, Path(*path.parts[1:]).as_posix()
