"""The web application: `create_app` puts the routers, the guard and the files together."""

import logging
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from web import desk, folder, hooks, links, metrics, page, recordings, sign_in, text, text_desk, wall
from web import subjects as subject_list
from web.adapters.guard import Guard
from web.faults import faults_of
from web.house import House, Unwelcome
from web.ports import NotNow
from web.strangers import Seats, Telephones

STATIC = Path(__file__).parent / "static"
_PAGES = {
    "/": "call.html",
    "/text": "text.html",
    "/desk": "desk.html",
    "/wall": "wall.html",
    "/requests": "requests.html",
    "/recordings": "recordings.html",
}

log = logging.getLogger("ventanilla.web")


def create_app(house: House) -> FastAPI:
    """Return the application; it starts nothing itself, so it runs in any loop (adapters/serving.py)."""
    app = FastAPI(title="Ventanilla", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.house = house
    app.state.seats, app.state.telephones = Seats(), Telephones()
    app.state.writers = text.Writers(house.settings.writers_per_address)
    routers = (
        sign_in,
        desk,
        folder,
        wall,
        recordings,
        page,
        subject_list,
        text,
        text_desk,
        metrics,
        hooks,
        links,
    )
    for router in (room.router for room in routers):
        app.include_router(router)
    for path, file in _PAGES.items():
        app.add_api_route(path, _page(file), include_in_schema=False)
    app.mount("/static", StaticFiles(directory=STATIC))
    _answer_faults(app)
    app.add_middleware(Guard, settings=house.settings)
    return app


def _page(file: str) -> Callable[[], FileResponse]:
    def shell() -> FileResponse:
        return FileResponse(STATIC / file)

    return shell


def _answer_faults(app: FastAPI) -> None:
    @app.exception_handler(RequestValidationError)
    async def _(_: Request, error: RequestValidationError) -> JSONResponse:
        faults = faults_of(error.errors())
        return JSONResponse({"error": {"code": "body_not_valid", "faults": faults}}, 422)

    @app.exception_handler(HTTPException)
    async def _(_: Request, error: HTTPException) -> JSONResponse:
        if (
            error.status_code == HTTPStatus.BAD_REQUEST
        ):  # a body in no encoding, or nested to drown the parser
            faults = faults_of([{"loc": (), "msg": "This is no JSON.", "type": "json_invalid"}])
            return JSONResponse({"error": {"code": "body_not_valid", "faults": faults}}, 400)
        code = HTTPStatus(error.status_code).name.lower()
        return JSONResponse({"error": {"code": code}}, error.status_code)

    @app.exception_handler(Unwelcome)
    async def _(_: Request, error: Unwelcome) -> JSONResponse:
        return JSONResponse({"error": {"code": error.code}}, error.status)

    @app.exception_handler(NotNow)
    async def _(_: Request, error: NotNow) -> JSONResponse:
        return JSONResponse({"error": {"code": "not_now", "reason": error.reason}}, 409)

    @app.exception_handler(Exception)
    async def _(request: Request, _: Exception) -> JSONResponse:
        log.error("%s %s failed; the traceback follows from the server", request.method, request.url.path)
        return JSONResponse(
            {"error": {"code": "our_fault", "remedy": "Try again; if it stays, tell the operator."}}, 500
        )
