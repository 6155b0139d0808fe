"""Certificates that run out are told in time, by `check`, at the start and by the nightly comparison."""

import time
from pathlib import Path

from recordings.adapters.evidence.keys import Keys, Role
from server.evidence import RUNS_OUT_S, folder_of, running_out, warnings
from server.settings import Settings

YEAR = 365 * 86_400.0


def installed(folder: Path, **more: str) -> Settings:
    return Settings.model_validate({"runtime": folder, **more})


def test_an_operator_is_told_of_certificates_half_a_year_before_their_end(tmp_path: Path) -> None:
    settings, now = installed(tmp_path), time.time()
    assert list(running_out(settings, now)) == [], "nothing is made yet"
    keys = Keys(folder_of(settings), "log.example/x", "INSS")
    keys.prepare(now)
    assert list(running_out(settings, now)) == []
    (seal,) = running_out(settings, now + 3 * YEAR - RUNS_OUT_S + 86_400)
    assert "rotate seal" in seal
    both = list(running_out(settings, now + 8 * YEAR))
    assert ["rotate seal" in both[0], "rotate authority" in both[1]] == [True, True]
    theirs = installed(tmp_path, evidence_authority="https://tsa.example/")
    assert len(list(running_out(theirs, now + 8 * YEAR))) == 1, "somebody else's is theirs to renew"
    keys.retire(Role.SEAL, now + 3 * YEAR - RUNS_OUT_S)
    assert list(running_out(theirs, now + 3 * YEAR)) == []


def test_a_certificate_that_ran_out_is_a_warning(tmp_path: Path) -> None:
    settings = installed(tmp_path, evidence_authority="https://tsa.example/", evidence_heads="/x.jsonl")
    Keys(folder_of(settings), "log.example/x", "INSS").prepare(time.time() - 4 * YEAR)
    (warning,) = warnings(settings)
    assert "runs out on" in warning
