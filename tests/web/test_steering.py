"""The desk's buttons for a caller at hand, and the wall's for supervisors: pressed in a real Chromium."""

from pathlib import Path

import httpx
import pytest
from playwright.async_api import expect

from tests.web.conftest import OpenPage, picture, sign_in
from tests.web.house import CALL
from tests.web.samples import card
from tests.web.serve import Office
from tests.web.test_pages import barriers, take_place
from web.ports import Close, Force, Move, Spy

pytestmark = pytest.mark.browser


def legs(stage: str, second: str | None = "marta") -> dict[str, object]:
    return {"type": "legs", "call": CALL, "stage": stage, "agent": "jordi", "second": second}


async def test_an_agent_holds_asks_a_colleague_meets_and_gives_the_caller_on(
    office: Office, open_page: OpenPage, tmp_path: Path
) -> None:
    page, desk = await open_page("/desk"), office.desk
    await take_place(page)
    desk.reserve("jordi", card())
    desk.become("jordi", "talking", call=CALL)
    await page.get_by_role("button", name="Retener").click()
    desk.feed("jordi").say(legs("held", None))
    await expect(page.get_by_text("La persona espera con música.")).to_be_visible()
    await page.get_by_label("Compañero o compañera").select_option("marta")
    await page.get_by_role("button", name="Consultar", exact=True).click()
    desk.feed("jordi").say(legs("consulting"))
    await expect(page.get_by_text("Habla con Marta")).to_be_visible()
    assert await barriers(page) == []
    await picture(page, tmp_path, "desk-consulting")
    await page.get_by_role("button", name="Hablar los tres").click()
    desk.feed("jordi").say(legs("meeting"))
    async with page.expect_response("**/desk/legs/complete"):
        await page.get_by_role("button", name="Dejarles hablar").click()
    moves = [("hold", ""), ("consult", "marta"), ("meet", ""), ("complete", "")]
    assert [(move, to) for _, move, to in desk.steered] == moves


async def test_an_agent_has_a_code_sent_and_sees_how_it_ended_and_nothing_of_the_code(
    office: Office, open_page: OpenPage, tmp_path: Path
) -> None:
    page, desk = await open_page("/desk"), office.desk
    await take_place(page)
    desk.reserve("jordi", card())
    desk.become("jordi", "talking", call=CALL)
    await page.get_by_label("Trámite").select_option("bank_account")
    assert await barriers(page) == []
    await picture(page, tmp_path, "desk-code")
    async with page.expect_response("**/desk/code"):
        await page.get_by_role("button", name="Enviar código").press("Enter")
    desk.feed("jordi").say(legs("proving", None))
    await expect(page.get_by_text("La persona marca su código.")).to_be_visible()
    await expect(page.get_by_role("button", name="Enviar código")).to_be_hidden()
    desk.reserve("jordi", {**card(), "proven_level": 2})
    desk.become("jordi", "talking", call=CALL)
    desk.feed("jordi").say({"type": "proved", "call": CALL, "outcome": "proven"})
    desk.feed("jordi").say(legs("talk", None))
    await expect(page.get_by_text("Identidad comprobada con código.")).to_be_visible()
    assert await barriers(page) == []
    assert [(move, to) for _, move, to in desk.steered] == [("prove", "bank_account")]
    for outcome in ("refused", "blocked", "person", "back", "gave_up", "protected", "video", "down"):
        desk.feed("jordi").say({"type": "proved", "call": CALL, "outcome": outcome})
        await expect(page.get_by_text("Identidad comprobada con código.")).to_be_hidden()


async def test_an_agent_sees_that_a_supervisor_listens(office: Office, open_page: OpenPage) -> None:
    page, desk = await open_page("/desk"), office.desk
    await take_place(page)
    desk.reserve("jordi", card())
    desk.become("jordi", "talking", call=CALL)
    desk.feed("jordi").say({"type": "supervised", "how": "listen", "by": "pilar"})
    await expect(page.get_by_text("Supervisión escucha esta conversación (pilar).")).to_be_visible()
    desk.feed("jordi").say({"type": "supervised", "how": "stop", "by": "pilar"})
    await expect(page.get_by_text("Supervisión escucha")).to_be_hidden()


async def test_a_supervisor_moves_a_caller_forces_an_agent_and_closes_a_queue_by_keyboard(
    office: Office, open_page: OpenPage, tmp_path: Path
) -> None:
    page = await open_page("/wall")
    await sign_in(page, "pilar")
    await page.get_by_role("button", name="Cambiar").first.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Pueden, pero están con otra llamada: 2")).to_be_visible()
    await page.get_by_label("Prioridad").select_option("7")
    await page.get_by_label("Por qué lo hace").fill("persona mayor")
    assert await barriers(page) == []
    await picture(page, tmp_path, "wall-move")
    await page.get_by_role("button", name="Guardar el cambio").click()
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await page.get_by_role("button", name="Actuar").first.click()
    await picture(page, tmp_path, "wall-agent")
    await page.get_by_label("Por qué lo hace").fill("formación")
    await page.get_by_role("button", name="Poner en pausa").click()
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await page.get_by_role("button", name="Cerrar o abrir una cola").click()
    await page.get_by_label("puede pedir que le llamen").check()
    await page.get_by_label("Por qué lo hace").fill("avería")
    await page.get_by_role("button", name="Aplicar ahora").click()
    await expect(page.get_by_role("dialog")).to_be_hidden()
    office.wall.change(closed={"all": "callback"})
    await expect(page.get_by_text("Cerrada por supervisión: Todas las colas")).to_be_visible()
    await picture(page, tmp_path, "wall-closed")
    kinds = [what[1] if isinstance(what, tuple) else what for _, what in office.supervision.did]
    assert isinstance(kinds[0], Move)
    assert kinds[0].priority == 7
    assert kinds[1:] == [Force("pause", "formación"), Close("all", "callback", "avería")]


async def test_only_a_supervisor_may_and_only_with_a_reason(
    office: Office, client: httpx.AsyncClient
) -> None:
    spying = {"agent": "jordi", "how": "listen", "reason": "calidad"}
    assert (await client.post("/wall/spy", json=spying)).status_code == 401
    await client.post("/session", json={"name": "jordi", "password": "jordi-ventanilla"})
    assert (await client.post("/wall/spy", json=spying)).status_code == 403
    await client.delete("/session")
    await client.post("/session", json={"name": "pilar", "password": "pilar-ventanilla"})
    assert (await client.post("/wall/spy", json={**spying, "reason": ""})).status_code == 422
    assert (await client.post("/wall/spy", json=spying)).status_code == 200
    assert office.supervision.did == [("pilar", Spy("jordi", "listen", "calidad"))]
    assert (await client.post("/desk/legs/hold", json={})).status_code == 403


async def test_only_a_supervisor_is_told_why_a_caller_waits(client: httpx.AsyncClient) -> None:
    asked = f"/wall/why/{CALL}"
    assert (await client.get(asked)).status_code == 401
    await client.post("/session", json={"name": "jordi", "password": "jordi-ventanilla"})
    assert (await client.get(asked)).status_code == 403
    await client.delete("/session")
    await client.post("/session", json={"name": "pilar", "password": "pilar-ventanilla"})
    assert (await client.get(asked)).status_code == 200
