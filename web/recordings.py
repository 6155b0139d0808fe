"""The recordings: looked for, asked for with a reason, heard. Everything here is no-store (the guard says so)."""

from typing import Annotated

from fastapi import APIRouter, Header, Path
from fastapi.responses import Response, StreamingResponse

from web.house import Ears, ListeningHere
from web.ports import Look
from web.ranges import wanted
from web.recording_forms import LISTENING, Agree, Ask, Log, Search

router = APIRouter(prefix="/recordings")

Listening = Annotated[str, Path(pattern=LISTENING)]


@router.post("/search")
async def search(form: Search, who: Ears, recordings: ListeningHere) -> dict[str, object]:
    """Look for recordings."""
    look = Look(form.since, form.before, form.person, form.agent, form.act, form.state)
    return dict(await recordings.search(who, look))


@router.post("/ask")
async def ask(form: Ask, who: Ears, recordings: ListeningHere) -> dict[str, object]:
    """Ask to hear one, and say why."""
    return dict(await recordings.ask(who, form.call, form.reason))


@router.post("/agree")
async def agree(form: Agree, who: Ears, recordings: ListeningHere) -> dict[str, object]:
    """Agree, as a second person, that somebody hears a protected person's recording."""
    await recordings.agree(who, form.listening)
    return {}


@router.get("/waiting")
async def waiting(who: Ears, recordings: ListeningHere) -> dict[str, object]:
    """List what waits for a second person."""
    return {"waiting": await recordings.waiting(who)}


@router.post("/log")
async def log(form: Log, who: Ears, recordings: ListeningHere) -> dict[str, object]:
    """List who asked for and heard what."""
    return {"log": await recordings.log(who, form.call)}


@router.get("/about/{listening}")
async def about(listening: Listening, who: Ears, recordings: ListeningHere) -> dict[str, object]:
    """Give what the player shows: length, waveform, marks."""
    return dict(await recordings.about(who, listening))


@router.get("/sound/{listening}")
async def sound(
    listening: Listening,
    who: Ears,
    recordings: ListeningHere,
    asked_range: Annotated[str | None, Header(alias="range")] = None,
) -> Response:
    """Give the bytes that are asked for, and decrypt no others."""
    heard = await recordings.sound(who, listening)
    piece = wanted(asked_range, heard.length)
    always = {"accept-ranges": "bytes", "content-disposition": "inline"}
    if piece is None:
        return Response(status_code=416, headers=always | {"content-range": f"bytes */{heard.length}"})
    size = {"content-length": str(piece.end - piece.start)}
    of_all = {"content-range": f"bytes {piece.start}-{piece.end - 1}/{heard.length}"}
    return StreamingResponse(
        heard.read(piece.start, piece.end),
        200 if piece.whole else 206,
        headers=always | size | ({} if piece.whole else of_all),
        media_type=heard.media,
    )
