"""The stranger's CRM is a stranger's: it knows what the page says, and nothing of ours."""

import ast
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
PAGE = (HERE.parents[1] / "docs" / "connect-your-crm.md").read_text(encoding="utf-8")
THEIRS = ("foreign_crm.py", "foreign_records.py")


def _imports(source: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        if isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def test_the_strangers_crm_imports_the_standard_library_and_itself_alone() -> None:
    for name in THEIRS:
        used = _imports((HERE / name).read_text(encoding="utf-8"))
        ours = {one for one in used if one.partition(".")[0] not in sys.stdlib_module_names}
        assert ours <= {"tests.crm_bridge.foreign_records"}, name


def test_every_address_that_the_stranger_answers_stands_on_the_page() -> None:
    source = (HERE / "foreign_crm.py").read_text(encoding="utf-8")
    for address in re.findall(r'"(/[a-z/]+)"', source):
        assert address.rstrip("/") in PAGE, address
