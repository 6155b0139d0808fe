"""The record of a conversation in writing, however it was torn."""

import json
from pathlib import Path

from ivr.adapters.text_sheet import Sheet, read_back


async def test_a_half_written_line_of_a_killed_server_is_passed_over(tmp_path: Path) -> None:
    whole = {
        "at": 1.0,
        "line": 1,
        "by": "agent",
        "text": "a",
        "language": "es",
        "shared": True,
        "note": False,
    }
    file = tmp_path / "x.jsonl"
    file.write_text(json.dumps(whole) + "\n" + '{"at": 2.0, "li', "utf-8")
    assert [said.text for said in read_back(file)] == ["a"]


async def test_a_record_that_is_continued_begins_on_a_line_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    for number in (1, 2):
        sheet = Sheet(lambda: 1.0, [], number)
        sheet.record(file)
        sheet.write("agent", f"line {number}", "es", shared=True)
        sheet.close()
        with file.open("a", encoding="utf-8") as torn:
            torn.write('{"at": 2.0, "li')
    assert [said.text for said in read_back(file)] == ["line 1", "line 2"]
