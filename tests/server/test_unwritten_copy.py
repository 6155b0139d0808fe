"""What the CRM has not taken is in a person's own copy as well, as JSON and on the page, and nobody else's."""

import json
from pathlib import Path

from crm_bridge.adapters.ledger import Ledger
from crm_bridge.adapters.seeding import EARLIER
from crm_bridge.writes import Note
from server.crm_folder_cli import whole_of, write
from tests.crm_bridge.conftest import NOON
from tests.dialplans.institutions import inss
from tests.server.folder_office import MARIA, folder_office
from tests.server.test_folder_export import WHY, Words


async def test_notes_that_wait_for_the_crm_or_were_refused_are_in_the_copy(tmp_path: Path) -> None:
    async with folder_office(tmp_path) as office:
        ledger = Ledger(office.engine)
        for who, call, words in ((MARIA, "c-1", "de María"), ("demo-jose", "c-2", "de José")):
            request = await office.bridge.open_or_continue(call, who, "imv")
            await ledger.post(f"{call}:n", call, Note(request, call, "ana", "pending", f"Nota {words}", NOON))
        await ledger.post("late", None, Note(EARLIER, "c-3", "ana", "informed", "Nota tardía", NOON))
        (late,) = [one for one in await ledger.waiting() if one.key == "late"]
        await ledger.refused(late, NOON, "closed")
        language, folder = await whole_of(office.engine, office.crm, inss(), "12345678Z", WHY)
        first, second = write(folder, inss(), language, "12345678Z", tmp_path / "copies")
    said = json.loads(first.read_text(encoding="utf-8"))["unwritten"]
    noted = [(one["notes"], one["state"], one["why"]) for one in said if one["what"] == "note"]
    assert sorted(noted) == [("Nota de María", "waiting", None), ("Nota tardía", "refused", "closed")]
    text = first.read_text(encoding="utf-8") + second.read_text(encoding="utf-8")
    assert "José" not in text
    assert '"ana"' not in text
    page = "".join(Words(second.read_text(encoding="utf-8")).words)
    for words in ("Nota de María", "Nota tardía", "pendiente", "no admitido"):
        assert words in page
