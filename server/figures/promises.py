"""Promises to call back, out of their facts: each from when it was given to when it was kept, or will not be. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from server.figures.records import Promise, Row

_NOT_KEPT = ("CallbackLeft", "CallbackGivenUp", "CallbackCancelled", "CallbackExpired")


class Promises:
    """`redeemed` is told each promise once nothing more can become of it; `open` has the others."""

    def __init__(self, redeemed: Callable[[Promise], None]) -> None:
        self.open: dict[str, Promise] = {}
        self._redeemed = redeemed
        self.reads: Mapping[str, Callable[[Row], None]] = {
            "CallbackKept": self._kept,
            **dict.fromkeys(_NOT_KEPT, self._not_kept),
        }

    def given(self, fact: Row) -> None:
        """Take a promise; the first one of a call counts."""
        about = (fact["subject"], fact["language"], fact["level"])
        self.open.setdefault(fact["call"], Promise(fact["call"], *about, fact["at"]))

    def close(self) -> None:
        """Tell of those that are still open."""
        for promise in self.open.values():
            self._redeemed(promise)
        self.open.clear()

    def _kept(self, fact: Row) -> None:
        promise = self.open.pop(fact["call"], None)
        if promise is not None:
            self._redeemed(promise._replace(kept=True))

    def _not_kept(self, fact: Row) -> None:
        promise = self.open.pop(fact["call"], None)
        if promise is not None:
            self._redeemed(promise)
